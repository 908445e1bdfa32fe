#if defined(__aarch64__)

#include <arm_neon.h>

#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT neon
#define TARGET
#define ADD_GROUPS(codes, table, count, sums) add_groups(codes, table, count, sums)
#define SIGN_BITS(v) sign_bits(v)

static inline __attribute__((always_inline)) void
add_groups(const uint8_t *codes, const uint8_t *table, size_t count, uint16_t *sums) {
  const uint8x16_t low_half = vdupq_n_u8(15);
  uint16x8_t parts[4] = {vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)};
  for (size_t group = 0; group < count; group += 4) {
    uint8x16_t low = vdupq_n_u8(0);
    uint8x16_t high = vdupq_n_u8(0);
    // Four entries do not fill a byte.
    for (size_t one = group; one < group + 4; one++) {
      uint8x16_t bytes = vld1q_u8(codes + one * 16);
      uint8x16_t entries = vld1q_u8(table + one * 16);
      low = vaddq_u8(low, vqtbl1q_u8(entries, vandq_u8(bytes, low_half)));
      high = vaddq_u8(high, vqtbl1q_u8(entries, vshrq_n_u8(bytes, 4)));
    }
    parts[0] = vaddw_u8(parts[0], vget_low_u8(low));
    parts[1] = vaddw_high_u8(parts[1], low);
    parts[2] = vaddw_u8(parts[2], vget_low_u8(high));
    parts[3] = vaddw_high_u8(parts[3], high);
  }
  for (size_t part = 0; part < 4; part++) { vst1q_u16(sums + part * 8, parts[part]); }
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

#include "code_template.h"

#endif
