// The form in which weights are multiplied: panels of 16 rows, cut into blocks of 32 columns.
//
// A panel is a row of units. A unit is, in bytes:
//   32 or 64         float16 scales of the 16 rows, then minimums where the format has them
// and then its blocks (8 in nested formats, else 1), each:
//   16 x groups      where nested: the integers that refine the scales, group by group; then those of the minimums
//   256 or 512       quanta of 4 bits (byte: [k][row][column], low half columns 4k.., high half 16 + 4k.., k 0..3), or of 8
//   0, 64 or 128     the fifth bits (bit k of byte [row][column] is that of column 4k + column), or the fifth and
//                    sixth (bits 2i and 2i + 1 of byte [j][row][column] are those of column 16j + 4i + column)
// Float types have units of one block: [column][row].
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef struct {
  int bits;     // of a quantum as stored: 4, 5, 6 or 8
  int offset;   // taken from each quantum
  int halves;   // 1: a scale for each 16 columns; 0: for each 32
  int minimum;  // whether there are minimums
  int nested;   // whether scales are refined by integers
  int is_signed;// whether those integers are signed
} format;

// In the order of PanelFormat.java. Q2_K and Q3_K are stored in 4 bits.
#define FORMATS(F) \
  F(0, q4_0, 4, 8, 0, 0, 0, 0) \
  F(1, q4_1, 4, 0, 0, 1, 0, 0) \
  F(2, q5_0, 5, 16, 0, 0, 0, 0) \
  F(3, q5_1, 5, 0, 0, 1, 0, 0) \
  F(4, q8_0, 8, 128, 0, 0, 0, 0) \
  F(5, q2_k, 4, 0, 1, 1, 1, 0) \
  F(6, q3_k, 4, 4, 1, 0, 1, 1) \
  F(7, q4_k, 4, 0, 0, 1, 1, 0) \
  F(8, q5_k, 5, 0, 0, 1, 1, 0) \
  F(9, q6_k, 6, 32, 1, 0, 1, 1)
enum { FORMAT_F32 = 10, FORMAT_F16 = 11, FORMAT_BF16 = 12 };

INLINE int unit_blocks(format f) { return f.nested ? 8 : 1; }
INLINE int header_bytes(format f) { return f.minimum ? 64 : 32; }
INLINE int refinement_bytes(format f) { return f.nested ? 16 * (f.halves ? 2 : 1) * (f.minimum ? 2 : 1) : 0; }
INLINE int quanta_bytes(format f) { return f.bits == 8 ? 512 : f.bits == 6 ? 384 : f.bits == 5 ? 320 : 256; }
INLINE int block_bytes(format f) { return refinement_bytes(f) + quanta_bytes(f); }
