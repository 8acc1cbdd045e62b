// Sixteen lanes as one AVX-512 register. Needs F, BW, VL, DQ and VNNI.
#include <immintrin.h>

#define SIMD_REGISTERS
#define MOST_BESIDE 6
#define MAX_TILE 16

typedef __m512 vf;
typedef __m512i vi;
typedef __m512i wb; // 64 bytes of weights: 16 rows x 4 columns

static inline vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
static inline vf vf_load_n(const float *p, int n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
static inline void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
static inline void vf_store_n(float *p, vf v, int n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }
static inline vf vf_all(float x) { return _mm512_set1_ps(x); }
static inline vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
static inline vf vf_abs(vf a) { return _mm512_abs_ps(a); }
static inline vf vf_where_less(vf a, vf b, vf yes, vf no) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
static inline vf vf_round(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// 2^n for whole n from -126 to 127; 0 for -127
static inline vf vf_power_of_two(vf n) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}
static inline vf vf_from_half(const uint16_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
static inline vf vf_from_bfloat(const uint16_t *p) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
#ifdef __AVX512BF16__
// bfloat16, the nearest one, to even in the middle
static inline void vf_to_bfloat(vf a, uint16_t *out) { _mm256_storeu_si256((__m256i *)out, (__m256i)_mm512_cvtneps_pbh(a)); }
#else
static inline void vf_to_bfloat(vf a, uint16_t *out) {
  __m512i bits = _mm512_castps_si512(a);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  rounded = _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fc0));
  _mm256_storeu_si256((__m256i *)out, _mm512_cvtepi32_epi16(rounded));
}
#endif
static inline vf vf_from_u8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
static inline vf vf_from_s8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
static inline vf vf_from_int(vi a) { return _mm512_cvtepi32_ps(a); }

static inline vi vi_zero(void) { return _mm512_setzero_si512(); }
static inline vi vi_all(int32_t x) { return _mm512_set1_epi32(x); }
static inline vi vi_load(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
// sum[row] += four unsigned weights of the row x four signed activations at x
static inline vi vi_dot(vi sum, wb weights, const int8_t *x, int wide) {
  (void)wide;
  int32_t four;
  memcpy(&four, x, 4);
  return _mm512_dpbusd_epi32(sum, weights, _mm512_set1_epi32(four));
}

// sum[i] += two bfloat16 of the lane x the two of `two`, as two fused multiply-adds: of the second ones, then of the first
static inline vf vf_dot_pairs(vf sum, wb pairs, uint32_t two) {
#ifdef __AVX512BF16__
  return _mm512_dpbf16_ps(sum, (__m512bh)pairs, (__m512bh)_mm512_set1_epi32((int)two));
#else
  __m512i upper = _mm512_set1_epi32((int)0xffff0000), all = _mm512_set1_epi32((int)two);
  sum = vf_fma(_mm512_castsi512_ps(_mm512_and_si512(pairs, upper)), _mm512_castsi512_ps(_mm512_and_si512(all, upper)), sum);
  return vf_fma(_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(all, 16)), sum);
#endif
}

static inline wb wb_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
static inline wb wb_and(wb a, int mask) { return _mm512_and_si512(a, _mm512_set1_epi8((char)mask)); }
static inline wb wb_or(wb a, wb b) { return _mm512_or_si512(a, b); }
static inline wb wb_sub(wb a, int offset) { return _mm512_sub_epi8(a, _mm512_set1_epi8((char)offset)); }
// bytes shift with their neighbours' bits: mask afterwards
static inline wb wb_right(wb a, int bits) { return _mm512_srli_epi16(a, (unsigned)bits); }
static inline wb wb_left(wb a, int bits) { return _mm512_slli_epi16(a, (unsigned)bits); }
// the signed weights of one of the four columns
static inline vf wb_column(wb a, int column) {
  return _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(a, (unsigned)(24 - 8 * column)), 24));
}

// Rounds to whole numbers from -127 to 127, writes them and returns their sum.
static inline int vf_to_bytes(vf a, int8_t *out) {
  __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a));
  _mm_storeu_si128((__m128i *)out, bytes);
  // summed as unsigned bytes, 128 too many each
  __m128i two = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8((char)0x80)), _mm_setzero_si128());
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_unpackhi_epi64(two, two))) - 16 * 128;
}
static inline float vf_highest(vf a) { return _mm512_reduce_max_ps(a); }
// The highest lane of each of sixteen.
static inline vf vf_highest_of_each(const vf *v) {
  vf eights[8], fours[4], twos[2];
  for (int i = 0; i < 8; i++)
    eights[i] = vf_max(_mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0x44), _mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0xee));
  for (int i = 0; i < 4; i++)
    fours[i] = vf_max(_mm512_shuffle_f32x4(eights[2 * i], eights[2 * i + 1], 0x88),
                      _mm512_shuffle_f32x4(eights[2 * i], eights[2 * i + 1], 0xdd));
  for (int i = 0; i < 2; i++)
    twos[i] = vf_max(_mm512_shuffle_ps(fours[2 * i], fours[2 * i + 1], 0x88), _mm512_shuffle_ps(fours[2 * i], fours[2 * i + 1], 0xdd));
  vf ones = vf_max(_mm512_shuffle_ps(twos[0], twos[1], 0x88), _mm512_shuffle_ps(twos[0], twos[1], 0xdd));
  return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), ones);
}

static inline uint16_t half_of(float x) { return (uint16_t)_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT); }
static inline float float_of_half(uint16_t h) { return _cvtsh_ss(h); }
static inline float scalar_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
