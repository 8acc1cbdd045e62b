// Keys and values of 8 or 4 bits.
//
// Before it is rounded, a head's key or value is rotated by the Hadamard matrix: a few large elements would else leave the
// others no bits (QuaRot, arXiv 2404.00456). Queries are rotated with keys, which changes no score; weighted values are
// rotated back. Each rotated key or value has one scale. Its quanta are, unsigned:
//   8 bits: round(x / scale) + 128, of scale = max / 127
//   4 bits: floor(x / scale) + 8, which stands for the middle of its step, of scale = max / 8
// Keys lie [blocks][kv_heads][columns / 4][slots][4], so that four columns of 16 positions are one operand of vi_dot,
// values [blocks][kv_heads][slots / 4][columns][4], so that four positions of 16 columns are. Of 4 bits, a byte holds a
// column and in its high half the one 4 (keys) or 16 (values) further. Columns are head_size rounded up to 16 or, of 4
// bits, 32; slots are block_tokens rounded up to 4. All scales, bfloat16, come last: [blocks][kv_heads][slots].
//
// Queries, and weights times the values' scales, are multiplied as 16-bit integers in two bytes: what that loses is far
// below what the cache has lost already.

enum { MAX_HEAD = 512, WIDEST = 127 * 256 };

INLINE int is_quantized(int kind) { return kind == INT8 || kind == INT4; }
INLINE int columns_of(int kind, int head_size) {
  return kind == INT4 ? (head_size + 31) / 32 * 32 : (head_size + 15) / 16 * 16;
}
INLINE int slots_of(int block_tokens) { return (block_tokens + 3) / 4 * 4; }
// what stands for zero
INLINE float zero_of(int kind) { return kind == INT8 ? 128 : 7.5f; }
// bytes of one key or value, and of one head of a block
INLINE long row_bytes(int kind, const cache_view *c) { return columns_of(kind, c->head_size) / (kind == INT8 ? 1 : 2); }
INLINE long head_bytes(int kind, const cache_view *c) { return slots_of(c->block_tokens) * row_bytes(kind, c); }
INLINE uint16_t *scales_of(const cache_view *c, int kind, const void *data) {
  return (uint16_t *)((uint8_t *)data + head_bytes(kind, c) * c->blocks * c->kv_heads);
}

// How many neighbours are rotated together: the largest power of two that divides head_size.
INLINE int rotated_together(int head_size) { return head_size & -head_size; }

// Rotates and lengthens by the root of rotated_together: twice is a multiplication with it.
INLINE void hadamard(float *x, int head_size) {
  int n = rotated_together(head_size), half = n / 2;
  float other[MAX_HEAD];
  for (float *p = x; p < x + head_size; p += n) {
    float *from = p, *to = other;
    for (int width = 1; width < n; width *= 2) {
      for (int i = 0; i < half; i++) {
        float a = from[i], b = from[i + half];
        to[2 * i] = a + b;
        to[2 * i + 1] = a - b;
      }
      float *next = from;
      from = to;
      to = next;
    }
    if (from != p) memcpy(p, from, sizeof(float) * (size_t)n);
  }
}

// n is a multiple of 16
INLINE float largest_of(const float *x, int n) {
  vf highest = vf_all(0);
  for (int i = 0; i < n; i += 16) highest = vf_max(highest, vf_abs(vf_load(x + i)));
  return vf_highest(highest);
}

INLINE float bfloat_up(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0xffff) & 0xffff0000;
  memcpy(&x, &bits, 4);
  return x;
}
INLINE float float_of_bfloat(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

// Rounds a head's key or value, rotating it in place: quanta [columns], unsigned. Returns the scale, by which quanta are
// the rotated head, shortened once for each rotation; 0 where 1 / scale would be no number.
INLINE uint16_t quantize_head(int kind, float *x, int head_size, uint8_t *quanta) {
  int columns = columns_of(kind, head_size);
  hadamard(x, head_size);
  for (int d = head_size; d < columns; d++) x[d] = 0;
  float scale = bfloat_up(largest_of(x, columns) / (kind == INT8 ? 127.0f : 8.0f));
  int nothing = scale < 1e-30f;
  float inverse = nothing ? 0 : 1 / scale;
  for (int d = 0; d < columns; d += 16) {
    vf v = vf_mul(vf_load(x + d), vf_all(inverse));
    if (kind == INT4) v = vf_min(vf_max(vf_sub(v, vf_all(0.5f)), vf_all(-8)), vf_all(7));
    vf_to_bytes(v, (int8_t *)quanta + d);
    for (int i = 0; i < 16; i++) quanta[d + i] = (uint8_t)(quanta[d + i] + (kind == INT8 ? 128 : 8));
  }
  float kept = nothing ? 0 : scale / (float)rotated_together(head_size);
  uint32_t bits;
  memcpy(&bits, &kept, 4);
  return (uint16_t)(bits >> 16);
}

// Writes one key and value to their slot; no byte is written that another token's share.
INLINE void store_quantized(int kind, const cache_view *c, const float *key, const float *value, long head, int slot,
                            void *cache_keys, void *cache_values) {
  int columns = columns_of(kind, c->head_size), slots = slots_of(c->block_tokens);
  float x[MAX_HEAD];
  uint8_t quanta[MAX_HEAD];
  memcpy(x, key, sizeof(float) * (size_t)c->head_size);
  scales_of(c, kind, cache_keys)[head * slots + slot] = quantize_head(kind, x, c->head_size, quanta);
  uint8_t *keys = (uint8_t *)cache_keys + head * head_bytes(kind, c) + 4 * slot;
  for (int d = 0; d < columns; d += kind == INT8 ? 4 : 8, keys += 4 * slots)
    for (int i = 0; i < 4; i++) keys[i] = kind == INT8 ? quanta[d + i] : (uint8_t)(quanta[d + i] | quanta[d + 4 + i] << 4);
  memcpy(x, value, sizeof(float) * (size_t)c->head_size);
  scales_of(c, kind, cache_values)[head * slots + slot] = quantize_head(kind, x, c->head_size, quanta);
  uint8_t *values = (uint8_t *)cache_values + head * head_bytes(kind, c) + slot / 4 * 4 * row_bytes(kind, c) + slot % 4;
  for (int d = 0; d < columns; d += kind == INT8 ? 16 : 32, values += 64)
    for (int i = 0; i < 16; i++)
      values[4 * i] = kind == INT8 ? quanta[d + i] : (uint8_t)(quanta[d + i] | quanta[d + 16 + i] << 4);
}

// Where a unit's quanta lie; those of blocks that no strip of 16 positions fits into are copied first.
typedef struct quantized_unit {
  int positions;
  const struct quantized_unit *next; // to be asked for meanwhile, as in unit_view; or null
  const uint8_t *keys[STRIPS];
  const uint8_t *values[UNIT / 4];
  long key_stride; // in positions
  float key_scales[UNIT], value_scales[UNIT]; // anything where nothing is stored
} quantized_unit;

INLINE void view_quantized(int kind, const cache_view *c, int kv_head, int start, int end, quantized_unit *u,
                           uint8_t *copied) {
  int direct = c->block_tokens % STRIP == 0, n = end - start < UNIT ? end - start : UNIT;
  int slots = slots_of(c->block_tokens), bytes = (int)row_bytes(kind, c);
  u->positions = n;
  u->key_stride = direct ? slots : STRIP;
  for (int i = 0, next; i < n; i = next) {
    int slot = (start + i) % c->block_tokens;
    next = next_block(c, start, i, n);
    long head = head_of(c, kv_head, start + i);
    const uint8_t *keys = (const uint8_t *)c->keys + head * head_bytes(kind, c);
    const uint8_t *values = (const uint8_t *)c->values + head * head_bytes(kind, c);
    const uint16_t *key_scales = scales_of(c, kind, c->keys) + head * slots + slot - i;
    const uint16_t *value_scales = scales_of(c, kind, c->values) + head * slots + slot - i;
    if (direct) {
      for (int j = i; j < next; j += STRIP) {
        u->keys[j / STRIP] = keys + 4L * (slot + j - i);
        vf_store(u->key_scales + j, vf_from_bfloat(key_scales + j));
        vf_store(u->value_scales + j, vf_from_bfloat(value_scales + j));
      }
      for (int j = i; j < next; j += 4) u->values[j / 4] = values + (long)(slot + j - i) * bytes;
      continue;
    }
    for (int j = i; j < next; j++) {
      int from = slot + j - i;
      u->key_scales[j] = float_of_bfloat(key_scales[j]);
      u->value_scales[j] = float_of_bfloat(value_scales[j]);
      uint8_t *strip = copied + (long)(j / STRIP * STRIP) * bytes, *group = copied + (UNIT + j / 4 * 4L) * bytes;
      u->keys[j / STRIP] = strip;
      u->values[j / 4] = group;
      for (int d = 0; d < bytes; d += 4) memcpy(strip + d * STRIP + j % STRIP * 4, keys + (long)d * slots + from * 4, 4);
      for (int d = 0; d < bytes; d++) group[4 * d + j % 4] = values[(long)(from / 4) * 4 * bytes + 4 * d + from % 4];
    }
  }
}

// Numbers as integers of 16 bits, 256 x high + low.
typedef struct {
  float scale, high_sum, low_sum;
  int8_t *high, *low;
} two_bytes;

// n is a multiple of 16
INLINE void split(const float *x, int n, float highest, two_bytes *out) {
  // 1 / highest must be a number
  vf inverse = vf_all(highest > 1e-30f ? WIDEST / highest : 0);
  int high_sum = 0, low_sum = 0;
  for (int i = 0; i < n; i += 16) {
    vf whole = vf_round(vf_mul(vf_load(x + i), inverse));
    // + 0.5: low must never be 128
    vf high = vf_round(vf_mul(vf_add(whole, vf_all(0.5f)), vf_all(1.0f / 256)));
    high_sum += vf_to_bytes(high, out->high + i);
    low_sum += vf_to_bytes(vf_fma(high, vf_all(-256), whole), out->low + i);
  }
  out->scale = highest / WIDEST;
  out->high_sum = (float)high_sum;
  out->low_sum = (float)low_sum;
}

// What dot products of the quanta with both bytes come to; all sums are exact until here.
INLINE vf joined(int kind, vf high, vf low, const two_bytes *x) {
  vf h = vf_sub(high, vf_all(zero_of(kind) * x->high_sum)), l = vf_sub(low, vf_all(zero_of(kind) * x->low_sum));
  return vf_mul(vf_fma(h, vf_all(256), l), vf_all(x->scale));
}

// Both halves of a register of 4-bit quanta, or the one of 8-bit quanta.
INLINE wb half_of_quanta(int kind, wb quanta, int half) {
  if (kind == INT8) return quanta;
  return wb_and(half ? wb_right(quanta, 4) : quanta, 15);
}

// A query rotated, times the scores' scale, and split: two_bytes, and its bytes QUERY_HEADER further.
enum { QUERY_HEADER = 64 };
INLINE long query_bytes(int head_size) { return QUERY_HEADER + 2 * columns_of(INT4, head_size); }

INLINE void split_query(int kind, const float *query, int head_size, float scale, uint8_t *out) {
  int columns = columns_of(kind, head_size);
  float x[MAX_HEAD];
  memcpy(x, query, sizeof(float) * (size_t)head_size);
  hadamard(x, head_size);
  for (int d = head_size; d < columns; d++) x[d] = 0;
  two_bytes *q = (two_bytes *)out;
  q->high = (int8_t *)out + QUERY_HEADER;
  q->low = q->high + columns;
  split(x, columns, largest_of(x, columns), q);
  q->scale *= scale;
}

// Scores of 16 positions with some queries at once. `next`: keys that will be needed soon, or null.
INLINE void quantized_scores(int queries, int kind, const two_bytes *const *query, const uint8_t *keys, long stride,
                             int columns, vf scales, const uint8_t *next, float *scores) {
  vi high[8][2], low[8][2];
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(2)
    for (int c = 0; c < 2; c++) high[q][c] = low[q][c] = vi_zero();
  // a chain of dependent products waits for each: few queries take two chains
  const int second = queries <= 2;
  for (int d = 0; d < columns; d += 8) {
    wb quanta = wb_load(keys + (kind == INT8 ? d : d / 2) * stride);
    if (next) __builtin_prefetch(next + (kind == INT8 ? d : d / 2) * stride, 0, 2);
    if (next && kind == INT8) __builtin_prefetch(next + (d + 4) * stride, 0, 2);
UNROLL(2)
    for (int h = 0; h < 2; h++) {
      if (h == 1 && kind == INT8) quanta = wb_load(keys + (d + 4) * stride);
      wb k = half_of_quanta(kind, quanta, h);
UNROLL(8)
      for (int q = 0; q < queries; q++) {
        high[q][h & second] = vi_dot(high[q][h & second], k, query[q]->high + d + 4 * h, kind == INT8);
        low[q][h & second] = vi_dot(low[q][h & second], k, query[q]->low + d + 4 * h, kind == INT8);
      }
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++) {
    vf h = vf_add(vf_from_int(high[q][0]), vf_from_int(high[q][1]));
    vf l = vf_add(vf_from_int(low[q][0]), vf_from_int(low[q][1]));
    vf_store(scores + (long)q * UNIT, vf_mul(joined(kind, h, l, query[q]), scales));
  }
}

// Turns the weights of one query into integers, each times its value's scale.
INLINE void split_weights(const float *weights, const float *value_scales, two_bytes *out) {
  float scaled[UNIT] __attribute__((aligned(64)));
  vf highest = vf_all(0);
  for (int i = 0; i < UNIT; i += STRIP) {
    // what isn't seen may never have been stored: its scale could be any
    vf w = vf_load(weights + i);
    w = vf_where_less(vf_all(0), w, vf_mul(w, vf_load(value_scales + i)), vf_all(0));
    vf_store(scaled + i, w);
    highest = vf_max(highest, w);
  }
  split(scaled, UNIT, vf_highest(highest), out);
}

// Weighted values of groups [first, last) of four positions, of 16 columns from d + 16 x half on, and of as many again for
// each of `vectors`, 16 or, of 4 bits, 32 further.
INLINE void quantized_values(int queries, int vectors, int kind, int half, const two_bytes *weights,
                             const quantized_unit *u, int d, int first, int last, const merging *m) {
  const quantized_unit *next = half ? 0 : u->next;
  const long at = kind == INT8 ? 4 * d : 2 * d;
  vi high[8][4], low[8][4];
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) high[q][c] = low[q][c] = vi_zero();
  for (int i = first; i < last; i++) {
    if (next && 4 * i < next->positions)
      for (int c = 0; c < vectors; c++) __builtin_prefetch(next->values[i] + at + 64 * c, 0, 2);
UNROLL(4)
    for (int c = 0; c < vectors; c++) {
      wb v = half_of_quanta(kind, wb_load(u->values[i] + at + 64 * c), half);
UNROLL(8)
      for (int q = 0; q < queries; q++) {
        high[q][c] = vi_dot(high[q][c], v, weights[q].high + 4 * i, kind == INT8);
        low[q][c] = vi_dot(low[q][c], v, weights[q].low + 4 * i, kind == INT8);
      }
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++)
      merge_values(m, q, d + (kind == INT8 ? 16 : 32) * c + 16 * half,
                   joined(kind, vf_from_int(high[q][c]), vf_from_int(low[q][c]), &weights[q]));
}

// Weighted values of all columns; as many side by side as compilers find registers for.
INLINE void quantized_outputs(int queries, int kind, const two_bytes *weights, const quantized_unit *u, int columns,
                              int first, int last, const merging *m) {
  const int vectors = MOST_BESIDE == 6 ? (queries == 1 ? 4 : queries <= 3 ? 2 : 1) : queries == 1 ? 2 : 1;
  const int halves = kind == INT8 ? 1 : 2;
  int d = 0;
  for (; d + 16 * halves * vectors <= columns; d += 16 * halves * vectors)
UNROLL(2)
    for (int h = 0; h < halves; h++)
      quantized_values(queries, vectors, kind, h, weights, u, d, first, last, m);
  for (; d < columns; d += 16 * halves)
UNROLL(2)
    for (int h = 0; h < halves; h++)
      quantized_values(queries, 1, kind, h, weights, u, d, first, last, m);
}
