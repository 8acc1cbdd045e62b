// Brings weights from the blocks in which ggml stores them into panels. Loses nothing.
//
// ggml's structures: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h

enum { BLOCK_COLUMNS = 32, LARGEST_BLOCK = 256 };

// One block as stored, taken apart: its quanta, its float16 scale and minimum, and the integers that refine them by group.
typedef struct {
  uint8_t quanta[LARGEST_BLOCK];
  uint8_t scales[16], minimums[16];
  uint16_t scale, minimum;
} parts;

static const int stored_bytes[] = {18, 20, 22, 24, 34, 84, 110, 144, 176, 210};

INLINE uint16_t half_at(const uint8_t *p) {
  uint16_t half;
  memcpy(&half, p, 2);
  return half;
}

INLINE void nibbles(const uint8_t *in, int n, uint8_t *out) {
  for (int i = 0; i < n; i++) {
    out[i] = in[i] & 15;
    out[n + i] = in[i] >> 4;
  }
}

INLINE void fifth_bits(const uint8_t *in, uint8_t *out) {
  for (int i = 0; i < 32; i++) out[i] |= (uint8_t)((in[i / 8] >> i % 8 & 1) << 4);
}

// Two bits each: four planes over 32 bytes, twice.
INLINE void two_bits(const uint8_t *in, uint8_t *out) {
  for (int half = 0; half < 2; half++)
    for (int plane = 0; plane < 4; plane++)
      for (int i = 0; i < 32; i++) out[128 * half + 32 * plane + i] = in[32 * half + i] >> 2 * plane & 3;
}

// Adds bit `plane` of 32 bytes as bit `bit` of the elements of that plane.
INLINE void high_bits(const uint8_t *in, int bit, uint8_t *out) {
  for (int plane = 0; plane < 8; plane++)
    for (int i = 0; i < 32; i++) out[32 * plane + i] |= (uint8_t)((in[i] >> plane & 1) << bit);
}

INLINE void take_apart_simple(const uint8_t *in, int minimum_at, int high_at, int quanta_at, parts *p) {
  p->scale = half_at(in);
  if (minimum_at) p->minimum = half_at(in + minimum_at);
  nibbles(in + quanta_at, 16, p->quanta);
  if (high_at) fifth_bits(in + high_at, p->quanta);
}

INLINE void take_apart_q2_k(const uint8_t *in, parts *p) {
  nibbles(in, 16, p->quanta);
  memcpy(p->scales, p->quanta, 16);
  memcpy(p->minimums, p->quanta + 16, 16);
  two_bits(in + 16, p->quanta);
  p->scale = half_at(in + 80);
  p->minimum = half_at(in + 82);
}

INLINE void take_apart_q3_k(const uint8_t *in, parts *p) {
  two_bits(in + 32, p->quanta);
  high_bits(in, 2, p->quanta);
  for (int g = 0; g < 16; g++)
    p->scales[g] = (uint8_t)(((in[96 + g % 8] >> g / 8 * 4 & 15) | (in[104 + g % 4] >> g / 4 * 2 & 3) << 4) - 32);
  p->scale = half_at(in + 108);
}

INLINE void take_apart_q45_k(const uint8_t *in, int high_at, int quanta_at, parts *p) {
  p->scale = half_at(in);
  p->minimum = half_at(in + 2);
  for (int g = 0; g < 4; g++) {
    p->scales[g] = in[4 + g] & 63;
    p->minimums[g] = in[8 + g] & 63;
    p->scales[4 + g] = (uint8_t)((in[12 + g] & 15) | in[4 + g] >> 6 << 4);
    p->minimums[4 + g] = (uint8_t)(in[12 + g] >> 4 | in[8 + g] >> 6 << 4);
  }
  for (int c = 0; c < 4; c++) nibbles(in + quanta_at + 32 * c, 32, p->quanta + 64 * c);
  if (high_at) high_bits(in + high_at, 4, p->quanta);
}

INLINE void take_apart_q6_k(const uint8_t *in, parts *p) {
  for (int half = 0; half < 2; half++) nibbles(in + 64 * half, 64, p->quanta + 128 * half);
  uint8_t high[LARGEST_BLOCK];
  two_bits(in + 128, high);
  for (int i = 0; i < LARGEST_BLOCK; i++) p->quanta[i] |= (uint8_t)(high[i] << 4);
  memcpy(p->scales, in + 192, 16);
  p->scale = half_at(in + 208);
}

INLINE void take_apart(int id, const uint8_t *in, parts *p) {
  switch (id) {
    case 0: take_apart_simple(in, 0, 0, 2, p); break;
    case 1: take_apart_simple(in, 2, 0, 4, p); break;
    case 2: take_apart_simple(in, 0, 2, 6, p); break;
    case 3: take_apart_simple(in, 2, 4, 8, p); break;
    case 4:
      p->scale = half_at(in);
      for (int i = 0; i < 32; i++) p->quanta[i] = (uint8_t)(in[2 + i] + 128);
      break;
    case 5: take_apart_q2_k(in, p); break;
    case 6: take_apart_q3_k(in, p); break;
    case 7: take_apart_q45_k(in, 0, 16, p); break;
    case 8: take_apart_q45_k(in, 16, 48, p); break;
    case 9: take_apart_q6_k(in, p); break;
  }
}

// Puts 32 quanta of one row where panels have them; four columns at a time are one word.
INLINE void put_quanta(int bits, const uint8_t *quanta, uint8_t *out) {
  uint32_t words[8], high[2] = {0, 0};
  memcpy(words, quanta, 32);
  for (int k = 0; k < 8; k++) {
    if (bits == 8) memcpy(out + 64 * k, words + k, 4);
    if (bits == 5) high[0] |= (words[k] >> 4 & 0x01010101u) << k;
    if (bits == 6) high[k / 4] |= (words[k] >> 4 & 0x03030303u) << k % 4 * 2;
  }
  if (bits == 8) return;
  for (int k = 0; k < 4; k++) {
    uint32_t word = (words[k] & 0x0f0f0f0fu) | (words[k + 4] & 0x0f0f0f0fu) << 4;
    memcpy(out + 64 * k, &word, 4);
  }
  if (bits >= 5) memcpy(out + 256, high, 4);
  if (bits == 6) memcpy(out + 320, high + 1, 4);
}

INLINE void pack_row(int id, format f, const uint8_t *row, int blocks, int r, uint8_t *panel) {
  int groups = f.halves ? 2 : 1;
  for (int u = 0; u < blocks / unit_blocks(f); u++) {
    parts p;
    take_apart(id, row + (long)u * stored_bytes[id], &p);
    memcpy(panel + 2 * r, &p.scale, 2);
    if (f.minimum) memcpy(panel + 32 + 2 * r, &p.minimum, 2);
    panel += header_bytes(f);
    for (int i = 0; i < unit_blocks(f); i++) {
      for (int g = 0; g < groups && f.nested; g++) {
        panel[16 * g + r] = p.scales[i * groups + g];
        if (f.minimum) panel[16 * (groups + g) + r] = p.minimums[i * groups + g];
      }
      put_quanta(f.bits, p.quanta + BLOCK_COLUMNS * i, panel + refinement_bytes(f) + 4 * r);
      panel += block_bytes(f);
    }
  }
}

static void pack_floats(int element_bytes, const uint8_t *row, int columns, int r, uint8_t *panel) {
  for (int c = 0; c < columns; c++)
    memcpy(panel + (long)(16 * c + r) * element_bytes, row + (long)c * element_bytes, (size_t)element_bytes);
}

// Packs panels [first, last) of a tensor whose rows stand one after the other, `row_bytes` apart.
void EXPORT(pack)(int id, const uint8_t *data, long row_bytes, int columns, int rows, int first, int last,
                  uint8_t *panels) {
  sizes s = sizes_of(id);
  int blocks = (columns + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  long panel_bytes = (long)(blocks / s.unit_blocks) * (s.header + s.unit_blocks * s.block);
  for (int p = first; p < last; p++) {
    uint8_t *panel = panels + p * panel_bytes;
    int n = rows - 16 * p < 16 ? rows - 16 * p : 16;
    // rows and columns that aren't there are zeros
    if (n < 16 || columns % BLOCK_COLUMNS) memset(panel, 0, (size_t)panel_bytes);
    for (int r = 0; r < n; r++) {
      const uint8_t *row = data + (16L * p + r) * row_bytes;
      switch (id) {
#define PACK_ROW(number, name, ...) \
  case number: pack_row(number, (format){__VA_ARGS__}, row, blocks, r, panel); break;
        FORMATS(PACK_ROW)
        case FORMAT_F32: pack_floats(4, row, columns, r, panel); break;
        default: pack_floats(2, row, columns, r, panel); break;
      }
    }
  }
}
