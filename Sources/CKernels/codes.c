#include "codes.h"

#include <string.h>

#include "code_variants.h"

enum { VARIANT_MAX = 4 };

const apus_code_kernels *apus_code_kernels_at(size_t index) {
  const apus_code_kernels *available[VARIANT_MAX];
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
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

void apus_copy_coarse(const uint8_t *from, size_t from_slot, uint8_t *to, size_t to_slot,
                      size_t width) {
  unsigned from_shift = from_slot < 16 ? 0 : 4;
  unsigned to_shift = to_slot < 16 ? 0 : 4;
  for (size_t group = 0; group < width / 4; group++) {
    uint8_t signs = (from[group * 16 + from_slot % 16] >> from_shift) & 15;
    to[group * 16 + to_slot % 16] |= (uint8_t)(signs << to_shift);
  }
  for (size_t factor = 0; factor < APUS_COARSE_FACTORS; factor++) {
    size_t start = width * 4 + factor * APUS_CODE_BLOCK_ROWS * sizeof(float);
    memcpy(to + start + to_slot * sizeof(float), from + start + from_slot * sizeof(float),
           sizeof(float));
  }
}
