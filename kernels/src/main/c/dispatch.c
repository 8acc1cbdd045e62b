// What this processor can do, so that the caller chooses among the functions' suffixes.

// Bit 0: AVX2 with FMA and F16C. Bit 1: AVX-512 F, BW, VL, DQ and VNNI. Bit 2: BF16 too.
__attribute__((visibility("default"))) int millrace_features(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vnni");
  int bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  return avx2 | avx512 << 1 | bf16 << 2;
#else
  return 0;
#endif
}

// The layout of panels and of arguments: a library of another version is not used.
__attribute__((visibility("default"))) int millrace_version(void) { return 5; }
