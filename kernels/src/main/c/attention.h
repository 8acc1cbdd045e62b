// The cache of keys and values, and attention over it.
//
// Keys lie [blocks][kv_heads][head_size][block_tokens], so that the scores of 16 positions fall into lanes; values
// [blocks][kv_heads][block_tokens][head_size]. Each query walks its sequence's positions in units of up to 16 from the
// first that it sees to its own, with the online softmax (FlashAttention, algorithm 1): in one order, whatever tokens
// share the call.

enum { MAX_QUERIES = 64, UNIT = 16 };

typedef struct {
  int kv_heads, queries_per_kv, head_size, block_tokens, window, half;
  float scale;
} attention;

INLINE void put(int half, void *data, long index, float x) {
  if (half) ((uint16_t *)data)[index] = half_of(x);
  else ((float *)data)[index] = x;
}

void EXPORT(store)(const float *keys, const float *values, int first, int last, const int *positions,
                   const int *sequences, const int *tables, const int *table_starts, int kv_heads, int head_size,
                   int block_tokens, int half, void *cache_keys, void *cache_values) {
  for (int t = first; t < last; t++) {
    int block = tables[table_starts[sequences[t]] + positions[t] / block_tokens];
    int slot = positions[t] % block_tokens;
    for (int h = 0; h < kv_heads; h++) {
      const float *k = keys + ((long)t * kv_heads + h) * head_size, *v = values + ((long)t * kv_heads + h) * head_size;
      long at = ((long)block * kv_heads + h) * block_tokens * head_size;
      for (int d = 0; d < head_size; d++) {
        put(half, cache_keys, at + (long)d * block_tokens + slot, k[d]);
        put(half, cache_values, at + (long)slot * head_size + d, v[d]);
      }
    }
  }
}

// 16 floats of the cache, of which n are there.
INLINE vf kept(int half, const void *data, long index, int n) {
  if (!half) return n == 16 ? vf_load((const float *)data + index) : vf_load_n((const float *)data + index, n);
  if (n == 16) return vf_from_half((const uint16_t *)data + index);
  uint16_t some[16] = {0};
  memcpy(some, (const uint16_t *)data + index, (size_t)n * 2);
  return vf_from_half(some);
}

// Scores of 16 positions with four queries at once; each score is the sum of four chains, one for each d % 4.
INLINE void scores_of(int queries, const float *const *query, const float *keys, int head_size, vf *scores) {
  vf sums[4][4];
UNROLL(4)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < 4; c++) sums[q][c] = vf_all(0);
  int d = 0;
  for (; d + 4 <= head_size; d += 4) {
UNROLL(4)
    for (int c = 0; c < 4; c++) {
      vf k = vf_load(keys + 16 * (d + c));
UNROLL(4)
      for (int q = 0; q < queries; q++) sums[q][c] = vf_fma(k, vf_all(query[q][d + c]), sums[q][c]);
    }
  }
  for (; d < head_size; d++)
    for (int q = 0; q < queries; q++) sums[q][0] = vf_fma(vf_load(keys + 16 * d), vf_all(query[q][d]), sums[q][0]);
UNROLL(4)
  for (int q = 0; q < queries; q++)
    scores[q] = vf_add(vf_add(sums[q][0], sums[q][1]), vf_add(sums[q][2], sums[q][3]));
}

// One query takes in one unit: positions [from, to) of it are seen.
INLINE void take_in(vf scores, float scale, int from, int to, const float *values, int width, float *highest,
                    float *total, float *result) {
  float lanes[16];
  vf_store(lanes, vf_mul(scores, vf_all(scale)));
  float before = *highest, now = before;
  for (int i = 0; i < 16; i++) {
    if (i < from || i >= to) lanes[i] = -__builtin_inff();
    else if (lanes[i] > now) now = lanes[i];
  }
  vf weights = vf_exp(vf_sub(vf_load(lanes), vf_all(now)));
  vf_store(lanes, vf_exp(vf_all(before - now)));
  float fade = lanes[0];
  *highest = now;
  *total = scalar_fma(*total, fade, vf_sum(weights));
  vf_store(lanes, weights);
  int d = 0;
  for (; d + 64 <= width; d += 64) {
    vf sums[4];
UNROLL(4)
    for (int c = 0; c < 4; c++) sums[c] = vf_mul(vf_load(result + d + 16 * c), vf_all(fade));
    for (int i = from; i < to; i++) {
      vf w = vf_all(lanes[i]);
UNROLL(4)
      for (int c = 0; c < 4; c++) sums[c] = vf_fma(w, vf_load(values + (long)i * width + d + 16 * c), sums[c]);
    }
UNROLL(4)
    for (int c = 0; c < 4; c++) vf_store(result + d + 16 * c, sums[c]);
  }
  for (; d < width; d += 16) {
    vf sum = vf_mul(vf_load(result + d), vf_all(fade));
    for (int i = from; i < to; i++) sum = vf_fma(vf_all(lanes[i]), vf_load(values + (long)i * width + d), sum);
    vf_store(result + d, sum);
  }
}

// Attention of `tokens` tokens of one sequence, from `position` on, with all query heads of one kv head.
// scratch: floats for 16 keys and 16 values (32 x width) and for each query its result (width), width being head_size
// rounded up to 16. tokens x queries_per_kv is at most MAX_QUERIES, or one token.
void EXPORT(attend)(const float *queries, float *out, int tokens, int position, int kv_head, const int *table,
                    int kv_heads, int queries_per_kv, int head_size, int block_tokens, int window, float scale, int half,
                    const void *cache_keys, const void *cache_values, float *scratch) {
  int width = (head_size + 15) / 16 * 16, rows = tokens * queries_per_kv;
  float *keys = scratch, *values = keys + 16 * (long)width, *state = values + 16 * (long)width;
  float *highest = state, *total = state + rows, *results = state + 2 * rows;
  for (int r = 0; r < rows; r++) {
    highest[r] = -__builtin_inff();
    total[r] = 0;
  }
  memset(results, 0, sizeof(float) * (size_t)rows * (size_t)width);
  int last = position + tokens - 1, first = window && position - window + 1 > 0 ? position - window + 1 : 0;
  long stride = (long)kv_heads * queries_per_kv * head_size;
  const float *base = queries + (long)kv_head * queries_per_kv * head_size;
  for (int b = first / block_tokens; b <= last / block_tokens; b++) {
    long at = ((long)table[b] * kv_heads + kv_head) * block_tokens * head_size;
    for (int u = 0; u < block_tokens; u += UNIT) {
      int start = b * block_tokens + u, n = block_tokens - u < UNIT ? block_tokens - u : UNIT;
      if (start > last || start + n <= first) continue;
      for (int d = 0; d < head_size; d++) vf_store(keys + 16 * d, kept(half, cache_keys, at + (long)d * block_tokens + u, n));
      for (int i = 0; i < n && start + i <= last; i++)
        for (int d = 0; d < head_size; d += 16)
          vf_store(values + (long)i * width + d,
                   kept(half, cache_values, at + (long)(u + i) * head_size + d, head_size - d < 16 ? head_size - d : 16));
      for (int r = 0, n_rows; r < rows; r += n_rows) {
        n_rows = rows - r >= 4 ? 4 : 1;
        const float *query[4];
        for (int q = 0; q < n_rows; q++)
          query[q] = base + (r + q) / queries_per_kv * stride + (long)((r + q) % queries_per_kv) * head_size;
        vf scores[4];
        if (n_rows == 4) scores_of(4, query, keys, head_size, scores);
        else scores_of(1, query, keys, head_size, scores);
        for (int q = 0; q < n_rows; q++) {
          int own = position + (r + q) / queries_per_kv;
          int lowest = window && own - window + 1 > 0 ? own - window + 1 : 0;
          int from = lowest > start ? lowest - start : 0, to = own - start + 1 < n ? own - start + 1 : n;
          if (from < to)
            take_in(scores[q], scale, from, to, values, width, highest + r + q, total + r + q, results + (long)(r + q) * width);
        }
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    float *o = out + (long)kv_head * queries_per_kv * head_size + r / queries_per_kv * stride
        + (long)(r % queries_per_kv) * head_size;
    for (int d = 0; d < head_size; d++) o[d] = results[(long)r * width + d] / total[r];
  }
}
