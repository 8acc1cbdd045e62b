// What one layer keeps of its tokens' keys and values, in blocks of block_tokens.
//
// Floats: keys lie [blocks][kv_heads][head_size][block_tokens], so that the scores of 16 positions fall into lanes; values
// [blocks][kv_heads][block_tokens][head_size]. Quantized ones: see quantized.h; bfloat16: paired.h.

enum { FLOAT32, FLOAT16, INT8, INT4, BFLOAT16 };

// Attention walks its positions in units, and a unit's keys in strips of 16.
enum { MAX_QUERIES = 64, UNIT = 64, STRIP = 16, STRIPS = UNIT / STRIP };

typedef struct {
  int kind, blocks, kv_heads, queries_per_kv, head_size, block_tokens, window;
  float scale;
  const int *table;
  const void *keys, *values;
} cache_view;

// What a query has of all units so far: [highest score, -, ..., 16 lanes of the total, values].
enum { STATE_TOTAL = 16, STATE_VALUES = 32 };

// How some queries' states go on with a unit: what was is multiplied by `before`, what comes by `now`.
typedef struct {
  float *states;
  long floats;
  int seen[8];
  float before[16], now[16];
} merging;

INLINE void merge_lanes(const merging *m, int q, long at, vf unit) {
  float *state = m->states + q * m->floats + at;
  vf_store(state, vf_fma(vf_load(state), vf_all(m->before[q]), vf_mul(unit, vf_all(m->now[q]))));
}

INLINE void merge_values(const merging *m, int q, int d, vf values) {
  if (m->seen[q]) merge_lanes(m, q, STATE_VALUES + d, values);
}

// Which head of the whole cache holds a position of the table's sequence.
INLINE long head_of(const cache_view *c, int kv_head, int position) {
  return (long)c->table[position / c->block_tokens] * c->kv_heads + kv_head;
}
// Positions [i, next) lie in one block, with n at most.
INLINE int next_block(const cache_view *c, int start, int i, int n) {
  int next = i + c->block_tokens - (start + i) % c->block_tokens;
  return next < n ? next : n;
}
