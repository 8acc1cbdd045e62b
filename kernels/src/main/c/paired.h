// Keys and values of bfloat16, two beside each other: one instruction multiplies both pairs and adds (vf_dot_pairs), twice
// what float32 gets done.
//
// Keys lie [blocks][kv_heads][columns / 2][slots][2], so that two columns of 16 positions are one operand; values
// [blocks][kv_heads][slots / 2][columns][2], so that two positions of 16 columns are. Columns are head_size rounded up to
// 16, filled up with 0; slots are block_tokens rounded up to 2. Queries and weights are rounded to bfloat16 too.

INLINE int pair_slots(int block_tokens) { return (block_tokens + 1) / 2 * 2; }

// `out` is filled up to a multiple of 16 with 0
INLINE void round_to_bfloat(const float *x, int n, uint16_t *out) {
  for (int i = 0; i < n; i += 16) vf_to_bfloat(n - i < 16 ? vf_load_n(x + i, n - i) : vf_load(x + i), out + i);
}

// Writes one key and value to their slot; no byte is written that another token's share.
INLINE void store_paired(const cache_view *c, const float *key, const float *value, long head, int slot,
                         void *cache_keys, void *cache_values) {
  int columns = columns_of(BFLOAT16, c->head_size), slots = pair_slots(c->block_tokens);
  uint16_t *keys = (uint16_t *)cache_keys + head * slots * columns + 2 * slot;
  uint16_t *values = (uint16_t *)cache_values + head * slots * columns + (long)(slot / 2) * 2 * columns + slot % 2;
  for (int d = 0; d < columns; d += 16) {
    int n = c->head_size - d < 16 ? c->head_size - d : 16;
    uint16_t k[16], v[16];
    vf_to_bfloat(vf_load_n(key + d, n), k);
    vf_to_bfloat(vf_load_n(value + d, n), v);
    for (int i = 0; i < 16; i++) {
      keys[(long)((d + i) / 2) * 2 * slots + i % 2] = k[i];
      values[2 * (d + i)] = v[i];
    }
  }
}

// Where a unit's pairs lie; those of blocks that no strip of 16 positions fits into are copied first, and so are the last
// ones where the second position isn't stored: what lies there could be no number.
typedef struct paired_unit {
  int positions;
  const struct paired_unit *next; // to be asked for meanwhile, as in unit_view; or null
  const uint16_t *keys[STRIPS];
  const uint16_t *values[UNIT / 2];
  long key_stride; // in positions
} paired_unit;

INLINE void copy_pairs(const cache_view *c, int kv_head, int start, int n, paired_unit *u, uint16_t *copied) {
  int columns = columns_of(BFLOAT16, c->head_size), slots = pair_slots(c->block_tokens);
  uint16_t *values_copied = copied + (long)UNIT * columns;
  memset(values_copied, 0, sizeof(uint16_t) * (size_t)UNIT * (size_t)columns);
  for (int j = 0; j < n; j++) {
    int slot = (start + j) % c->block_tokens;
    long head = head_of(c, kv_head, start + j) * slots * columns;
    const uint16_t *key = (const uint16_t *)c->keys + head + 2 * slot;
    const uint16_t *value = (const uint16_t *)c->values + head + (long)(slot / 2) * 2 * columns + slot % 2;
    uint16_t *strip = copied + (long)(j / STRIP) * STRIP * columns, *pair = values_copied + (long)(j / 2) * 2 * columns;
    u->keys[j / STRIP] = strip;
    u->values[j / 2] = pair;
    for (int d = 0; d < columns; d++) {
      strip[d / 2 * 2 * STRIP + j % STRIP * 2 + d % 2] = key[(long)(d / 2) * 2 * slots + d % 2];
      pair[2 * d + j % 2] = value[2 * d];
    }
  }
}

INLINE void view_paired(const cache_view *c, int kv_head, int start, int end, paired_unit *u, uint16_t *copied) {
  int columns = columns_of(BFLOAT16, c->head_size), slots = pair_slots(c->block_tokens);
  int direct = c->block_tokens % STRIP == 0, n = end - start < UNIT ? end - start : UNIT;
  u->positions = n;
  u->key_stride = direct ? slots : STRIP;
  if (!direct) {
    copy_pairs(c, kv_head, start, n, u, copied);
    return;
  }
  for (int i = 0, next; i < n; i = next) {
    int slot = (start + i) % c->block_tokens;
    next = next_block(c, start, i, n);
    long head = head_of(c, kv_head, start + i) * slots * columns;
    for (int j = i; j < next; j += STRIP) u->keys[j / STRIP] = (const uint16_t *)c->keys + head + 2 * (slot + j - i);
    for (int j = i; j < next; j += 2) u->values[j / 2] = (const uint16_t *)c->values + head + (long)(slot + j - i) * columns;
  }
  if (n % 2 == 1) {
    const uint16_t *last = u->values[n / 2];
    for (int d = 0; d < columns; d++) {
      copied[2 * d] = last[2 * d];
      copied[2 * d + 1] = 0;
    }
    u->values[n / 2] = copied;
  }
}

INLINE uint32_t pair_at(const uint16_t *pairs, int i) {
  uint32_t two;
  memcpy(&two, pairs + 2 * i, 4);
  return two;
}

// Scores of `strips` times 16 positions with some queries at once; each is one chain over the pairs.
// `next`: keys that will be needed soon, or null.
INLINE void paired_scores(int queries, int strips, const uint16_t *const *query, const uint16_t *const *keys, long stride,
                          int columns, float scale, const uint16_t *const *next, float *scores) {
  vf sums[8][2];
UNROLL(8)
  for (int q = 0; q < queries; q++) sums[q][0] = sums[q][1] = vf_all(0);
  for (int p = 0; p < columns / 2; p++) {
    wb k[2];
UNROLL(2)
    for (int s = 0; s < strips; s++) {
      if (next) __builtin_prefetch(next[s] + 2 * p * stride, 0, 2);
      k[s] = wb_load((const uint8_t *)(keys[s] + 2 * p * stride));
    }
UNROLL(8)
    for (int q = 0; q < queries; q++) {
      uint32_t pair = pair_at(query[q], p);
UNROLL(2)
      for (int s = 0; s < strips; s++) sums[q][s] = vf_dot_pairs(sums[q][s], k[s], pair);
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(2)
    for (int s = 0; s < strips; s++) vf_store(scores + (long)q * UNIT + STRIP * s, vf_mul(sums[q][s], vf_all(scale)));
}

// Weighted values of pairs [first, last) of positions, of `vectors` times 16 columns from d on.
INLINE void paired_values(int queries, int vectors, const uint16_t *weights, const paired_unit *u, int d, int first,
                          int last, const merging *m) {
  const paired_unit *next = u->next;
  vf sums[8][4];
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) sums[q][c] = vf_all(0);
  for (int i = first; i < last; i++) {
    if (next && 2 * i < next->positions)
      for (int c = 0; c < vectors; c++) __builtin_prefetch(next->values[i] + 2 * (d + 16 * c), 0, 2);
    wb v[4];
UNROLL(4)
    for (int c = 0; c < vectors; c++) v[c] = wb_load((const uint8_t *)(u->values[i] + 2 * (d + 16 * c)));
UNROLL(8)
    for (int q = 0; q < queries; q++) {
      uint32_t pair = pair_at(weights + q * UNIT, i);
UNROLL(4)
      for (int c = 0; c < vectors; c++) sums[q][c] = vf_dot_pairs(sums[q][c], v[c], pair);
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) merge_values(m, q, d + 16 * c, sums[q][c]);
}

// Weighted values of all columns, of positions [first, last).
INLINE void paired_outputs(int queries, const uint16_t *weights, const paired_unit *u, int columns, int first, int last,
                           const merging *m) {
  int d = 0;
  for (; d + 64 <= columns; d += 64) paired_values(queries, 4, weights, u, d, first / 2, (last + 1) / 2, m);
  for (; d < columns; d += 16) paired_values(queries, 1, weights, u, d, first / 2, (last + 1) / 2, m);
}
