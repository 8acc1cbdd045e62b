// Products of panels with tiles of tokens.
//
// Activations stand in groups of `group` tokens (a power of two up to 16), so that a tile's addresses are constants:
//   8-bit: quanta [groups][blocks][group][32], signed;
//          scales [groups][blocks][3][group]: scale, then as integers the sums of the quanta of the block's halves;
//          what rounding lost of the blocks that stick out of their token's row, in the same form once more;
//          masks [groups][blocks]: bit t is set where token t of the group has such a block
//   float: [groups][columns][group]

// The scales and minimums of one block for both of its halves, and its weights as they are stored: unsigned, the format's
// offset not taken away.
typedef struct {
  wb weights[8];
  vf scale[2];
  vf minimum[2];
} opened;

INLINE vf refinement(format f, const uint8_t *p) { return f.is_signed ? vf_from_s8(p) : vf_from_u8(p); }

INLINE void open_scales(format f, const uint8_t *unit, const uint8_t *block, opened *o) {
  int groups = f.halves ? 2 : 1;
  for (int g = 0; g < groups; g++) {
    o->scale[g] = vf_from_half((const uint16_t *)unit);
    if (f.nested) o->scale[g] = vf_mul(o->scale[g], refinement(f, block + 16 * g));
    if (f.minimum) {
      o->minimum[g] = vf_from_half((const uint16_t *)(unit + 32));
      if (f.nested) {
        vf product = vf_mul(o->minimum[g], vf_from_u8(block + 16 * (groups + g)));
        o->minimum[g] = vf_sub(vf_all(-0.0f), product);
      }
    }
  }
}

INLINE void open_weights(format f, const uint8_t *quanta, opened *o) {
UNROLL(8)
  for (int k = 0; k < 8; k++) {
    wb w;
    if (f.bits == 8) {
      w = wb_load(quanta + 64 * k);
    } else {
      wb pair = wb_load(quanta + 64 * (k & 3));
      w = wb_and(k < 4 ? pair : wb_right(pair, 4), 15);
      if (f.bits == 5) {
        wb high = wb_load(quanta + 256);
        w = wb_or(w, wb_and(k < 4 ? wb_left(high, 4 - k) : wb_right(high, k - 4), 16));
      } else if (f.bits == 6) {
        wb high = wb_load(quanta + 256 + 64 * (k >> 2));
        int i = k & 3;
        w = wb_or(w, wb_and(i < 2 ? wb_left(high, 4 - 2 * i) : wb_right(high, 2 * i - 4), 48));
      }
    }
    o->weights[k] = w;
  }
}

// The 8-bit form of some tokens, all in one memory.
typedef struct {
  int8_t *quanta, *rest;
  float *scales, *rest_scales;
  uint16_t *masks;
} rounded;

INLINE rounded rounded_in(void *memory, int tokens, int group, int blocks) {
  long slots = (long)(tokens + group - 1) / group * group * blocks;
  rounded r;
  r.quanta = memory;
  r.rest = r.quanta + 32 * slots;
  r.scales = (float *)(r.rest + 32 * slots);
  r.rest_scales = r.scales + 3 * slots;
  r.masks = (uint16_t *)(r.rest_scales + 3 * slots);
  return r;
}

// The form from a token on: of one tile, and on to the next block.
INLINE rounded rounded_from(rounded r, long group_block, int group, int in_group) {
  long at = group_block * group;
  return (rounded){r.quanta + 32 * (at + in_group), r.rest + 32 * (at + in_group), r.scales + 3 * at + in_group,
                   r.rest_scales + 3 * at + in_group, r.masks + group_block};
}

// What the quanta's sums contribute for each token of a tile and each half of a block: what minimums are multiplied with,
// or what the weights' offset has added to the products, to be taken away. Integers: nothing is lost.
typedef struct {
  float minimum[2][MAX_TILE];
  int32_t start[2][MAX_TILE];
} corrections;

INLINE void correct(format f, int tile, const float *scales, int group, corrections *c) {
  const int32_t *sums = (const int32_t *)(scales + group);
#if MAX_TILE >= 16
  // all at once: lanes behind the tile take what stands there, the next numbers of the same memory, and nobody reads them
  if (f.minimum && tile >= 8) {
    vf scale = vf_load(scales);
    vi second = vi_load(sums + group), first = f.halves ? vi_load(sums) : vi_add(vi_load(sums), second);
    vf_store(c->minimum[0], vf_mul(scale, vf_from_int(first)));
    if (f.halves) vf_store(c->minimum[1], vf_mul(scale, vf_from_int(second)));
    return;
  }
#endif
  for (int t = 0; t < tile; t++) {
    int32_t first = f.halves ? sums[t] : sums[t] + sums[group + t], second = sums[group + t];
    if (f.minimum) c->minimum[0][t] = scales[t] * (float)first;
    if (f.minimum && f.halves) c->minimum[1][t] = scales[t] * (float)second;
    if (f.offset) c->start[0][t] = -f.offset * first;
    if (f.offset && f.halves) c->start[1][t] = -f.offset * second;
  }
}

// Adds the products of one block of weights with one block of each of `beside` tokens, which lie side by side.
INLINE void add_block(format f, int beside, const opened *o, const corrections *c, int first, const int8_t *x,
                      const float *scales, vf *sums) {
  vi dots[4][2];
UNROLL(4)
  for (int j = 0; j < beside; j++)
UNROLL(2)
    for (int h = 0; h <= f.halves; h++) dots[j][h] = f.offset ? vi_all(c->start[h][first + j]) : vi_zero();
UNROLL(8)
  for (int k = 0; k < 8; k++) {
    int h = f.halves ? k >> 2 : 0;
UNROLL(4)
    for (int j = 0; j < beside; j++)
      dots[j][h] = vi_dot(dots[j][h], o->weights[k], x + 32 * j + 4 * k, f.bits == 8);
  }
UNROLL(4)
  for (int j = 0; j < beside; j++) {
    vf scale = vf_all(scales[j]), sum = sums[j];
    sum = vf_fma(vf_from_int(dots[j][0]), vf_mul(o->scale[0], scale), sum);
    if (f.halves) sum = vf_fma(vf_from_int(dots[j][1]), vf_mul(o->scale[1], scale), sum);
    if (f.minimum) sum = vf_fma(o->minimum[0], vf_all(c->minimum[0][first + j]), sum);
    if (f.minimum && f.halves) sum = vf_fma(o->minimum[1], vf_all(c->minimum[1][first + j]), sum);
    sums[j] = sum;
  }
}

INLINE void product_int8(format f, int tile, const uint8_t *panel, int blocks, rounded x, int in_group, int group,
                         float *out, long out_stride, int rows) {
  vf sums[MAX_TILE];
  float rests[MAX_TILE][16] __attribute__((aligned(64)));
UNROLL(16)
  for (int t = 0; t < tile; t++) {
    sums[t] = vf_all(0);
    vf_store(rests[t], sums[t]);
  }
  const uint8_t *unit = panel;
  for (int b = 0; b < blocks; b += unit_blocks(f)) {
    const uint8_t *block = unit + header_bytes(f);
    for (int i = 0; i < unit_blocks(f); i++) {
      opened o;
      corrections c;
      open_scales(f, unit, block, &o);
      open_weights(f, block + refinement_bytes(f), &o);
      correct(f, tile, x.scales, group, &c);
      // a chain of eight dependent products waits for each: several tokens side by side fill the gaps
      const int beside = tile < 4 ? tile : f.halves ? 2 : 4;
UNROLL(8)
      for (int t = 0; t < tile; t += beside) add_block(f, beside, &o, &c, t, x.quanta + 32 * t, x.scales + t, sums + t);
      // which tokens' blocks stick out can't be foretold: their sums stand in memory, so that one loop does, whose end
      // alone is guessed wrong
      for (unsigned left = (unsigned)*x.masks >> in_group & ((1u << tile) - 1); left; left &= left - 1) {
        int t = __builtin_ctz(left);
        vf sum = vf_load(rests[t]);
        correct(f, 1, x.rest_scales + t, group, &c);
        add_block(f, 1, &o, &c, 0, x.rest + 32 * t, x.rest_scales + t, &sum);
        vf_store(rests[t], sum);
      }
      block += block_bytes(f);
      x = rounded_from(x, 1, group, 0);
    }
    unit = block;
  }
UNROLL(16)
  for (int t = 0; t < tile; t++) {
    sums[t] = vf_add(sums[t], vf_load(rests[t]));
    if (rows == 16) vf_store(out + t * out_stride, sums[t]);
    else vf_store_n(out + t * out_stride, sums[t], rows);
  }
}

// Widens one block to float32 as ggml does: [column][row].
INLINE void widen_block(format f, const uint8_t *unit, const uint8_t *block, float *out) {
  opened o;
  open_scales(f, unit, block, &o);
  open_weights(f, block + refinement_bytes(f), &o);
UNROLL(8)
  for (int k = 0; k < 8; k++) {
    int h = f.halves ? k >> 2 : 0;
    wb weights = f.offset ? wb_sub(o.weights[k], f.offset) : o.weights[k];
    for (int c = 0; c < 4; c++) {
      vf w = vf_mul(o.scale[h], wb_column(weights, c));
      if (f.minimum) w = vf_add(w, o.minimum[h]);
      vf_store(out + 16 * (4 * k + c), w);
    }
  }
}

static void widen(int id, const uint8_t *unit, const uint8_t *block, float *out) {
  switch (id) {
#define WIDEN(n, name, ...) case n: widen_block((format){__VA_ARGS__}, unit, block, out); break;
    FORMATS(WIDEN)
    case FORMAT_F32: memcpy(out, block, 32 * 16 * 4); break;
    case FORMAT_F16:
      for (int c = 0; c < 32; c++) vf_store(out + 16 * c, vf_from_half((const uint16_t *)block + 16 * c));
      break;
    case FORMAT_BF16:
      for (int c = 0; c < 32; c++) vf_store(out + 16 * c, vf_from_bfloat((const uint16_t *)block + 16 * c));
      break;
  }
}

static format format_of(int id) {
  switch (id) {
#define FORMAT_OF(n, name, ...) case n: return (format){__VA_ARGS__};
    FORMATS(FORMAT_OF)
  }
  return (format){0};
}

typedef struct { int unit_blocks, header, block; } sizes;

static sizes sizes_of(int id) {
  if (id == FORMAT_F32) return (sizes){1, 0, 32 * 16 * 4};
  if (id > FORMAT_F32) return (sizes){1, 0, 32 * 16 * 2};
  format f = format_of(id);
  return (sizes){unit_blocks(f), header_bytes(f), block_bytes(f)};
}

INLINE const uint8_t *unit_of(sizes s, const uint8_t *panel, int b) {
  return panel + (long)(b / s.unit_blocks) * (s.header + s.unit_blocks * s.block);
}

INLINE const uint8_t *block_of(sizes s, const uint8_t *unit, int b) {
  return unit + s.header + b % s.unit_blocks * s.block;
}

// One tile with weights that have been widened: some blocks of them, on from what the blocks before gave.
INLINE void product_float(int tile, const float *weights, int columns, const float *x, int group, vf *sums) {
  for (int c = 0; c < columns; c++) {
    vf w = vf_load(weights + 16 * c);
UNROLL(16)
    for (int t = 0; t < tile; t++) sums[t] = vf_fma(w, vf_all(x[t]), sums[t]);
    x += group;
  }
}

INLINE void tile_float(int tile, int id, const uint8_t *panel, int blocks, const float *x, int group, float *out,
                       long out_stride, int rows) {
  sizes s = sizes_of(id);
  float weights[32 * 16] __attribute__((aligned(64)));
  vf sums[MAX_TILE];
UNROLL(16)
  for (int t = 0; t < tile; t++) sums[t] = vf_all(0);
  for (int b = 0; b < blocks; b++) {
    const uint8_t *unit = unit_of(s, panel, b);
    widen(id, unit, block_of(s, unit, b), weights);
    product_float(tile, weights, 32, x + 32L * b * group, group, sums);
  }
UNROLL(16)
  for (int t = 0; t < tile; t++) vf_store_n(out + t * out_stride, sums[t], rows);
}

#define TILE_CASES(CALL) \
  CASE_16(CALL) case 4: CALL(4); break; case 3: CALL(3); break; case 2: CALL(2); break; default: CALL(1); break;
#if MAX_TILE >= 16
#define CASE_16(CALL) case 16: CALL(16); break; case 8: CALL(8); break;
#else
#define CASE_16(CALL)
#endif

#define DEFINE_INT8(n, name, ...)                                                                                  \
  static void int8_##name(int tile, const uint8_t *panel, int blocks, rounded x, int in_group, int group,          \
                          float *out, long out_stride, int rows) {                                                 \
    switch (tile) { TILE_CASES(CALL_##name) }                                                                      \
  }
#define CALL_FORMAT(tile, ...) \
  product_int8((format){__VA_ARGS__}, tile, panel, blocks, x, in_group, group, out, out_stride, rows)
#define CALL_q4_0(tile) CALL_FORMAT(tile, 4, 8, 0, 0, 0, 0)
#define CALL_q4_1(tile) CALL_FORMAT(tile, 4, 0, 0, 1, 0, 0)
#define CALL_q5_0(tile) CALL_FORMAT(tile, 5, 16, 0, 0, 0, 0)
#define CALL_q5_1(tile) CALL_FORMAT(tile, 5, 0, 0, 1, 0, 0)
#define CALL_q8_0(tile) CALL_FORMAT(tile, 8, 128, 0, 0, 0, 0)
#define CALL_q2_k(tile) CALL_FORMAT(tile, 4, 0, 1, 1, 1, 0)
#define CALL_q3_k(tile) CALL_FORMAT(tile, 4, 4, 1, 0, 1, 1)
#define CALL_q4_k(tile) CALL_FORMAT(tile, 4, 0, 0, 1, 1, 0)
#define CALL_q5_k(tile) CALL_FORMAT(tile, 5, 0, 0, 1, 1, 0)
#define CALL_q6_k(tile) CALL_FORMAT(tile, 6, 32, 1, 0, 1, 1)
FORMATS(DEFINE_INT8)

typedef void (*int8_product)(int, const uint8_t *, int, rounded, int, int, float *, long, int);
#define INT8_ENTRY(n, name, ...) int8_##name,
static const int8_product int8_products[] = {FORMATS(INT8_ENTRY)};

static void float_product(int tile, int id, const uint8_t *panel, int blocks, const float *x, int group, float *out,
                          long out_stride, int rows) {
#define CALL_FLOAT(tile) tile_float(tile, id, panel, blocks, x, group, out, out_stride, rows)
  switch (tile) { TILE_CASES(CALL_FLOAT) }
}

// How many tokens of activations may stay in the second-level cache beside the weights.
static int tokens_at_once(long bytes_per_token, int group) {
  long tokens = (384L << 10) / bytes_per_token / group * group;
  return tokens < group ? group : (int)tokens;
}

// The largest tile that `left` tokens fill: a power of two, or three, the last of an odd number.
static int tile_of(int left) {
  int tile = MAX_TILE;
  if (left == 3) return 3;
  while (tile > left) tile /= 2;
  return tile;
}

// Multiplies panels [first, last) of a matrix with all tokens. `x` is what quantize wrote, or regroup;
// out[t][row] has `out_stride` elements from one token to the next, `row` counted from `out`.
void EXPORT(multiply)(int id, const uint8_t *panels, int first, int last, int blocks, int rows, void *x,
                      int is_rounded, int tokens, int group, float *out, long out_stride) {
  sizes s = sizes_of(id);
  long panel_bytes = (long)(blocks / s.unit_blocks) * (s.header + s.unit_blocks * s.block);
  int at_once = tokens_at_once(is_rounded ? 44L * blocks : 128L * blocks, group);
  rounded all = rounded_in(x, tokens, group, blocks);
  for (int from = 0; from < tokens; from += at_once) {
    int to = from + at_once < tokens ? from + at_once : tokens;
    for (int p = first; p < last; p++) {
      const uint8_t *panel = panels + p * panel_bytes;
      int panel_rows = rows - 16 * p < 16 ? rows - 16 * p : 16;
      for (int t = from, tile; t < to; t += tile) {
        int in_group = t % group;
        tile = tile_of(to - t < group - in_group ? to - t : group - in_group);
        long start = (long)(t / group) * blocks;
        float *o = out + t * out_stride + 16L * p;
        if (is_rounded) {
          int8_products[id](tile, panel, blocks, rounded_from(all, start, group, in_group), in_group, group, o,
                            out_stride, panel_rows);
        } else {
          float_product(tile, id, panel, blocks, (const float *)x + 32 * start * group + in_group, group, o,
                        out_stride, panel_rows);
        }
      }
    }
  }
}

typedef struct { vf low, high; } block_floats;

INLINE block_floats load_block(const float *x) { return (block_floats){vf_load(x), vf_load(x + 16)}; }

INLINE vf highest_lanes(block_floats x) { return vf_max(vf_abs(x.low), vf_abs(x.high)); }

INLINE vf eight_bit(vf x, float inverse) {
  return vf_max(vf_min(vf_mul(x, vf_all(inverse)), vf_all(127)), vf_all(-127));
}

// One block in 8 bits: `inverse` is what its highest value is multiplied with to be 127, `scale` brings it back.
INLINE void round_block(block_floats x, float inverse, float scale, int group, int8_t *quanta, float *scales) {
  int32_t *sums = (int32_t *)(scales + group);
  scales[0] = scale;
  sums[0] = vf_to_bytes(eight_bit(x.low, inverse), quanta);
  sums[group] = vf_to_bytes(eight_bit(x.high, inverse), quanta + 16);
}

// What rounding loses of a lane of numbers.
INLINE vf lost(vf x, float inverse, float scale) { return vf_fma(vf_round(eight_bit(x, inverse)), vf_all(-scale), x); }

INLINE void round_rest(block_floats x, float inverse, float scale, int group, int8_t *quanta, float *scales) {
  block_floats rest = {lost(x.low, inverse, scale), lost(x.high, inverse, scale)};
  float highest = vf_highest(highest_lanes(rest));
  round_block(rest, highest > 0 ? 127 / highest : 0, highest / 127, group, quanta, scales);
}

// Blocks whose squared highest value is more than so many times the mean of their row are multiplied with twice 8 bits:
// they are few, and rounding loses most of all there (before SmolLM2's down projections above all). What 8-bit
// activations change in its next tokens falls from 0.0030 to 0.0012 nats; twice as many of them would bring it to 0.0008 and cost a
// tenth of a long prompt's time.
#define STICKS_OUT 4.0f

// Brings tokens [first, last) of x [tokens][columns] into the 8-bit form. `first` begins a group.
void EXPORT(quantize)(const float *x, int columns, int first, int last, int tokens, int group, void *memory) {
  int blocks = columns / 32;
  rounded all = rounded_in(memory, tokens, group, blocks);
  memset(all.masks + (long)(first / group) * blocks, 0, sizeof(uint16_t) * (size_t)blocks * (size_t)((last - first + group - 1) / group));
  int filled = (blocks + 15) / 16 * 16;
  float highest[filled], inverse[filled], scale[filled];
  for (int t = first; t < last; t++) {
    const float *row = x + (long)t * columns;
    float total = 0;
    for (int b = 0; b < blocks; b += 16) {
      vf lanes[16];
      for (int i = 0; i < 16; i++) lanes[i] = b + i < blocks ? highest_lanes(load_block(row + 32 * (b + i))) : vf_all(0);
      vf high = vf_highest_of_each(lanes);
      vf_store(highest + b, high);
      vf_store(inverse + b, vf_where_less(vf_all(0), high, vf_div(vf_all(127), high), vf_all(0)));
      vf_store(scale + b, vf_div(high, vf_all(127)));
      for (int i = b; i < b + 16; i++) total += highest[i] * highest[i];
    }
    float limit = STICKS_OUT * total / (float)blocks;
    for (int b = 0; b < blocks; b++) {
      rounded to = rounded_from(all, (long)(t / group) * blocks + b, group, t % group);
      block_floats block = load_block(row + 32 * b);
      round_block(block, inverse[b], scale[b], group, to.quanta, to.scales);
      if (highest[b] * highest[b] > limit) {
        round_rest(block, inverse[b], scale[b], group, to.rest, to.rest_scales);
        *to.masks |= (uint16_t)(1u << t % group);
      }
    }
  }
}

// Brings tokens [first, last) of x [tokens][columns] into groups of floats; columns are filled up to whole blocks with 0.
void EXPORT(regroup)(const float *x, int columns, int first, int last, int group, float *out) {
  int padded = (columns + 31) / 32 * 32;
  for (int t = first; t < last; t++) {
    float *o = out + (long)(t / group) * padded * group + t % group;
    for (int c = 0; c < padded; c++) o[(long)c * group] = c < columns ? x[(long)t * columns + c] : 0;
  }
}

// Widens one row of a matrix.
void EXPORT(gather)(int id, const uint8_t *panels, int blocks, int columns, int row, float *out) {
  sizes s = sizes_of(id);
  long panel_bytes = (long)(blocks / s.unit_blocks) * (s.header + s.unit_blocks * s.block);
  float widened[32 * 16];
  for (int b = 0; b < blocks; b++) {
    const uint8_t *unit = unit_of(s, panels + row / 16 * panel_bytes, b);
    widen(id, unit, block_of(s, unit, b), widened);
    for (int c = 32 * b; c < columns && c < 32 * b + 32; c++) out[c] = widened[16 * (c - 32 * b) + row % 16];
  }
}
