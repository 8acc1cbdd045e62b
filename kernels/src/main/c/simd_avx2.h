// Sixteen lanes as two AVX2 registers. Needs AVX2, FMA and F16C.
#include <immintrin.h>

#define SIMD_REGISTERS
#define MOST_BESIDE 2
#define MAX_TILE 4

typedef struct { __m256 a, b; } vf;
typedef struct { __m256i a, b; } vi;
typedef vi wb; // 64 bytes of weights: 16 rows x 4 columns

#define PAIR(type, ea, eb) ((type){(ea), (eb)})

static inline vf vf_load(const float *p) { return PAIR(vf, _mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)); }
static inline vf vf_load_n(const float *p, int n) {
  float lanes[16] = {0};
  memcpy(lanes, p, (size_t)n * sizeof(float));
  return vf_load(lanes);
}
static inline void vf_store(float *p, vf v) {
  _mm256_storeu_ps(p, v.a);
  _mm256_storeu_ps(p + 8, v.b);
}
static inline void vf_store_n(float *p, vf v, int n) {
  float lanes[16];
  vf_store(lanes, v);
  memcpy(p, lanes, (size_t)n * sizeof(float));
}
static inline vf vf_all(float x) { return PAIR(vf, _mm256_set1_ps(x), _mm256_set1_ps(x)); }
static inline vf vf_add(vf x, vf y) { return PAIR(vf, _mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)); }
static inline vf vf_sub(vf x, vf y) { return PAIR(vf, _mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)); }
static inline vf vf_mul(vf x, vf y) { return PAIR(vf, _mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)); }
static inline vf vf_div(vf x, vf y) { return PAIR(vf, _mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)); }
static inline vf vf_max(vf x, vf y) { return PAIR(vf, _mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)); }
static inline vf vf_min(vf x, vf y) { return PAIR(vf, _mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)); }
static inline vf vf_fma(vf x, vf y, vf z) {
  return PAIR(vf, _mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b));
}
static inline vf vf_abs(vf x) {
  __m256 sign = _mm256_set1_ps(-0.0f);
  return PAIR(vf, _mm256_andnot_ps(sign, x.a), _mm256_andnot_ps(sign, x.b));
}
static inline vf vf_where_less(vf x, vf y, vf yes, vf no) {
  return PAIR(vf, _mm256_blendv_ps(no.a, yes.a, _mm256_cmp_ps(x.a, y.a, _CMP_LT_OQ)),
              _mm256_blendv_ps(no.b, yes.b, _mm256_cmp_ps(x.b, y.b, _CMP_LT_OQ)));
}
static inline vf vf_round(vf x) {
  return PAIR(vf, _mm256_round_ps(x.a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
              _mm256_round_ps(x.b, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
static inline __m256 power_of_two_8(__m256 n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
// 2^n for whole n from -126 to 127; 0 for -127
static inline vf vf_power_of_two(vf n) { return PAIR(vf, power_of_two_8(n.a), power_of_two_8(n.b)); }
static inline vf vf_from_half(const uint16_t *p) {
  return PAIR(vf, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
              _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8))));
}
static inline __m256 from_bfloat_8(const uint16_t *p) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}
static inline vf vf_from_bfloat(const uint16_t *p) { return PAIR(vf, from_bfloat_8(p), from_bfloat_8(p + 8)); }
static inline __m256i to_bfloat_8(__m256 x) {
  __m256i bits = _mm256_castps_si256(x), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
  __m256i none = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7fc0), none);
}
// bfloat16, the nearest one, to even in the middle
static inline void vf_to_bfloat(vf x, uint16_t *out) {
  __m256i words = _mm256_packus_epi32(to_bfloat_8(x.a), to_bfloat_8(x.b));
  _mm256_storeu_si256((__m256i *)out, _mm256_permute4x64_epi64(words, 0xd8));
}
static inline vf vf_from_u8(const uint8_t *p) {
  return PAIR(vf, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))),
              _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8)))));
}
static inline vf vf_from_s8(const uint8_t *p) {
  return PAIR(vf, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))),
              _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8)))));
}
static inline vf vf_from_int(vi x) { return PAIR(vf, _mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)); }

static inline vi vi_zero(void) { return PAIR(vi, _mm256_setzero_si256(), _mm256_setzero_si256()); }
static inline vi vi_all(int32_t x) { return PAIR(vi, _mm256_set1_epi32(x), _mm256_set1_epi32(x)); }
static inline __m256i dot_8(__m256i sum, __m256i weights, __m256i x) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(weights, x), _mm256_set1_epi16(1)));
}
// sum[row] += four unsigned weights of the row x four signed activations at x. Two products are added in 16 bits:
// 255 x 127 x 2 would not fit, so weights of 8 bits (wide) are split.
static inline vi vi_dot(vi sum, wb weights, const int8_t *x, int wide) {
  int32_t four;
  memcpy(&four, x, 4);
  __m256i all = _mm256_set1_epi32(four);
  if (wide) {
    __m256i high = _mm256_set1_epi8((char)0x80);
    sum = PAIR(vi, dot_8(sum.a, _mm256_and_si256(weights.a, high), all), dot_8(sum.b, _mm256_and_si256(weights.b, high), all));
    weights = PAIR(wb, _mm256_andnot_si256(high, weights.a), _mm256_andnot_si256(high, weights.b));
  }
  return PAIR(vi, dot_8(sum.a, weights.a, all), dot_8(sum.b, weights.b, all));
}

static inline __m256 dot_pairs_8(__m256 sum, __m256i pairs, __m256i all) {
  __m256i upper = _mm256_set1_epi32((int)0xffff0000);
  sum = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(pairs, upper)),
                        _mm256_castsi256_ps(_mm256_and_si256(all, upper)), sum);
  return _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)),
                         _mm256_castsi256_ps(_mm256_slli_epi32(all, 16)), sum);
}
// sum[i] += two bfloat16 of the lane x the two of `two`, as two fused multiply-adds: of the second ones, then of the first
static inline vf vf_dot_pairs(vf sum, wb pairs, uint32_t two) {
  __m256i all = _mm256_set1_epi32((int)two);
  return PAIR(vf, dot_pairs_8(sum.a, pairs.a, all), dot_pairs_8(sum.b, pairs.b, all));
}

static inline wb wb_load(const uint8_t *p) {
  return PAIR(wb, _mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 32)));
}
static inline wb wb_and(wb x, int mask) {
  __m256i all = _mm256_set1_epi8((char)mask);
  return PAIR(wb, _mm256_and_si256(x.a, all), _mm256_and_si256(x.b, all));
}
static inline wb wb_or(wb x, wb y) { return PAIR(wb, _mm256_or_si256(x.a, y.a), _mm256_or_si256(x.b, y.b)); }
static inline wb wb_sub(wb x, int offset) {
  __m256i all = _mm256_set1_epi8((char)offset);
  return PAIR(wb, _mm256_sub_epi8(x.a, all), _mm256_sub_epi8(x.b, all));
}
// bytes shift with their neighbours' bits: mask afterwards
static inline wb wb_right(wb x, int bits) { return PAIR(wb, _mm256_srli_epi16(x.a, bits), _mm256_srli_epi16(x.b, bits)); }
static inline wb wb_left(wb x, int bits) { return PAIR(wb, _mm256_slli_epi16(x.a, bits), _mm256_slli_epi16(x.b, bits)); }
static inline __m256 column_8(__m256i x, int column) {
  return _mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_slli_epi32(x, 24 - 8 * column), 24));
}
// the signed weights of one of the four columns
static inline vf wb_column(wb x, int column) { return PAIR(vf, column_8(x.a, column), column_8(x.b, column)); }

// Rounds to whole numbers from -127 to 127, writes them and returns their sum.
static inline int vf_to_bytes(vf x, int8_t *out) {
  __m256i a = _mm256_cvtps_epi32(x.a), b = _mm256_cvtps_epi32(x.b);
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
  __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128((__m128i *)out, bytes);
  int32_t lanes[8];
  _mm256_storeu_si256((__m256i *)lanes, _mm256_add_epi32(a, b));
  return lanes[0] + lanes[1] + lanes[2] + lanes[3] + lanes[4] + lanes[5] + lanes[6] + lanes[7];
}
static inline float vf_highest(vf x) {
  __m256 a = _mm256_max_ps(x.a, x.b);
  __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}
// The highest lane of each of sixteen.
static inline vf vf_highest_of_each(const vf *v) {
  float highest[16];
  for (int i = 0; i < 16; i++) highest[i] = vf_highest(v[i]);
  return vf_load(highest);
}

static inline uint16_t half_of(float x) { return (uint16_t)_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT); }
static inline float float_of_half(uint16_t h) { return _cvtsh_ss(h); }
static inline float scalar_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
