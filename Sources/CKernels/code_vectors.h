#pragma once

#include <stdint.h>

typedef float f32x4 __attribute__((vector_size(16)));
typedef float f32x8 __attribute__((vector_size(32)));
typedef float f32x16 __attribute__((vector_size(64)));
typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef int32_t i32x32 __attribute__((vector_size(128)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef int16_t i16x16 __attribute__((vector_size(32)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef int16_t i16x32 __attribute__((vector_size(64)));
typedef uint16_t u16x32 __attribute__((vector_size(64)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x8 __attribute__((vector_size(8)));
typedef uint8_t u8x32 __attribute__((vector_size(32)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) void keep_each(uint32_t mask,
                                                            const uint32_t *numbers,
                                                            const f32x16 *bound, uint32_t *rows,
                                                            float *bounds) {
  if (mask == 0) { return; }
  float all[16];
  __builtin_memcpy(all, bound, sizeof(all));
  for (; mask != 0; mask &= mask - 1) {
    unsigned lane = (unsigned)__builtin_ctz(mask);
    *rows++ = numbers[lane];
    *bounds++ = all[lane];
  }
}

// The next block is anybody's guess: a few are written without a branch, whether they are there or not.
static inline __attribute__((always_inline)) size_t
collect_each(uint64_t mask, uint64_t members, uint32_t first_row, const uint16_t *sums,
             const uint8_t *screens, uint32_t *rows, int32_t *row_sums, int32_t *row_screens) {
  enum { AT_ONCE = 4 };
  size_t count = 0;
  do {
    _Pragma("clang loop unroll(full)") for (size_t i = 0; i < AT_ONCE; i++) {
      size_t place = (size_t)__builtin_ctzll(mask | (uint64_t)1 << 63);
      size_t row = place % 32 * 2 + place / 32;
      rows[count] = first_row + (uint32_t)row;
      row_sums[count] = sums[place];
      row_screens[count] =
          screens[2 * place] | screens[2 * place + 1] << 8 | screens[128 + place] << 16;
      // What is not there, or no member, is written over by the next.
      count += (mask != 0) & (members >> row & 1);
      mask &= mask - 1;
    }
  } while (mask != 0);
  return count;
}

// The components of three bytes, counted from the first one's lowest bit, that four lookups of 6 bits choose by: the low 6
// bits of each byte, and the high 2 bits of the last, the second and the first.
#define SEXTETS                    \
  {                                \
      {0, 1, 2, 3, 4, 5},          \
      {8, 9, 10, 11, 12, 13},      \
      {16, 17, 18, 19, 20, 21},    \
      {22, 23, 14, 15, 6, 7},      \
  }
