// The most that this processor does with the kernels' own instructions: what their speed is told as a share of.
//
// Weights and activations stay in the first-level cache; no sum waits for itself. That memory counts as changed before
// each round keeps the compiler from computing a round once and multiplying it.
#include <sys/mman.h>

#ifdef MADV_HUGEPAGE
#define HUGE_PAGES(p, bytes) madvise(p, (size_t)(bytes), MADV_HUGEPAGE)
#else
#define HUGE_PAGES(p, bytes) ((void)(p), (void)(bytes))
#endif
#define CHANGED() __asm__ volatile("" ::: "memory")

#if !defined(SIMD_REGISTERS)
#define PEAK_DOTS 4
#define PEAK_FMAS 4
#elif MAX_TILE < 16 // two registers for each sixteen lanes, of sixteen
#define PEAK_DOTS 4
#define PEAK_FMAS 6
#else
#define PEAK_DOTS 12
#define PEAK_FMAS 12
#endif

// Adds up `rounds` products of 8-bit weights [8][16 rows][4] with activations [PEAK_DOTS][4]; returns multiply-adds.
long EXPORT(peak_int8)(long rounds, const uint8_t *data, int32_t *out) {
  vi sums[PEAK_DOTS];
UNROLL(16)
  for (int t = 0; t < PEAK_DOTS; t++) sums[t] = vi_zero();
  for (long r = 0; r < rounds; r++) {
    CHANGED();
UNROLL(8)
    for (int k = 0; k < 8; k++) {
      wb weights = wb_load(data + 64 * k);
UNROLL(16)
      for (int t = 0; t < PEAK_DOTS; t++) sums[t] = vi_dot(sums[t], weights, (const int8_t *)data + 512 + 4 * t, 0);
    }
  }
UNROLL(16)
  for (int t = 0; t < PEAK_DOTS; t++) {
    vi sum = sums[t]; // taking the address of sums itself would keep them out of registers
    memcpy(out + 16 * t, &sum, 64);
  }
  return rounds * 8 * PEAK_DOTS * 64;
}

// The same with floats: weights [8][16 rows], activations [PEAK_FMAS].
long EXPORT(peak_float32)(long rounds, const float *data, float *out) {
  vf sums[PEAK_FMAS];
UNROLL(16)
  for (int t = 0; t < PEAK_FMAS; t++) sums[t] = vf_all(0);
  for (long r = 0; r < rounds; r++) {
    CHANGED();
UNROLL(8)
    for (int k = 0; k < 8; k++) {
      vf weights = vf_load(data + 16 * k);
UNROLL(16)
      for (int t = 0; t < PEAK_FMAS; t++) sums[t] = vf_fma(weights, vf_all(data[128 + t]), sums[t]);
    }
  }
UNROLL(16)
  for (int t = 0; t < PEAK_FMAS; t++) vf_store(out + 16 * t, sums[t]);
  return rounds * 8 * PEAK_FMAS * 16;
}

// Asks for large pages, so that looking up addresses doesn't hold up reading.
void EXPORT(peak_prepare)(uint8_t *p, long bytes) { HUGE_PAGES(p, bytes); }

// Reads bytes once, in four streams side by side; returns how many.
long EXPORT(peak_read)(const uint8_t *p, long bytes, uint8_t *out) {
  long stream = bytes / 4 / 128 * 128;
  wb sums[4] = {wb_load(p), wb_load(p), wb_load(p), wb_load(p)};
  for (long i = 0; i < stream; i += 128) {
UNROLL(4)
    for (int s = 0; s < 4; s++) {
      const uint8_t *at = p + s * stream + i;
      sums[s] = wb_or(sums[s], wb_or(wb_load(at), wb_load(at + 64)));
    }
  }
  memcpy(out, sums, sizeof sums);
  return 4 * stream;
}
