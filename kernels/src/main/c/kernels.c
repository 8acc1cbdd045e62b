// The kernels of one instruction set: compiled once for each, with SIMD naming the header and SUFFIX the functions.
//
// No result depends on how many tokens or threads share a call: every element is summed over its row's blocks from the
// first to the last, each step one fused multiply-add (contraction is off, nothing is reassociated). All three
// instruction sets follow the same order, so they agree to the bit.
#include "panels.h"
#include SIMD

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define EXPORT(name) __attribute__((visibility("default"))) JOIN(name, SUFFIX)

// loops over registers are unrolled where there are some: over arrays it took a minute to compile and gained nothing
#ifdef SIMD_REGISTERS
#define PRAGMA(text) _Pragma(#text)
#define UNROLL(n) PRAGMA(GCC unroll n)
#else
#define UNROLL(n)
#endif

#include "lanes.h"
#include "cache.h"
#include "quantized.h"
#include "paired.h"
#include "attention.h"
#ifndef ATTENTION_ALONE // its other functions would be those of the instruction set that it adds to
#include "matrix.h"
#include "pack.h"
#include "elementwise.h"
#include "logits.h"
#include "peak.h"
#endif
