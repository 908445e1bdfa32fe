#include <stddef.h>

#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT portable
#define TARGET
#define ADD_GROUPS(codes, table, count, sums) add_groups(codes, table, count, sums)
#define SIGN_BITS(v) sign_bits(v)

static inline void add_groups(const uint8_t *codes, const uint8_t *table, size_t count,
                              uint16_t *sums) {
  for (size_t row = 0; row < 32; row++) { sums[row] = 0; }
  for (size_t group = 0; group < count; group++) {
    const uint8_t *entries = table + group * 16;
    const uint8_t *bytes = codes + group * 16;
    for (size_t row = 0; row < 16; row++) {
      sums[row] = (uint16_t)(sums[row] + entries[bytes[row] & 15]);
      sums[row + 16] = (uint16_t)(sums[row + 16] + entries[bytes[row] >> 4]);
    }
  }
}

static inline __attribute__((always_inline)) uint32_t sign_bits(const i32x16 *v) {
  uint32_t mask = 0;
  for (int lane = 0; lane < 16; lane++) { mask |= ((uint32_t)(*v)[lane] >> 31) << lane; }
  return mask;
}

#include "code_template.h"
