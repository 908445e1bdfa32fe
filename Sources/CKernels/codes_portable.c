#include <stddef.h>

#include "code_nibbles.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT portable
#define TARGET
#define TABLE_BYTES NIBBLE_TABLE_BYTES
#define MAKE_TABLE(weights, table) make_nibble_table(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_each(mask, numbers, bound, rows, bounds)
#define COLLECT(...) collect_each(__VA_ARGS__)

static inline void add_columns(const uint8_t *columns, const uint8_t *table, size_t count,
                               uint16_t *sums, ptrdiff_t ahead) {
  (void)ahead;
  uint16_t all[64] = {0};
  for (size_t column = 0; column < count; column++) {
    const uint8_t *entries = table + column * 32;
    const uint8_t *bytes = columns + column * 64;
    for (size_t row = 0; row < 64; row++) {
      all[row] = (uint16_t)(all[row] + entries[bytes[row] & 15] + entries[16 + (bytes[row] >> 4)]);
    }
  }
  for (size_t row = 0; row < 64; row++) { sums[row % 2 * 32 + row / 2] = all[row]; }
}

static inline __attribute__((always_inline)) uint32_t sign_bits(const i32x16 *v) {
  uint32_t mask = 0;
  for (int lane = 0; lane < 16; lane++) { mask |= ((uint32_t)(*v)[lane] >> 31) << lane; }
  return mask;
}

static inline __attribute__((always_inline)) uint32_t sign_bits_16(const i16x32 *v) {
  uint32_t mask = 0;
  for (int lane = 0; lane < 32; lane++) { mask |= (uint32_t)((*v)[lane] < 0) << lane; }
  return mask;
}

#include "code_template.h"
