#include "codes.h"

#include <string.h>

#include "code_variants.h"

enum { VARIANT_MAX = 5 };

const apus_code_kernels *apus_code_kernels_at(size_t index) {
  const apus_code_kernels *available[VARIANT_MAX];
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("bmi2")) {
      available[count++] = &apus_code_kernels_avx512vbmi;
    }
    available[count++] = &apus_code_kernels_avx512;
  }
  if (__builtin_cpu_supports("avx2")) { available[count++] = &apus_code_kernels_avx2; }
#elif defined(__aarch64__)
  available[count++] = &apus_code_kernels_neon;
#endif
  available[count++] = &apus_code_kernels_portable;
  return index < count ? available[index] : NULL;
}

void apus_prefetch_fine(const uint8_t *codes, size_t width, const uint32_t *rows,
                        size_t row_count) {
  enum { LINE = 64 };
  size_t row_bytes = apus_fine_row_bytes(width);
  for (size_t i = 0; i < row_count; i++) {
    for (size_t at = 0; at < row_bytes; at += LINE) {
      __builtin_prefetch(codes + rows[i] * row_bytes + at);
    }
  }
}

void apus_copy_coarse(const apus_coarse_row *from, uint8_t *block, size_t slot, size_t width) {
  enum { ROWS = APUS_CODE_BLOCK_ROWS };
  size_t first = from->first_width / 8;
  for (size_t column = 0; column < width / 8; column++) {
    block[column * ROWS + slot] =
        column < first ? from->block[column * ROWS + from->slot] : from->rest[column - first];
  }
}

void apus_split_block(const uint8_t *block, size_t width, size_t first_width, uint8_t *first,
                      uint8_t *rests) {
  enum { ROWS = APUS_CODE_BLOCK_ROWS };
  size_t rest_bytes = (width - first_width) / 8;
  const uint8_t *columns = block + apus_coarse_bytes(first_width);
  memcpy(first, block, apus_coarse_bytes(first_width));
  memcpy(first + apus_coarse_bytes(first_width), block + apus_coarse_bytes(width),
         apus_screen_bytes());
  for (size_t column = 0; column < rest_bytes; column++) {
    for (size_t row = 0; row < ROWS; row++) {
      rests[row * rest_bytes + column] = columns[column * ROWS + row];
    }
  }
}

void apus_copy_factors(const uint8_t *from, size_t from_slot, uint8_t *to, size_t to_slot) {
  for (size_t factor = 0; factor < APUS_COARSE_FACTORS; factor++) {
    size_t start = factor * APUS_CODE_BLOCK_ROWS * sizeof(float);
    memcpy(to + start + to_slot * sizeof(float), from + start + from_slot * sizeof(float),
           sizeof(float));
  }
}

void apus_convert_coarse(const uint8_t *from, size_t from_block_count, size_t width, uint8_t *to) {
  enum { OLD_ROWS = 32, HALF = 16, ROWS = APUS_CODE_BLOCK_ROWS };
  size_t from_bytes = OLD_ROWS * (width / 8 + APUS_COARSE_FACTORS * sizeof(float));
  for (size_t b = 0; b < from_block_count; b++) {
    const uint8_t *old = from + b * from_bytes;
    uint8_t *block = to + b / 2 * (apus_coarse_bytes(width) + apus_factor_bytes());
    size_t first_row = b % 2 * OLD_ROWS;
    for (size_t column = 0; column < width / 8; column++) {
      const uint8_t *low = old + column * 2 * HALF;
      const uint8_t *high = low + HALF;
      uint8_t *rows = block + column * ROWS + first_row;
      for (size_t i = 0; i < HALF; i++) {
        rows[i] = (uint8_t)((low[i] & 15) | high[i] << 4);
        rows[i + HALF] = (uint8_t)(low[i] >> 4 | (high[i] & 0xf0));
      }
    }
    for (size_t factor = 0; factor < APUS_COARSE_FACTORS; factor++) {
      memcpy(block + width / 8 * ROWS + (factor * ROWS + first_row) * sizeof(float),
             old + width / 8 * OLD_ROWS + factor * OLD_ROWS * sizeof(float),
             OLD_ROWS * sizeof(float));
    }
  }
}
