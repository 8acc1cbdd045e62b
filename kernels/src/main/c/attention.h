// The cache of keys and values, and attention over it.
//
// Each query walks its sequence's positions in units of 64 that begin at multiples of 64, from the first that it sees to
// its own. A unit by itself gives the highest score, the sum of the weights and the weighted values; units are merged
// from the first to the last with the online softmax (FlashAttention, algorithm 1). So it makes no difference which
// tokens share a call, or whether several threads compute the units.

INLINE void put(int kind, void *data, long index, float x) {
  if (kind == FLOAT16) ((uint16_t *)data)[index] = half_of(x);
  else ((float *)data)[index] = x;
}

void EXPORT(store)(const float *keys, const float *values, int first, int last, const int *positions,
                   const int *sequences, const int *tables, const int *table_starts, int kind, int blocks, int kv_heads,
                   int head_size, int block_tokens, void *cache_keys, void *cache_values) {
  for (int t = first; t < last; t++) {
    cache_view c = {.kind = kind, .blocks = blocks, .kv_heads = kv_heads, .head_size = head_size,
                    .block_tokens = block_tokens, .table = tables + table_starts[sequences[t]]};
    int slot = positions[t] % block_tokens;
    for (int h = 0; h < kv_heads; h++) {
      const float *k = keys + ((long)t * kv_heads + h) * head_size, *v = values + ((long)t * kv_heads + h) * head_size;
      long head = head_of(&c, h, positions[t]), at = head * block_tokens * head_size;
      if (kind == INT8) store_quantized(INT8, &c, k, v, head, slot, cache_keys, cache_values);
      else if (kind == INT4) store_quantized(INT4, &c, k, v, head, slot, cache_keys, cache_values);
      else if (kind == BFLOAT16) store_paired(&c, k, v, head, slot, cache_keys, cache_values);
      else
        for (int d = 0; d < head_size; d++) {
          put(kind, cache_keys, at + (long)d * block_tokens + slot, k[d]);
          put(kind, cache_values, at + (long)slot * head_size + d, v[d]);
        }
    }
  }
}

// Where a unit's keys and values lie. Keys of strips that don't lie within a block are copied to `copied` first.
typedef struct unit_view {
  int positions;
  const void *keys[STRIPS];
  const void *values[UNIT];
  long key_stride;
  int key_kind;
  // the unit after it, to be asked for while this one is computed: each lies in runs of a block, too short for the
  // processor to foresee, and asked for all at once they would hold it up
  const struct unit_view *next;
} unit_view;

INLINE const void *element(int kind, const void *data, long index) {
  return kind == FLOAT16 ? (const void *)((const uint16_t *)data + index) : (const void *)((const float *)data + index);
}
INLINE float number(int kind, const void *data, long index) {
  return kind == FLOAT16 ? float_of_half(((const uint16_t *)data)[index]) : ((const float *)data)[index];
}
INLINE vf numbers(int kind, const void *data, long index) {
  return kind == FLOAT16 ? vf_from_half((const uint16_t *)data + index) : vf_load((const float *)data + index);
}
INLINE vf some_numbers(int kind, const void *data, long index, int n) {
  if (kind == FLOAT32) return vf_load_n((const float *)data + index, n);
  uint16_t some[16] = {0};
  memcpy(some, (const uint16_t *)data + index, (size_t)n * 2);
  return vf_from_half(some);
}

// The unit at `start`, of which positions up to `end` (exclusive) are stored.
static void view_unit(const cache_view *c, int kv_head, int start, int end, unit_view *u, float *copied) {
  int direct = c->block_tokens % STRIP == 0, n = end - start < UNIT ? end - start : UNIT;
  u->positions = n;
  u->key_stride = direct ? c->block_tokens : STRIP;
  u->key_kind = direct ? c->kind : FLOAT32;
  for (int i = 0, next; i < n; i = next) {
    int slot = (start + i) % c->block_tokens;
    next = next_block(c, start, i, n);
    long at = head_of(c, kv_head, start + i) * c->block_tokens * c->head_size;
    for (int j = i; j < next; j++)
      u->values[j] = element(c->kind, c->values, at + (long)(slot + j - i) * c->head_size);
    if (direct) {
      for (int j = i; j < next; j += STRIP) u->keys[j / STRIP] = element(c->kind, c->keys, at + slot + j - i);
      continue;
    }
    for (int j = i; j < next; j++) {
      float *strip = copied + (long)(j / STRIP) * STRIP * c->head_size;
      u->keys[j / STRIP] = strip;
      for (int d = 0; d < c->head_size; d++)
        strip[d * STRIP + j % STRIP] = number(c->kind, c->keys, at + (long)d * c->block_tokens + slot + j - i);
    }
  }
}

// Scores of 16 positions with some queries at once; each score is the sum of two chains, of even and of odd d.
// `next`: keys that will be needed soon, or null.
INLINE void scores_of(int queries, int kind, const float *const *query, const void *keys, long stride, int head_size,
                      float scale, const void *next, float *scores) {
  vf sums[8][2];
UNROLL(8)
  for (int q = 0; q < queries; q++) sums[q][0] = sums[q][1] = vf_all(0);
  int d = 0;
  for (; d + 2 <= head_size; d += 2) {
    if (next) __builtin_prefetch(element(kind, next, d * stride), 0, 2);
UNROLL(2)
    for (int c = 0; c < 2; c++) {
      vf k = numbers(kind, keys, (d + c) * stride);
UNROLL(8)
      for (int q = 0; q < queries; q++) sums[q][c] = vf_fma(k, vf_all(query[q][d + c]), sums[q][c]);
    }
  }
  if (d < head_size) {
    vf k = numbers(kind, keys, d * stride);
UNROLL(8)
    for (int q = 0; q < queries; q++) sums[q][0] = vf_fma(k, vf_all(query[q][d]), sums[q][0]);
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
    vf_store(scores + (long)q * UNIT, vf_mul(vf_add(sums[q][0], sums[q][1]), vf_all(scale)));
}

// The highest of one query's scores, of which positions [from, to) of the unit are seen; all others become -infinity.
INLINE float highest_score(float *scores, int from, int to) {
  for (int i = 0; i < from; i++) scores[i] = -__builtin_inff();
  for (int i = to; i < UNIT; i++) scores[i] = -__builtin_inff();
  vf s[STRIPS];
UNROLL(4)
  for (int i = 0; i < STRIPS; i++) s[i] = vf_load(scores + STRIP * i);
  return vf_highest(vf_max(vf_max(s[0], s[1]), vf_max(s[2], s[3])));
}

// Turns the scores of one query into weights, and gives their sum: floats in their place, or bfloat16 to `rounded`.
INLINE vf weights_of(int kind, float *scores, float highest, uint16_t *rounded) {
  vf s[STRIPS];
UNROLL(4)
  for (int i = 0; i < STRIPS; i++) s[i] = vf_exp_negative(vf_sub(vf_load(scores + STRIP * i), vf_all(highest)));
UNROLL(4)
  for (int i = 0; i < STRIPS; i++) {
    if (kind == BFLOAT16) vf_to_bfloat(s[i], rounded + STRIP * i);
    else vf_store(scores + STRIP * i, s[i]);
  }
  return vf_add(vf_add(s[0], s[1]), vf_add(s[2], s[3]));
}

// Weighted values of positions [from, to), `vectors` times 16 elements of them from d on (the last of them n elements).
// `next`: values that will be needed soon, or null.
INLINE void values_of(int queries, int vectors, int kind, int n, const float *weights, const void *const *values,
                      int d, int from, int to, const unit_view *next, const merging *m) {
  vf sums[8][4];
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) sums[q][c] = vf_all(0);
  for (int i = from; i < to; i++) {
    if (next && i < next->positions)
      for (int c = 0; c < vectors; c += 2) __builtin_prefetch(element(kind, next->values[i], d + 16 * c), 0, 2);
UNROLL(4)
    for (int c = 0; c < vectors; c++) {
      vf v = n == 16 ? numbers(kind, values[i], d + 16 * c) : some_numbers(kind, values[i], d + 16 * c, n);
UNROLL(8)
      for (int q = 0; q < queries; q++) sums[q][c] = vf_fma(vf_all(weights[(long)q * UNIT + i]), v, sums[q][c]);
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) merge_values(m, q, d + 16 * c, sums[q][c]);
}

INLINE long state_floats(int kind, int head_size) { return STATE_VALUES + columns_of(kind, head_size); }

INLINE void empty_state(float *state, long floats) {
  memset(state, 0, sizeof(float) * (size_t)floats);
  state[0] = -__builtin_inff();
}

INLINE void unit_scores(int queries, int kind, const cache_view *c, const unit_view *u, const float *const *query,
                        int strip, float *scores) {
  const void *next = u->next && strip * STRIP < u->next->positions ? u->next->keys[strip] : 0;
  if (kind == FLOAT16 && u->key_kind == FLOAT16)
    scores_of(queries, FLOAT16, query, u->keys[strip], u->key_stride, c->head_size, c->scale, next, scores);
  else scores_of(queries, FLOAT32, query, u->keys[strip], u->key_stride, c->head_size, c->scale, next, scores);
}

INLINE void unit_values(int queries, int kind, const cache_view *c, const unit_view *u, const float *weights, int first,
                        int last, const merging *m) {
  int d = 0;
  for (; d + 64 <= c->head_size; d += 64)
    values_of(queries, 4, kind, 16, weights, u->values, d, first, last, u->next, m);
  for (; d + 16 <= c->head_size; d += 16)
    values_of(queries, 1, kind, 16, weights, u->values, d, first, last, u->next, m);
  if (d < c->head_size)
    values_of(queries, 1, kind, c->head_size - d, weights, u->values, d, first, last, u->next, m);
}

INLINE void unit_quantized_values(int queries, int kind, const cache_view *c, const quantized_unit *u,
                                  const float *weights, int first, int last, const merging *m) {
  int8_t bytes[8 * 2 * UNIT];
  two_bytes split[8];
  for (int q = 0; q < queries; q++) {
    split[q].high = bytes + q * 2 * UNIT;
    split[q].low = split[q].high + UNIT;
    split_weights(weights + q * UNIT, u->value_scales, split + q);
  }
  quantized_outputs(queries, kind, split, u, columns_of(kind, c->head_size), first / 4, (last + 3) / 4, m);
}

// A unit as the cache's kind has it, and queries likewise.
typedef union {
  unit_view floats;
  quantized_unit quantized;
  paired_unit paired;
} any_unit;

// How some queries go on with a unit of which they have these highest scores, -infinity where they see nothing of it.
INLINE void merge_highest(int queries, const float *highest, merging *m) {
  float own[16] = {0}, old[16] = {0};
  for (int q = 0; q < queries; q++) {
    own[q] = highest[q];
    old[q] = m->states[q * m->floats];
  }
  vf high = vf_max(vf_load(old), vf_load(own));
  vf_store(m->before, vf_exp_negative(vf_sub(vf_load(old), high)));
  vf_store(m->now, vf_exp_negative(vf_sub(vf_load(own), high)));
  vf_store(old, high);
  for (int q = 0; q < queries; q++) {
    m->seen[q] = own[q] != -__builtin_inff();
    m->states[q * m->floats] = old[q];
  }
}

// Adds one unit to the states of some queries.
INLINE void unit_states(int queries, int kind, const cache_view *c, const any_unit *u, const void *const *query,
                        const int *from, const int *to, float *states) {
  float scores[8 * UNIT] __attribute__((aligned(64)));
  int first = UNIT, last = 0;
  for (int q = 0; q < queries; q++) {
    if (from[q] < to[q]) {
      first = from[q] < first ? from[q] : first;
      last = to[q] > last ? to[q] : last;
    }
  }
  const int strips_end = (last + STRIP - 1) / STRIP;
  for (int s = first / STRIP, step; s < strips_end; s += step) {
    step = 1;
    if (is_quantized(kind)) {
      const quantized_unit *unit = &u->quantized;
      quantized_scores(queries, kind, (const two_bytes *const *)query, unit->keys[s], unit->key_stride,
                       columns_of(kind, c->head_size), vf_load(unit->key_scales + STRIP * s),
                       unit->next && STRIP * s < unit->next->positions ? unit->next->keys[s] : 0, scores + STRIP * s);
    } else if (kind == BFLOAT16) {
      const paired_unit *unit = &u->paired;
      step = strips_end - s >= 2 ? 2 : 1;
      const uint16_t *const *next = unit->next && STRIP * (s + step) <= unit->next->positions ? unit->next->keys + s : 0;
      if (step == 2)
        paired_scores(queries, 2, (const uint16_t *const *)query, unit->keys + s, unit->key_stride,
                      columns_of(kind, c->head_size), c->scale, next, scores + STRIP * s);
      else
        paired_scores(queries, 1, (const uint16_t *const *)query, unit->keys + s, unit->key_stride,
                      columns_of(kind, c->head_size), c->scale, next, scores + STRIP * s);
    } else unit_scores(queries, kind, c, &u->floats, (const float *const *)query, s, scores + STRIP * s);
  }
  long floats = state_floats(kind, c->head_size);
  float highest[8];
  uint16_t rounded[8 * UNIT];
  for (int q = 0; q < queries; q++)
    highest[q] = from[q] < to[q] ? highest_score(scores + q * UNIT, from[q], to[q]) : -__builtin_inff();
  merging m = {.states = states, .floats = floats};
  merge_highest(queries, highest, &m);
  for (int q = 0; q < queries; q++) {
    if (m.seen[q]) {
      vf total = weights_of(kind, scores + q * UNIT, highest[q], rounded + q * UNIT);
      merge_lanes(&m, q, STATE_TOTAL, total);
    } else {
      memset(scores + q * UNIT, 0, sizeof(float) * UNIT);
      memset(rounded + q * UNIT, 0, sizeof(uint16_t) * UNIT);
    }
  }
  if (is_quantized(kind)) unit_quantized_values(queries, kind, c, &u->quantized, scores, first, last, &m);
  else if (kind == BFLOAT16) paired_outputs(queries, rounded, &u->paired, columns_of(kind, c->head_size), first, last, &m);
  else unit_values(queries, kind, c, &u->floats, scores, first, last, &m);
}

// Adds a unit that was computed by itself to what a query has so far.
INLINE void merge(float *state, const float *unit, long floats) {
  merging m = {.states = state, .floats = floats};
  merge_highest(1, unit, &m);
  if (m.seen[0])
    for (long i = STATE_TOTAL; i < floats; i += 16) merge_lanes(&m, 0, i, vf_load(unit + i));
}

INLINE void finish(int kind, float *state, int head_size, float *out) {
  float total = vf_sum(vf_load(state + STATE_TOTAL));
  if (is_quantized(kind)) hadamard(state + STATE_VALUES, head_size);
  for (int d = 0; d < head_size; d++) out[d] = state[STATE_VALUES + d] / total;
}

#ifdef SIMD_REGISTERS
#define QUERY_CASES(CALL) \
  if (left >= MOST_BESIDE && MOST_BESIDE == 6) { CALL(6); step = 6; } \
  else if (left >= 4 && MOST_BESIDE >= 4) { CALL(4); step = 4; } \
  else if (left == 3 && MOST_BESIDE >= 3) { CALL(3); step = 3; } \
  else if (left >= 2) { CALL(2); step = 2; } \
  else { CALL(1); step = 1; }
#else
#define QUERY_CASES(CALL) CALL(1); step = 1;
#endif

// The query heads of one kv head in some tokens of one sequence, from `position` on; a row is one query head of one token.
// Where the cache is quantized or of bfloat16, `split` has the rows' queries in the form that keys are multiplied with.
typedef struct {
  const float *first;
  long stride;
  int rows, position;
  uint8_t *split;
  int positions[MAX_QUERIES]; // of each row; not where there are more, for then they are one token's
} query_rows;

INLINE const float *query_of(const cache_view *c, const query_rows *rows, int row) {
  return rows->first + row / c->queries_per_kv * rows->stride + (long)(row % c->queries_per_kv) * c->head_size;
}

static void split_queries(const cache_view *c, query_rows *rows) {
  for (int r = 0; r < rows->rows && r < MAX_QUERIES; r++) rows->positions[r] = rows->position + r / c->queries_per_kv;
  for (int r = 0; r < rows->rows; r++) {
    const float *query = query_of(c, rows, r);
    uint8_t *out = rows->split + r * query_bytes(c->head_size);
    if (is_quantized(c->kind)) split_query(c->kind, query, c->head_size, c->scale, out);
    if (c->kind == BFLOAT16) round_to_bfloat(query, c->head_size, (uint16_t *)out);
  }
}

// Adds one unit, of which positions before `end` are stored, to the states of all rows.
INLINE void rows_of_unit(int kind, const cache_view *c, int kv_head, const query_rows *rows, int start, int end,
                         void *copied, float *states) {
  any_unit u, next;
  // where keys lie as they are read; else both would be copied to one place
  int follows = start + UNIT < end && c->block_tokens % STRIP == 0;
  if (is_quantized(kind)) {
    view_quantized(kind, c, kv_head, start, end, &u.quantized, copied);
    if (follows) view_quantized(kind, c, kv_head, start + UNIT, end, &next.quantized, copied);
    u.quantized.next = follows ? &next.quantized : 0;
  } else if (kind == BFLOAT16) {
    view_paired(c, kv_head, start, end, &u.paired, copied);
    if (follows) view_paired(c, kv_head, start + UNIT, end, &next.paired, copied);
    u.paired.next = follows ? &next.paired : 0;
  } else {
    view_unit(c, kv_head, start, end, &u.floats, copied);
    if (follows) view_unit(c, kv_head, start + UNIT, end, &next.floats, copied);
    u.floats.next = follows ? &next.floats : 0;
  }
  long floats = state_floats(kind, c->head_size);
  for (int r = 0, step; r < rows->rows; r += step) {
    const void *query[8];
    int from[8], to[8], left = rows->rows - r;
    for (int q = 0; q < 8 && q < left; q++) {
      int own = rows->rows > MAX_QUERIES ? rows->position : rows->positions[r + q];
      int lowest = c->window && own - c->window + 1 > 0 ? own - c->window + 1 : 0;
      if (is_quantized(kind) || kind == BFLOAT16) query[q] = rows->split + (r + q) * query_bytes(c->head_size);
      else query[q] = query_of(c, rows, r + q);
      from[q] = lowest > start ? lowest - start : 0;
      to[q] = own - start + 1 < UNIT ? own - start + 1 : UNIT;
    }
#define CALL_UNIT(n) unit_states(n, kind, c, &u, query, from, to, states + r * floats)
    QUERY_CASES(CALL_UNIT)
    if (is_quantized(kind)) u.quantized.next = 0;
    else if (kind == BFLOAT16) u.paired.next = 0;
    else u.floats.next = 0;
  }
}

static void any_rows_of_unit(const cache_view *c, int kv_head, const query_rows *rows, int start, int end, void *copied,
                             float *states) {
  if (c->kind == FLOAT32) rows_of_unit(FLOAT32, c, kv_head, rows, start, end, copied, states);
  else if (c->kind == FLOAT16) rows_of_unit(FLOAT16, c, kv_head, rows, start, end, copied, states);
  else if (c->kind == BFLOAT16) rows_of_unit(BFLOAT16, c, kv_head, rows, start, end, copied, states);
  else if (c->kind == INT8) rows_of_unit(INT8, c, kv_head, rows, start, end, copied, states);
  else rows_of_unit(INT4, c, kv_head, rows, start, end, copied, states);
}

// Floats of scratch for a unit's copied keys, or its quantized or paired keys and values.
static inline long copied_floats(int head_size) { return (long)UNIT * columns_of(INT4, head_size); }

// Attention of `tokens` tokens of one sequence, from `position` on, with all query heads of one kv head.
// tokens x queries_per_kv is at most MAX_QUERIES, or one token.
// scratch: copied_floats, then query_bytes and a state (state_floats) for each query.
void EXPORT(attend)(const float *queries, float *out, int tokens, int position, int kv_head, const int *table, int kind,
                    int blocks, int kv_heads, int queries_per_kv, int head_size, int block_tokens, int window,
                    float scale, const void *cache_keys, const void *cache_values, float *scratch) {
  cache_view c = {kind,   blocks, kv_heads, queries_per_kv, head_size,   block_tokens,
                  window, scale,  table,    cache_keys,     cache_values};
  int last = position + tokens - 1, first = window && position - window + 1 > 0 ? position - window + 1 : 0;
  long floats = state_floats(kind, head_size), stride = (long)kv_heads * queries_per_kv * head_size;
  long at = (long)kv_head * queries_per_kv * head_size;
  query_rows rows = {.first = queries + at, .stride = stride, .rows = tokens * queries_per_kv, .position = position,
                     .split = (uint8_t *)(scratch + copied_floats(head_size))};
  float *states = (float *)(rows.split + rows.rows * query_bytes(head_size));
  split_queries(&c, &rows);
  for (int r = 0; r < rows.rows; r++) empty_state(states + r * floats, floats);
  for (int start = first / UNIT * UNIT; start <= last; start += UNIT)
    any_rows_of_unit(&c, kv_head, &rows, start, last + 1, scratch, states);
  for (int r = 0; r < rows.rows; r++)
    finish(kind, states + r * floats, head_size,
           out + at + r / queries_per_kv * stride + (long)(r % queries_per_kv) * head_size);
}

// The same for one token in two calls, so that threads may share its units: first units [first_unit, last_unit) of
// those that it sees, each by itself, into states[unit][queries_per_kv] ...
// scratch: copied_floats, then query_bytes for each query.
void EXPORT(attend_units)(const float *queries, int position, int kv_head, const int *table, int kind, int blocks,
                          int kv_heads, int queries_per_kv, int head_size, int block_tokens, int window, float scale,
                          const void *cache_keys, const void *cache_values, int first_unit, int last_unit,
                          float *states, float *scratch) {
  cache_view c = {kind,   blocks, kv_heads, queries_per_kv, head_size,   block_tokens,
                  window, scale,  table,    cache_keys,     cache_values};
  long floats = state_floats(kind, head_size);
  query_rows rows = {.first = queries + (long)kv_head * queries_per_kv * head_size,
                     .stride = (long)kv_heads * queries_per_kv * head_size, .rows = queries_per_kv,
                     .position = position, .split = (uint8_t *)(scratch + copied_floats(head_size))};
  split_queries(&c, &rows);
  for (int i = first_unit; i < last_unit; i++) {
    float *own = states + (long)i * queries_per_kv * floats;
    for (int q = 0; q < queries_per_kv; q++) empty_state(own + q * floats, floats);
    any_rows_of_unit(&c, kv_head, &rows, i * UNIT, position + 1, scratch, own);
  }
}

// ... then all of them from first_unit on merged, in their order.
void EXPORT(attend_merge)(int kv_head, int kind, int queries_per_kv, int head_size, int first_unit, int last_unit,
                          const float *states, float *state, float *out) {
  long floats = state_floats(kind, head_size);
  for (int q = 0; q < queries_per_kv; q++) {
    empty_state(state, floats);
    for (int i = first_unit; i < last_unit; i++) merge(state, states + (i * queries_per_kv + q) * floats, floats);
    finish(kind, state, head_size, out + ((long)kv_head * queries_per_kv + q) * head_size);
  }
}
