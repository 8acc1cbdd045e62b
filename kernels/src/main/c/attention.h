// The cache of keys and values, and attention over it.
//
// Keys lie [blocks][kv_heads][head_size][block_tokens], so that the scores of 16 positions fall into lanes; values
// [blocks][kv_heads][block_tokens][head_size]. Each query walks its sequence's positions in units of 64 that begin at
// multiples of 64, from the first that it sees to its own. A unit by itself gives the highest score, the sum of the
// weights and the weighted values; units are merged from the first to the last with the online softmax (FlashAttention,
// algorithm 1). So it makes no difference which tokens share a call, or whether several threads compute the units.

enum { MAX_QUERIES = 64, UNIT = 64, STRIP = 16, STRIPS = UNIT / STRIP };

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

typedef struct {
  int kv_heads, queries_per_kv, head_size, block_tokens, window, half;
  float scale;
  const int *table;
  const void *keys, *values;
} cache_view;

// Where a unit's keys and values lie. Keys of strips that don't lie within a block are copied to `copied` first.
typedef struct {
  const void *keys[STRIPS];
  const void *values[UNIT];
  long key_stride;
  int half_keys;
} unit_view;

INLINE const void *element(int half, const void *data, long index) {
  return half ? (const void *)((const uint16_t *)data + index) : (const void *)((const float *)data + index);
}
INLINE float number(int half, const void *data, long index) {
  return half ? float_of_half(((const uint16_t *)data)[index]) : ((const float *)data)[index];
}
INLINE vf numbers(int half, const void *data, long index) {
  return half ? vf_from_half((const uint16_t *)data + index) : vf_load((const float *)data + index);
}
INLINE vf some_numbers(int half, const void *data, long index, int n) {
  if (!half) return vf_load_n((const float *)data + index, n);
  uint16_t some[16] = {0};
  memcpy(some, (const uint16_t *)data + index, (size_t)n * 2);
  return vf_from_half(some);
}

// The unit at `start`, of which positions up to `end` (exclusive) are stored.
static void view_unit(const cache_view *c, int kv_head, int start, int end, unit_view *u, float *copied) {
  int direct = c->block_tokens % STRIP == 0, n = end - start < UNIT ? end - start : UNIT;
  u->key_stride = direct ? c->block_tokens : STRIP;
  u->half_keys = direct ? c->half : 0;
  // positions [i, next) lie in one block
  for (int i = 0, next; i < n; i = next) {
    int block = (start + i) / c->block_tokens, slot = (start + i) % c->block_tokens;
    next = i + c->block_tokens - slot < n ? i + c->block_tokens - slot : n;
    long at = ((long)c->table[block] * c->kv_heads + kv_head) * c->block_tokens * c->head_size;
    for (int j = i; j < next; j++)
      u->values[j] = element(c->half, c->values, at + (long)(slot + j - i) * c->head_size);
    if (direct) {
      for (int j = i; j < next; j += STRIP) u->keys[j / STRIP] = element(c->half, c->keys, at + slot + j - i);
      continue;
    }
    for (int j = i; j < next; j++) {
      float *strip = copied + (long)(j / STRIP) * STRIP * c->head_size;
      u->keys[j / STRIP] = strip;
      for (int d = 0; d < c->head_size; d++)
        strip[d * STRIP + j % STRIP] = number(c->half, c->keys, at + (long)d * c->block_tokens + slot + j - i);
    }
  }
}

// Scores of 16 positions with some queries at once; each score is the sum of two chains, of even and of odd d.
INLINE void scores_of(int queries, int half, const float *const *query, const void *keys, long stride, int head_size,
                      float scale, float *scores) {
  vf sums[8][2];
UNROLL(8)
  for (int q = 0; q < queries; q++) sums[q][0] = sums[q][1] = vf_all(0);
  int d = 0;
  for (; d + 2 <= head_size; d += 2) {
UNROLL(2)
    for (int c = 0; c < 2; c++) {
      vf k = numbers(half, keys, (d + c) * stride);
UNROLL(8)
      for (int q = 0; q < queries; q++) sums[q][c] = vf_fma(k, vf_all(query[q][d + c]), sums[q][c]);
    }
  }
  if (d < head_size) {
    vf k = numbers(half, keys, d * stride);
UNROLL(8)
    for (int q = 0; q < queries; q++) sums[q][0] = vf_fma(k, vf_all(query[q][d]), sums[q][0]);
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
    vf_store(scores + (long)q * UNIT, vf_mul(vf_add(sums[q][0], sums[q][1]), vf_all(scale)));
}

// Turns the scores of one query into weights; positions [from, to) of the unit are seen. Returns the highest score.
INLINE float weights_of(float *scores, int from, int to, vf *total) {
  if (from > 0 || to < UNIT)
    for (int i = 0; i < UNIT; i++)
      if (i < from || i >= to) scores[i] = -__builtin_inff();
  vf s[STRIPS];
UNROLL(4)
  for (int i = 0; i < STRIPS; i++) s[i] = vf_load(scores + STRIP * i);
  float highest = vf_highest(vf_max(vf_max(s[0], s[1]), vf_max(s[2], s[3])));
UNROLL(4)
  for (int i = 0; i < STRIPS; i++) {
    s[i] = vf_exp(vf_sub(s[i], vf_all(highest)));
    vf_store(scores + STRIP * i, s[i]);
  }
  *total = vf_add(vf_add(s[0], s[1]), vf_add(s[2], s[3]));
  return highest;
}

// Weighted values of positions [from, to), `vectors` times 16 elements of them from d on (the last of them n elements).
INLINE void values_of(int queries, int vectors, int half, int n, const float *weights, const void *const *values,
                      int d, int from, int to, float *out, long out_stride) {
  vf sums[8][4];
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) sums[q][c] = vf_all(0);
  for (int i = from; i < to; i++) {
UNROLL(4)
    for (int c = 0; c < vectors; c++) {
      vf v = n == 16 ? numbers(half, values[i], d + 16 * c) : some_numbers(half, values[i], d + 16 * c, n);
UNROLL(8)
      for (int q = 0; q < queries; q++) sums[q][c] = vf_fma(vf_all(weights[(long)q * UNIT + i]), v, sums[q][c]);
    }
  }
UNROLL(8)
  for (int q = 0; q < queries; q++)
UNROLL(4)
    for (int c = 0; c < vectors; c++) vf_store(out + q * out_stride + d + 16 * c, sums[q][c]);
}

// What one query has of one unit, or of all units so far: [highest, -, ..., 16 lanes of the total, width values].
enum { STATE_TOTAL = 16, STATE_VALUES = 32 };
INLINE long state_floats(int head_size) { return STATE_VALUES + (head_size + 15) / 16 * 16; }

INLINE void empty_state(float *state, int head_size) {
  memset(state, 0, sizeof(float) * (size_t)state_floats(head_size));
  state[0] = -__builtin_inff();
}

// Some queries and one unit. Queries that see nothing of it are left with a highest score of -infinity.
INLINE void unit_states(int queries, int half, const cache_view *c, const unit_view *u, const float *const *query,
                        const int *from, const int *to, float *states) {
  float scores[8 * UNIT] __attribute__((aligned(64)));
  int first = UNIT, last = 0;
  for (int q = 0; q < queries; q++) {
    if (from[q] < to[q]) {
      first = from[q] < first ? from[q] : first;
      last = to[q] > last ? to[q] : last;
    }
  }
  for (int s = first / STRIP; s * STRIP < last; s++) {
    if (u->half_keys)
      scores_of(queries, 1, query, u->keys[s], u->key_stride, c->head_size, c->scale, scores + STRIP * s);
    else scores_of(queries, 0, query, u->keys[s], u->key_stride, c->head_size, c->scale, scores + STRIP * s);
  }
  long floats = state_floats(c->head_size);
  for (int q = 0; q < queries; q++) {
    vf total = vf_all(0);
    float highest = -__builtin_inff();
    if (from[q] < to[q]) highest = weights_of(scores + q * UNIT, from[q], to[q], &total);
    else memset(scores + q * UNIT, 0, sizeof(float) * UNIT);
    states[q * floats] = highest;
    vf_store(states + q * floats + STATE_TOTAL, total);
  }
  int d = 0;
  float *out = states + STATE_VALUES;
  for (; d + 64 <= c->head_size; d += 64)
    values_of(queries, 4, half, 16, scores, u->values, d, first, last, out, floats);
  for (; d + 16 <= c->head_size; d += 16)
    values_of(queries, 1, half, 16, scores, u->values, d, first, last, out, floats);
  if (d < c->head_size) values_of(queries, 1, half, c->head_size - d, scores, u->values, d, first, last, out, floats);
}

// Adds a unit to what a query has so far.
INLINE void merge(float *state, const float *unit, int head_size) {
  if (unit[0] == -__builtin_inff()) return;
  float factors[16] = {0};
  float highest = state[0] > unit[0] ? state[0] : unit[0];
  factors[0] = state[0] - highest;
  factors[1] = unit[0] - highest;
  vf_store(factors, vf_exp(vf_load(factors)));
  vf before = vf_all(factors[0]), now = vf_all(factors[1]);
  state[0] = highest;
  for (long i = STATE_TOTAL; i < state_floats(head_size); i += 16)
    vf_store(state + i, vf_fma(vf_load(state + i), before, vf_mul(vf_load(unit + i), now)));
}

INLINE void finish(const float *state, int head_size, float *out) {
  float total = vf_sum(vf_load(state + STATE_TOTAL));
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

// One unit for all rows (a row: one query head of one token) of a kv head.
static void rows_of_unit(const cache_view *c, const unit_view *u, const float *base, long stride, int rows,
                         int position, int start, float *states) {
  long floats = state_floats(c->head_size);
  for (int r = 0, step; r < rows; r += step) {
    const float *query[8];
    int from[8], to[8], left = rows - r;
    for (int q = 0; q < 8 && q < left; q++) {
      int token = (r + q) / c->queries_per_kv, own = position + token;
      int lowest = c->window && own - c->window + 1 > 0 ? own - c->window + 1 : 0;
      query[q] = base + token * stride + (long)((r + q) % c->queries_per_kv) * c->head_size;
      from[q] = lowest > start ? lowest - start : 0;
      to[q] = own - start + 1 < UNIT ? own - start + 1 : UNIT;
    }
#define CALL_UNIT(n) \
  if (c->half) unit_states(n, 1, c, u, query, from, to, states + r * floats); \
  else unit_states(n, 0, c, u, query, from, to, states + r * floats)
    QUERY_CASES(CALL_UNIT)
  }
}

// Floats of scratch that a call with so many rows needs.
static inline long copied_floats(int head_size) { return (long)UNIT * head_size; }

// Attention of `tokens` tokens of one sequence, from `position` on, with all query heads of one kv head.
// tokens x queries_per_kv is at most MAX_QUERIES, or one token.
// scratch: UNIT x head_size floats, then two states (state_floats) for each query.
void EXPORT(attend)(const float *queries, float *out, int tokens, int position, int kv_head, const int *table,
                    int kv_heads, int queries_per_kv, int head_size, int block_tokens, int window, float scale, int half,
                    const void *cache_keys, const void *cache_values, float *scratch) {
  cache_view c = {kv_heads, queries_per_kv, head_size, block_tokens, window, half, scale, table, cache_keys, cache_values};
  int rows = tokens * queries_per_kv, last = position + tokens - 1;
  int first = window && position - window + 1 > 0 ? position - window + 1 : 0;
  long floats = state_floats(head_size), stride = (long)kv_heads * queries_per_kv * head_size;
  long at = (long)kv_head * queries_per_kv * head_size;
  float *states = scratch + copied_floats(head_size), *of_unit = states + rows * floats;
  for (int r = 0; r < rows; r++) empty_state(states + r * floats, head_size);
  for (int start = first / UNIT * UNIT; start <= last; start += UNIT) {
    unit_view u;
    view_unit(&c, kv_head, start, last + 1, &u, scratch);
    rows_of_unit(&c, &u, queries + at, stride, rows, position, start, of_unit);
    for (int r = 0; r < rows; r++) merge(states + r * floats, of_unit + r * floats, head_size);
  }
  for (int r = 0; r < rows; r++)
    finish(states + r * floats, head_size,
           out + at + r / queries_per_kv * stride + (long)(r % queries_per_kv) * head_size);
}

// The same for one token in two calls, so that threads may share its units: first units [first_unit, last_unit) of
// those that it sees, each by itself, into states[unit][queries_per_kv] ...
void EXPORT(attend_units)(const float *queries, int position, int kv_head, const int *table, int kv_heads,
                          int queries_per_kv, int head_size, int block_tokens, int window, float scale, int half,
                          const void *cache_keys, const void *cache_values, int first_unit, int last_unit,
                          float *states, float *scratch) {
  cache_view c = {kv_heads, queries_per_kv, head_size, block_tokens, window, half, scale, table, cache_keys, cache_values};
  long floats = state_floats(head_size), stride = (long)kv_heads * queries_per_kv * head_size;
  for (int i = first_unit; i < last_unit; i++) {
    unit_view u;
    view_unit(&c, kv_head, i * UNIT, position + 1, &u, scratch);
    rows_of_unit(&c, &u, queries + (long)kv_head * queries_per_kv * head_size, stride, queries_per_kv, position,
                 i * UNIT, states + i * queries_per_kv * floats);
  }
}

// ... then all of them from first_unit on merged, in their order.
void EXPORT(attend_merge)(int kv_head, int queries_per_kv, int head_size, int first_unit, int last_unit,
                          const float *states, float *state, float *out) {
  long floats = state_floats(head_size);
  for (int q = 0; q < queries_per_kv; q++) {
    empty_state(state, head_size);
    for (int i = first_unit; i < last_unit; i++) merge(state, states + (i * queries_per_kv + q) * floats, head_size);
    finish(state, head_size, out + ((long)kv_head * queries_per_kv + q) * head_size);
  }
}
