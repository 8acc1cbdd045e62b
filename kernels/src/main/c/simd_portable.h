// Sixteen lanes as plain arrays, for every processor: the compiler makes NEON of it on aarch64.
#include <math.h>

#define MOST_BESIDE 1
#define MAX_TILE 4
#define EACH for (int i = 0; i < 16; i++)

typedef struct { float f[16]; } vf;
typedef struct { int32_t i[16]; } vi;
typedef struct { int8_t b[64]; } wb; // 16 rows x 4 columns

static inline float bits_as_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}
static inline uint32_t float_as_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}
static inline float float_of_half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  if (exponent == 0) return bits_as_float(sign | float_as_bits((float)fraction * 0x1p-24f));
  if (exponent == 31) return bits_as_float(sign | 0x7f800000 | fraction << 13 | (fraction ? 0x400000 : 0));
  return bits_as_float(sign | (exponent + 112) << 23 | fraction << 13);
}
static inline uint16_t half_of(float x) {
  uint32_t bits = float_as_bits(x), magnitude = bits & 0x7fffffff;
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  if (magnitude < 0x38800000) { // a subnormal half: adding 0.5 rounds to multiples of 2^-24
    return sign | (uint16_t)(float_as_bits(bits_as_float(magnitude) + 0.5f) - 0x3f000000);
  }
  return sign | (uint16_t)((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

static inline vf vf_load(const float *p) { vf r; memcpy(r.f, p, 64); return r; }
static inline vf vf_load_n(const float *p, int n) { vf r = {{0}}; memcpy(r.f, p, (size_t)n * 4); return r; }
static inline void vf_store(float *p, vf v) { memcpy(p, v.f, 64); }
static inline void vf_store_n(float *p, vf v, int n) { memcpy(p, v.f, (size_t)n * 4); }
static inline vf vf_all(float x) { vf r; EACH r.f[i] = x; return r; }
static inline vf vf_add(vf a, vf b) { EACH a.f[i] += b.f[i]; return a; }
static inline vf vf_sub(vf a, vf b) { EACH a.f[i] -= b.f[i]; return a; }
static inline vf vf_mul(vf a, vf b) { EACH a.f[i] *= b.f[i]; return a; }
static inline vf vf_div(vf a, vf b) { EACH a.f[i] /= b.f[i]; return a; }
static inline vf vf_max(vf a, vf b) { EACH a.f[i] = a.f[i] > b.f[i] ? a.f[i] : b.f[i]; return a; }
static inline vf vf_min(vf a, vf b) { EACH a.f[i] = a.f[i] < b.f[i] ? a.f[i] : b.f[i]; return a; }
static inline vf vf_fma(vf a, vf b, vf c) { EACH a.f[i] = __builtin_fmaf(a.f[i], b.f[i], c.f[i]); return a; }
static inline vf vf_abs(vf a) { EACH a.f[i] = fabsf(a.f[i]); return a; }
static inline vf vf_where_less(vf a, vf b, vf yes, vf no) {
  EACH no.f[i] = a.f[i] < b.f[i] ? yes.f[i] : no.f[i];
  return no;
}
static inline vf vf_round(vf a) { EACH a.f[i] = rintf(a.f[i]); return a; }
// 2^n for whole n from -126 to 127; 0 for -127
static inline vf vf_power_of_two(vf n) { EACH n.f[i] = bits_as_float((uint32_t)((int32_t)n.f[i] + 127) << 23); return n; }
static inline vf vf_from_half(const uint16_t *p) { vf r; EACH r.f[i] = float_of_half(p[i]); return r; }
static inline vf vf_from_bfloat(const uint16_t *p) { vf r; EACH r.f[i] = bits_as_float((uint32_t)p[i] << 16); return r; }
// bfloat16, the nearest one, to even in the middle
static inline void vf_to_bfloat(vf a, uint16_t *out) {
  EACH {
    uint32_t bits = float_as_bits(a.f[i]);
    out[i] = a.f[i] != a.f[i] ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
static inline vf vf_from_u8(const uint8_t *p) { vf r; EACH r.f[i] = (float)p[i]; return r; }
static inline vf vf_from_s8(const uint8_t *p) { vf r; EACH r.f[i] = (float)(int8_t)p[i]; return r; }
static inline vf vf_from_int(vi a) { vf r; EACH r.f[i] = (float)a.i[i]; return r; }

static inline vi vi_zero(void) { vi r = {{0}}; return r; }
static inline vi vi_all(int32_t x) { vi r; EACH r.i[i] = x; return r; }
// sum[row] += four unsigned weights of the row x four signed activations at x
static inline vi vi_dot(vi sum, wb w, const int8_t *x, int wide) {
  (void)wide;
  EACH for (int c = 0; c < 4; c++) sum.i[i] += (uint8_t)w.b[4 * i + c] * x[c];
  return sum;
}

// sum[i] += two bfloat16 of the lane x the two of `two`, as two fused multiply-adds: of the second ones, then of the first
static inline vf vf_dot_pairs(vf sum, wb pairs, uint32_t two) {
  EACH {
    uint32_t lane;
    memcpy(&lane, pairs.b + 4 * i, 4);
    sum.f[i] = __builtin_fmaf(bits_as_float(lane & 0xffff0000), bits_as_float(two & 0xffff0000), sum.f[i]);
    sum.f[i] = __builtin_fmaf(bits_as_float(lane << 16), bits_as_float(two << 16), sum.f[i]);
  }
  return sum;
}

static inline wb wb_load(const uint8_t *p) { wb r; memcpy(r.b, p, 64); return r; }
static inline wb wb_and(wb a, int mask) { for (int i = 0; i < 64; i++) a.b[i] = (int8_t)(a.b[i] & mask); return a; }
static inline wb wb_or(wb a, wb b) { for (int i = 0; i < 64; i++) a.b[i] |= b.b[i]; return a; }
static inline wb wb_sub(wb a, int offset) { for (int i = 0; i < 64; i++) a.b[i] = (int8_t)(a.b[i] - offset); return a; }
// what leaves a byte is lost here; callers mask as if neighbours' bits came in
static inline wb wb_right(wb a, int bits) { for (int i = 0; i < 64; i++) a.b[i] = (int8_t)((uint8_t)a.b[i] >> bits); return a; }
static inline wb wb_left(wb a, int bits) { for (int i = 0; i < 64; i++) a.b[i] = (int8_t)((uint8_t)a.b[i] << bits); return a; }
// the signed weights of one of the four columns
static inline vf wb_column(wb a, int column) { vf r; EACH r.f[i] = (float)a.b[4 * i + column]; return r; }

// Rounds to whole numbers from -127 to 127, writes them and returns their sum.
static inline int vf_to_bytes(vf a, int8_t *out) {
  int sum = 0;
  EACH {
    int whole = (int)rintf(a.f[i]);
    out[i] = (int8_t)whole;
    sum += whole;
  }
  return sum;
}
static inline float vf_highest(vf a) {
  float highest = a.f[0];
  EACH highest = a.f[i] > highest ? a.f[i] : highest;
  return highest;
}
// The highest lane of each of sixteen.
static inline vf vf_highest_of_each(const vf *v) {
  float highest[16];
  for (int i = 0; i < 16; i++) highest[i] = vf_highest(v[i]);
  return vf_load(highest);
}

static inline float scalar_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
