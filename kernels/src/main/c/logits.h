// What sampling has to look at every one of a vocabulary's logits for.

// The greatest of n; NaN if one is.
float EXPORT(greatest)(const float *logits, int n) {
  vf highest = vf_all(-__builtin_inff()), strange = vf_all(0);
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    vf x = vf_load(logits + i);
    highest = vf_max(highest, x);
    // neither NaN nor infinity is less than infinity
    strange = vf_where_less(x, vf_all(__builtin_inff()), strange, vf_all(1));
  }
  float result = vf_highest(highest);
  int all = vf_highest(strange) > 0;
  for (i = all ? 0 : i; i < n; i++) {
    if (logits[i] != logits[i]) return logits[i];
    result = logits[i] > result ? logits[i] : result;
  }
  return result;
}

// Which of n reach `floor`: writes their indices and returns how many.
int EXPORT(reaching)(const float *logits, int n, float floor, int32_t *indices) {
  int count = 0;
  for (int i = 0; i < n; i++)
    if (logits[i] >= floor) indices[count++] = i;
  return count;
}

INLINE double lanes_total(vf sum) {
  float lanes[16];
  vf_store(lanes, sum);
  double total = 0;
  for (int i = 0; i < 16; i++) total += lanes[i];
  return total;
}

// weights[i] = e^((logits[i] - max) * scale), 0 where that is less than e^-87; returns their sum.
double EXPORT(weigh)(const float *logits, int n, float max, float scale, float *weights) {
  vf sum = vf_all(0), m = vf_all(max), s = vf_all(scale);
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    vf weight = vf_exp(vf_mul(vf_sub(vf_load(logits + i), m), s));
    vf_store(weights + i, weight);
    sum = vf_add(sum, weight);
  }
  double total = lanes_total(sum);
  if (i < n) {
    vf_store_n(weights + i, vf_exp(vf_mul(vf_sub(vf_load_n(logits + i, n - i), m), s)), n - i);
    for (; i < n; i++) total += weights[i];
  }
  return total;
}

// The sum of those of n weights that are `least` or more.
double EXPORT(mass_from)(const float *weights, int n, float least) {
  vf sum = vf_all(0);
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    vf weight = vf_load(weights + i);
    sum = vf_add(sum, vf_where_less(weight, vf_all(least), vf_all(0), weight));
  }
  double total = lanes_total(sum);
  for (; i < n; i++) total += weights[i] < least ? 0 : weights[i];
  return total;
}
