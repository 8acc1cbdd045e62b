// Norms, gates, rotation and what else goes element by element.

void EXPORT(rms_norm)(const float *x, int first, int last, int width, const float *weight, float epsilon, float *out) {
  for (int row = first; row < last; row++) {
    const float *in = x + (long)row * width;
    float *o = out + (long)row * width;
    vf squares = vf_all(0);
    int i = 0;
    for (; i + 16 <= width; i += 16) {
      vf v = vf_load(in + i);
      squares = vf_fma(v, v, squares);
    }
    if (i < width) {
      vf v = vf_load_n(in + i, width - i);
      squares = vf_fma(v, v, squares);
    }
    float factor = 1 / __builtin_sqrtf(vf_sum(squares) / (float)width + epsilon);
    for (int c = 0; c < width; c++) o[c] = in[c] * factor * weight[c];
  }
}

INLINE vf activated(int gelu, vf x) {
  vf u = x;
  if (gelu) { // 0.5 x (1 + tanh(u / 2)) = x / (1 + e^-u)
    vf cubic = vf_mul(vf_mul(x, x), vf_mul(x, vf_all(0.044715f)));
    u = vf_mul(vf_all(1.5957691216057308f), vf_add(x, cubic));
  }
  return vf_div(x, vf_add(vf_all(1), vf_exp(vf_sub(vf_all(0), u))));
}

void EXPORT(gate)(int gelu, float *gate, const float *up, long first, long last) {
  long i = first;
  for (; i + 16 <= last; i += 16) vf_store(gate + i, vf_mul(activated(gelu, vf_load(gate + i)), vf_load(up + i)));
  if (i < last) {
    int n = (int)(last - i);
    vf_store_n(gate + i, vf_mul(activated(gelu, vf_load_n(gate + i, n)), vf_load_n(up + i, n)), n);
  }
}

void EXPORT(add)(float *x, const float *y, long first, long last) {
  for (long i = first; i < last; i++) x[i] += y[i];
}

void EXPORT(add_bias)(float *x, int first, int last, int width, const float *bias) {
  for (int row = first; row < last; row++)
    for (int c = 0; c < width; c++) x[(long)row * width + c] += bias[c];
}

void EXPORT(scale)(float *x, long first, long last, float factor) {
  for (long i = first; i < last; i++) x[i] *= factor;
}

// Rotates the heads of tokens [first, last) in place; adjacent: pairs are 2i and 2i + 1, else i and i + rotated / 2.
void EXPORT(rotate)(float *x, int first, int last, int heads, int head_size, const int *positions, int adjacent,
                    int rotated, const float *cosines, const float *sines) {
  int half = rotated / 2;
  for (int t = first; t < last; t++) {
    const float *c = cosines + (long)positions[t] * half, *s = sines + (long)positions[t] * half;
    for (int h = 0; h < heads; h++) {
      float *head = x + ((long)t * heads + h) * head_size;
      for (int i = 0; i < half; i++) {
        float *first_of_pair = adjacent ? head + 2 * i : head + i;
        float *second = adjacent ? first_of_pair + 1 : first_of_pair + half;
        float a = *first_of_pair, b = *second;
        *first_of_pair = a * c[i] - b * s[i];
        *second = b * c[i] + a * s[i];
      }
    }
  }
}
