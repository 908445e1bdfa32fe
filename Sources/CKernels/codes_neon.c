#if defined(__aarch64__)

#include <arm_neon.h>

#include "code_nibbles.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT neon
#define TARGET
#define TABLE_BYTES NIBBLE_TABLE_BYTES
#define MAKE_TABLE(weights, table) make_nibble_table(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_each(mask, numbers, bound, rows, bounds)
#define COLLECT(...) collect_each(__VA_ARGS__)

static inline __attribute__((always_inline)) void
add_columns(const uint8_t *columns, const uint8_t *table, size_t count, uint16_t *sums, ptrdiff_t ahead) {
  const uint8x16_t low_half = vdupq_n_u8(15);
  uint16x8_t parts[8];
  for (size_t part = 0; part < 8; part++) { parts[part] = vdupq_n_u16(0); }
  // Two columns at a time; four entries do not fill a byte.
  for (size_t column = 0; column < count; column += 2) {
    __builtin_prefetch(columns + column * 64 + ahead);
    __builtin_prefetch(columns + column * 64 + 64 + ahead);
    uint8x16_t tables[4];
    for (size_t i = 0; i < 4; i++) { tables[i] = vld1q_u8(table + column * 32 + i * 16); }
    for (size_t quarter = 0; quarter < 4; quarter++) {
      uint8x16_t first = vld1q_u8(columns + column * 64 + quarter * 16);
      uint8x16_t second = vld1q_u8(columns + column * 64 + 64 + quarter * 16);
      uint8x16_t sum = vaddq_u8(
          vaddq_u8(vqtbl1q_u8(tables[0], vandq_u8(first, low_half)),
                   vqtbl1q_u8(tables[1], vshrq_n_u8(first, 4))),
          vaddq_u8(vqtbl1q_u8(tables[2], vandq_u8(second, low_half)),
                   vqtbl1q_u8(tables[3], vshrq_n_u8(second, 4))));
      parts[quarter * 2] = vaddw_u8(parts[quarter * 2], vget_low_u8(sum));
      parts[quarter * 2 + 1] = vaddw_high_u8(parts[quarter * 2 + 1], sum);
    }
  }
  for (size_t part = 0; part < 4; part++) {
    uint16x8_t first = parts[part * 2];
    uint16x8_t second = parts[part * 2 + 1];
    vst1q_u16(sums + part * 8, vuzp1q_u16(first, second));
    vst1q_u16(sums + 32 + part * 8, vuzp2q_u16(first, second));
  }
}

static inline __attribute__((always_inline)) uint32_t sign_bits(const i32x16 *v) {
  static const uint32_t bits[4] = {1, 2, 4, 8};
  uint32_t words[16];
  __builtin_memcpy(words, v, sizeof(*v));
  uint32_t mask = 0;
  for (unsigned part = 0; part < 4; part++) {
    uint32x4_t set = vreinterpretq_u32_s32(
        vshrq_n_s32(vreinterpretq_s32_u32(vld1q_u32(words + part * 4)), 31));
    mask |= vaddvq_u32(vandq_u32(set, vld1q_u32(bits))) << (part * 4);
  }
  return mask;
}

static inline __attribute__((always_inline)) uint32_t sign_bits_16(const i16x32 *v) {
  static const uint16_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
  int16_t numbers[32];
  __builtin_memcpy(numbers, v, sizeof(*v));
  uint32_t mask = 0;
  for (unsigned part = 0; part < 4; part++) {
    uint16x8_t set = vreinterpretq_u16_s16(vshrq_n_s16(vld1q_s16(numbers + part * 8), 15));
    mask |= (uint32_t)vaddvq_u16(vandq_u16(set, vld1q_u16(bits))) << (part * 8);
  }
  return mask;
}

#include "code_template.h"

#endif
