// Codes in terms of a few macros. Each variant defines them and includes this once.
//
//   VARIANT              the table's name, an identifier
//   TARGET               the function attribute that allows its instructions, or nothing
//   MAKE_TABLE(weights, table)
//                        what ADD_COLUMNS looks up for TRIPLE_COMPONENTS components: TABLE_BYTES bytes. An entry
//                        is the sum of the weights' absolute values of those components whose sign is the weight's
//   TABLE_BYTES
//   ADD_COLUMNS(columns, table, count, sums, ahead)
//                        per row of a block the sum of the entries that `count` columns choose, at most
//                        COLUMNS_MAX, to `sums`, 64 u16, first those of rows with even numbers; of three columns from
//                        the first on, no 4 components of one byte, and no 6 that SEXTETS names, add up to more than
//                        ENTRY_MAX. Has what is `ahead` bytes behind each column brought into the cache meanwhile, as
//                        the processor's own prefetching stops at each page
//   SIGN_BITS(v)         the top bits of the 16 i32 that `v` points to, as a mask
//   SIGN_BITS_16(v)      the same of 32 i16
//   KEEP(mask, numbers, bound, rows, bounds)
//                        for each bit of the mask, from the lowest on, writes that one of the 16 `numbers` to `rows`, and that
//                        of the 16 that `bound` points to to `bounds`; may write anything to the rest of 16 places
//   COLLECT(mask, members, first_row, sums, screens, rows, row_sums, row_screens)
//                        of the rows of a block that the mask has, even ones in its low half, and the members, writes
//                        number, sum and the three bytes of the screen, the first one lowest, in the mask's order; may write
//                        anything to 16 places behind them. Returns how many they are
//
// Everything else is the same for all: vectors of 16 floats, which the compiler splits as it must, and no
// contraction to fused operations. Hence all variants give the same bits.

#include <float.h>
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(x) JOIN(x, VARIANT)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline)) TARGET

// Nothing need be aligned in memory: vectors are loaded and stored by memcpy.
#define LOAD(type, variable, from) \
  type variable;                   \
  memcpy(&variable, from, sizeof(type))
#define STORE(to, variable) memcpy(to, &variable, sizeof(variable))

enum {
  LANES = 16,
  BLOCK_ROWS = APUS_CODE_BLOCK_ROWS,
  PARTS = BLOCK_ROWS / LANES,
  // Four entries are added up in 8 bits, and those of COLUMNS_MAX, a multiple of 3 and 4, in 16.
  ENTRY_MAX = 63,
  COLUMNS_MAX = 516,
  // Bytes of rows' rests that are turned to columns at a time, a multiple of 3, 4 and 16.
  TURNED_COLUMNS = 48,
  TRIPLE_COLUMNS = 3,
  TRIPLE_COMPONENTS = 24,
  // Components whose weights are made at a time: the least multiple of 24 and 64.
  WEIGHTS = 192,
};

// Squares outside of this have lost digits, or will.
static const float square_min = 1e-30f;
static const float square_max = 1e30f;

// Vectors are passed by address: by value their calling convention would depend on the instruction set.
INLINE float NAME(sum)(const f32x16 *vector) {
  f32x16 a = *vector;
  f32x8 eight = __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15);
  f32x4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
               __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Components whose numbers differ in one bit below 16 meet within a vector.
#define BUTTERFLY(v, distance, swapped)                                            \
  do {                                                                             \
    f32x16 other = swapped;                                                        \
    f32x16 signs;                                                                  \
    UNROLL for (int lane = 0; lane < LANES; lane++) {                              \
      signs[lane] = (lane & distance) ? -1.0f : 1.0f;                              \
    }                                                                              \
    v = other + v * signs;                                                         \
  } while (0)

INLINE void NAME(transform_16)(f32x16 *vector) {
  f32x16 v = *vector;
  BUTTERFLY(v, 1,
            __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  BUTTERFLY(v, 2,
            __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  BUTTERFLY(v, 4,
            __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  BUTTERFLY(v, 8,
            __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  *vector = v;
}

// Walsh-Hadamard on `count` components, a power of two from 16 on, times `scale`.
INLINE void NAME(transform)(float *v, size_t count, float scale) {
  for (size_t i = 0; i < count; i += LANES) {
    LOAD(f32x16, a, v + i);
    NAME(transform_16)(&a);
    a *= scale;
    STORE(v + i, a);
  }
  for (size_t half = LANES; half < count; half *= 2) {
    for (size_t start = 0; start < count; start += 2 * half) {
      for (size_t i = start; i < start + half; i += LANES) {
        LOAD(f32x16, a, v + i);
        LOAD(f32x16, b, v + i + half);
        f32x16 sum = a + b;
        f32x16 difference = a - b;
        STORE(v + i, sum);
        STORE(v + i + half, difference);
      }
    }
  }
}

// Each component of the first half with one of the second: a turn by 45 degrees.
INLINE void NAME(mix)(float *v, size_t width) {
  const float scale = 0.70710678118654752f;
  for (size_t i = 0; i < width / 2; i += LANES) {
    LOAD(f32x16, a, v + i);
    LOAD(f32x16, b, v + i + width / 2);
    f32x16 sum = (a + b) * scale;
    f32x16 difference = (a - b) * scale;
    STORE(v + i, sum);
    STORE(v + i + width / 2, difference);
  }
}

static TARGET void NAME(rotate)(float *vector, const float *signs, size_t width) {
  size_t transformed = LANES;
  while (transformed * 2 <= width) { transformed *= 2; }
  float scale = 1.0f / sqrtf((float)transformed);
  for (size_t round = 0; round < 4; round++) {
    for (size_t i = 0; i < width; i += LANES) {
      LOAD(f32x16, a, vector + i);
      LOAD(f32x16, b, signs + round * width + i);
      a *= b;
      STORE(vector + i, a);
    }
    size_t start = round % 2 == 0 ? 0 : width - transformed;
    NAME(transform)(vector + start, transformed, scale);
    if (transformed < width) { NAME(mix)(vector, width); }
  }
}

static TARGET void NAME(encode)(const float *residual, size_t width, float shift, uint8_t *block,
                                uint8_t *factors, size_t slot, uint8_t *fine) {
  f32x16 squares = {0};
  f32x16 absolutes = {0};
  f32x16 most = {0};
  for (size_t i = 0; i < width; i += LANES) {
    LOAD(f32x16, a, residual + i);
    f32x16 absolute = __builtin_elementwise_abs(a);
    squares += a * a;
    absolutes += absolute;
    most = __builtin_elementwise_max(most, absolute);
  }
  float square = NAME(sum)(&squares);
  float total = NAME(sum)(&absolutes);
  float greatest = 0;
  for (int lane = 0; lane < LANES; lane++) {
    greatest = most[lane] > greatest ? most[lane] : greatest;
  }
  bool is_zero = greatest == 0;
  bool is_known = is_zero || (square >= square_min && square <= square_max && fabsf(shift) <= square_max);
  float step = is_zero || !is_known ? 0 : square / total;

  for (size_t column = 0; column < width / 8; column++) {
    unsigned signs = 0;
    for (size_t i = 0; i < 8; i++) {
      signs |= (residual[column * 8 + i] > 0 ? 1u : 0u) << i;
    }
    block[column * BLOCK_ROWS + slot] = (uint8_t)signs;
  }

  int8_t *numbers = (int8_t *)fine;
  float scale = 0;
  float error = 0;
  if (is_zero || !is_known) {
    memset(numbers, 0, width);
    error = is_known ? 0 : INFINITY;
  } else {
    float inverse = 127.0f / greatest;
    f32x16 products = {0};
    for (size_t i = 0; i < width; i += LANES) {
      LOAD(f32x16, a, residual + i);
      f32x16 scaled = a * inverse;
      f32x16 rounded = __builtin_elementwise_roundeven(scaled);
      i8x16 whole = __builtin_convertvector(__builtin_convertvector(rounded, i32x16), i8x16);
      STORE(numbers + i, whole);
      products += rounded * a;
    }
    scale = square / NAME(sum)(&products);
    f32x16 errors = {0};
    for (size_t i = 0; i < width; i += LANES) {
      LOAD(f32x16, a, residual + i);
      LOAD(i8x16, whole, numbers + i);
      f32x16 left = a - __builtin_convertvector(whole, f32x16) * scale;
      errors += left * left;
    }
    error = sqrtf(NAME(sum)(&errors));
  }
  float known_shift = is_known ? shift : 0;
  float known_square = is_known ? square : -INFINITY;
  const float coarse_factors[APUS_COARSE_FACTORS] = {known_square, step, known_shift};
  for (size_t factor = 0; factor < APUS_COARSE_FACTORS; factor++) {
    memcpy(factors + (factor * BLOCK_ROWS + slot) * sizeof(float), &coarse_factors[factor],
           sizeof(float));
  }
  const float fine_factors[APUS_FINE_FACTORS] = {scale, error, is_known ? square : 0, known_shift};
  memcpy(fine + width, fine_factors, sizeof(fine_factors));
}

// The greatest sum of absolute values that has to fit into an entry of the table of so many components.
static TARGET float NAME(widest)(const float *residual, size_t width) {
  float widest = 0;
  for (size_t i = 0; i < width; i += TRIPLE_COMPONENTS) {
    float v[TRIPLE_COMPONENTS] = {0};
    size_t count = width - i < TRIPLE_COMPONENTS ? width - i : TRIPLE_COMPONENTS;
    memcpy(v, residual + i, count * sizeof(float));
    float rest = 0;
    UNROLL for (size_t byte = 0; byte < TRIPLE_COMPONENTS; byte += 8) {
      float low = (fabsf(v[byte]) + fabsf(v[byte + 1])) + (fabsf(v[byte + 2]) + fabsf(v[byte + 3]));
      float middle = fabsf(v[byte + 4]) + fabsf(v[byte + 5]);
      float high = fabsf(v[byte + 6]) + fabsf(v[byte + 7]);
      rest += high;
      widest = low + middle > widest ? low + middle : widest;
      widest = middle + high > widest ? middle + high : widest;
    }
    widest = rest > widest ? rest : widest;
  }
  return widest;
}

// The table of so many components, whose weights are `inverse` times as much.
// Returns the sum of the weights' absolute values.
static TARGET uint32_t NAME(make_entries)(const float *residual, size_t width, float inverse,
                                          uint8_t *table) {
  uint32_t total = 0;
  for (size_t i = 0; i < width; i += WEIGHTS) {
    int8_t weights[WEIGHTS] = {0};
    size_t count = width - i < WEIGHTS ? width - i : WEIGHTS;
    i32x16 sums = {0};
    for (size_t part = 0; part < count; part += LANES) {
      LOAD(f32x16, a, residual + i + part);
      a *= inverse;
      f32x16 rounded = __builtin_elementwise_roundeven(a);
      f32x16 zero = {0};
      f32x16 most = zero + (float)ENTRY_MAX;
      rounded = __builtin_elementwise_min(__builtin_elementwise_max(rounded, zero - most), most);
      i32x16 whole = __builtin_convertvector(rounded, i32x16);
      sums += __builtin_elementwise_abs(whole);
      i8x16 narrow = __builtin_convertvector(whole, i8x16);
      STORE(weights + part, narrow);
    }
    for (int lane = 0; lane < LANES; lane++) { total += (uint32_t)sums[lane]; }
    for (size_t first = 0; first < count; first += TRIPLE_COMPONENTS) {
      MAKE_TABLE(weights + first, table);
      table += TABLE_BYTES;
    }
  }
  return total;
}

INLINE float NAME(square)(const float *v, size_t width) {
  f32x16 squares = {0};
  for (size_t i = 0; i < width; i += LANES) {
    LOAD(f32x16, a, v + i);
    squares += a * a;
  }
  return NAME(sum)(&squares);
}

static TARGET void NAME(make_table)(const float *residual, size_t width, size_t first_width,
                                    uint8_t *table, apus_table_terms *terms) {
  const float *rest = residual + first_width;
  size_t rest_width = width - first_width;
  float widest = NAME(widest)(residual, first_width);
  float widest_rest = NAME(widest)(rest, rest_width);
  widest = widest_rest > widest ? widest_rest : widest;
  // Rounding adds up to a half to each of 6.
  float unit = widest / (ENTRY_MAX - 3);
  float inverse = widest > 0 ? (ENTRY_MAX - 3) / widest : 0;
  size_t glance_width = apus_glance_width(first_width);
  uint32_t total = NAME(make_entries)(residual, glance_width, inverse, table);
  terms->glance_offset = -((float)total * unit);
  total += NAME(make_entries)(residual + glance_width, first_width - glance_width, inverse,
                              table + glance_width / TRIPLE_COMPONENTS * TABLE_BYTES);
  // The product of the weights with signs is 2 * (sum of those set) - (sum of all); with the sums counted from the
  // least, which is that of all negative ones, it is 2 * t - (sum of the absolute values).
  terms->slope = 2 * unit;
  terms->first_offset = -((float)total * unit);
  table += (first_width + TRIPLE_COMPONENTS - 1) / TRIPLE_COMPONENTS * TABLE_BYTES;
  total += NAME(make_entries)(rest, rest_width, inverse, table);
  terms->offset = -((float)total * unit);
  float first_square = NAME(square)(residual, first_width);
  float square = first_square + NAME(square)(rest, rest_width);
  terms->first_share = square > 0 ? first_square / square : 1;
  terms->glance_share = square > 0 ? NAME(square)(residual, glance_width) / square : 1;
}

// The rows among 16 whose lower bound is not above the threshold, as a mask; a NaN is not above it.
INLINE uint32_t NAME(bound_16)(const apus_coarse_scan *s, const uint32_t *sums,
                               const uint8_t *factors, float inverse_degrees, f32x16 *to) {
  LOAD(u32x16, whole, sums);
  LOAD(f32x16, square, factors);
  LOAD(f32x16, step, factors + BLOCK_ROWS * sizeof(float));
  LOAD(f32x16, shift, factors + 2 * BLOCK_ROWS * sizeof(float));
  f32x16 zero = {0};
  // No sum has more than 24 bits.
  f32x16 sum = __builtin_convertvector(__builtin_convertvector(whole, i32x16), f32x16);
  f32x16 step_square = step * step;
  f32x16 variance = step_square * (float)s->width - square;
  variance = __builtin_elementwise_max(variance, zero) * inverse_degrees;
  variance += step_square * s->table_variance;
  f32x16 error = __builtin_elementwise_sqrt(variance);
  f32x16 added = (s->is_product ? zero - shift : square) + s->base;
  f32x16 bound = added - step * (sum * s->slope + s->offset) - error * s->spread;
  *to = bound;
  i32x16 above = bound > s->threshold;
  return ~SIGN_BITS(&above) & 0xffff;
}

// Writes those of 16 rows that the mask has and that are to be looked at later where these go, and returns the others. They have room
// for the same reason as those that are found.
INLINE uint32_t NAME(put_off)(apus_coarse_later *later, uint32_t mask, const uint32_t *numbers,
                              const f32x16 *bound) {
  if (!later) { return mask; }
  i32x16 above = *bound > later->limit;
  uint32_t those = SIGN_BITS(&above) & mask;
  LOAD(u32x16, rows, numbers);
  rows += later->first_row;
  uint32_t all[LANES];
  STORE(all, rows);
  KEEP(those, all, bound, later->rows + later->count, later->bounds + later->count);
  later->count += (size_t)__builtin_popcount(those);
  return mask & ~those;
}

// Which block the b-th is that is looked at.
INLINE size_t NAME(number)(const apus_coarse_scan *s, size_t b) {
  return s->numbers ? s->numbers[b] : b;
}

// The rows of a block that may be in the answer.
INLINE uint64_t NAME(members)(const apus_coarse_scan *s, size_t block) {
  uint64_t members = s->members ? s->members[block] : ~(uint64_t)0;
  size_t rows_left = s->row_count - block * BLOCK_ROWS;
  return rows_left < BLOCK_ROWS ? members & (((uint64_t)1 << rows_left) - 1) : members;
}

// How far behind the b-th block that is looked at the next is; 0 where there is none.
INLINE ptrdiff_t NAME(ahead)(const apus_coarse_scan *s, size_t b) {
  if (!s->is_followed && b + 1 >= s->block_count) { return 0; }
  ptrdiff_t blocks = (ptrdiff_t)NAME(number)(s, b + 1) - (ptrdiff_t)NAME(number)(s, b);
  return blocks * (ptrdiff_t)s->block_stride;
}

// 16 bytes of each of 16 rows become 16 columns of 16 bytes.
INLINE void NAME(turn_16)(u8x16 rows[LANES]) {
  UNROLL for (int round = 0; round < 4; round++) {
    u8x16 turned[LANES];
    UNROLL for (size_t i = 0; i < LANES / 2; i++) {
      u8x16 a = rows[i];
      u8x16 b = rows[i + LANES / 2];
      turned[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      turned[2 * i + 1] =
          __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLL for (size_t i = 0; i < LANES; i++) { rows[i] = turned[i]; }
  }
}

// Of the sums of a block the 16 from row 16 * part on.
INLINE void NAME(in_order)(const uint16_t *sums, size_t part, u16x16 *to) {
  LOAD(u16x8, even, sums + part * (LANES / 2));
  LOAD(u16x8, odd, sums + BLOCK_ROWS / 2 + part * (LANES / 2));
  *to = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

// What the rests of up to 64 rows, more than 0, add up to, in the order of ADD_COLUMNS: they are turned to columns, some at
// a time.
INLINE void NAME(add_rests)(const apus_coarse_scan *s, const uint32_t *rows, size_t count,
                            uint16_t *sums) {
  size_t bytes = (s->width - s->first_width) / 8;
  const uint8_t *table =
      s->table + (s->first_width + TRIPLE_COMPONENTS - 1) / TRIPLE_COMPONENTS * TABLE_BYTES;
  for (size_t at = 0; at < bytes; at += TURNED_COLUMNS) {
    size_t left = bytes - at < TURNED_COLUMNS ? bytes - at : TURNED_COLUMNS;
    uint8_t columns[TURNED_COLUMNS * BLOCK_ROWS];
    for (size_t first = 0; first < count; first += LANES) {
      for (size_t byte = 0; byte < left; byte += LANES) {
        u8x16 turned[LANES];
        UNROLL for (size_t i = 0; i < LANES; i++) {
          // Where there are no more rows it does not matter which.
          const uint8_t *from = s->rests + rows[first + i < count ? first + i : first] * bytes + at + byte;
          memcpy(&turned[i], from, LANES);
        }
        NAME(turn_16)(turned);
        UNROLL for (size_t i = 0; i < LANES; i++) {
          memcpy(columns + (byte + i) * BLOCK_ROWS + first, &turned[i], LANES);
        }
      }
    }
    uint16_t part[BLOCK_ROWS];
    ADD_COLUMNS(columns, table, left, part, 0);
    table += TURNED_COLUMNS / TRIPLE_COLUMNS * TABLE_BYTES;
    UNROLL for (size_t half = 0; half < BLOCK_ROWS; half += BLOCK_ROWS / 2) {
      LOAD(u16x32, more, part + half);
      LOAD(u16x32, sum, sums + half);
      sum = at == 0 ? more : sum + more;
      STORE(sums + half, sum);
    }
  }
}

#include "code_screens.h"

// What the columns of a block, and the rests of its rows, add up to, row by row. The next is so far behind it.
INLINE void NAME(add_block)(const apus_coarse_scan *s, size_t b, ptrdiff_t ahead, uint32_t sums[BLOCK_ROWS]) {
  const uint8_t *block = s->blocks + b * s->block_stride;
  size_t columns = s->first_width / 8;
  const uint8_t *table = s->table;
  for (size_t column = 0; column < columns; column += COLUMNS_MAX) {
    uint16_t part[BLOCK_ROWS];
    size_t count = columns - column < COLUMNS_MAX ? columns - column : COLUMNS_MAX;
    ADD_COLUMNS(block + column * BLOCK_ROWS, table, count, part, ahead);
    table += COLUMNS_MAX / TRIPLE_COLUMNS * TABLE_BYTES;
    if (s->rests && column == 0) {
      // There are rests only where all sums fit into 16 bits.
      uint32_t rows[BLOCK_ROWS];
      for (size_t i = 0; i < BLOCK_ROWS; i++) { rows[i] = (uint32_t)(b * BLOCK_ROWS + i); }
      uint16_t rests[BLOCK_ROWS];
      NAME(add_rests)(s, rows, BLOCK_ROWS, rests);
      for (size_t i = 0; i < BLOCK_ROWS; i++) { part[i] = (uint16_t)(part[i] + rests[i]); }
    }
    UNROLL for (size_t i = 0; i < PARTS; i++) {
      u16x16 narrow;
      NAME(in_order)(part, i, &narrow);
      u32x16 wide = __builtin_convertvector(narrow, u32x16);
      if (column > 0) {
        LOAD(u32x16, before, sums + i * LANES);
        wide += before;
      }
      STORE(sums + i * LANES, wide);
    }
  }
}

static TARGET size_t NAME(coarse)(const apus_coarse_scan *s) {
  NAME(screening) screening, glance;
  bool has_glance;
  if (NAME(screening_of)(s, &screening, &glance, &has_glance)) {
    return NAME(coarse_screened)(s, &screening, has_glance ? &glance : NULL);
  }
  if (s->opened) { *s->opened = s->block_count; }
  if (s->bounded) { *s->bounded = s->numbers ? s->block_count * BLOCK_ROWS : s->row_count; }
  size_t found = 0;
  float inverse_degrees = 1.0f / (float)(s->width - 1);
  for (size_t i = 0; i < s->block_count; i++) {
    size_t b = NAME(number)(s, i);
    uint64_t members = NAME(members)(s, b);
    if (members == 0) { continue; }
    uint32_t sums[BLOCK_ROWS];
    NAME(add_block)(s, b, NAME(ahead)(s, i), sums);
    const uint8_t *factors = s->factors + b * s->factor_stride;
    f32x16 bounds[PARTS];
    uint32_t masks[PARTS];
    UNROLL for (size_t i = 0; i < PARTS; i++) {
      masks[i] = NAME(bound_16)(s, sums + i * LANES, factors + i * LANES * sizeof(float),
                                inverse_degrees, &bounds[i]);
      masks[i] &= (uint32_t)(members >> (i * LANES)) & 0xffff;
    }
    if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0) { continue; }
    uint32_t numbers[BLOCK_ROWS];
    for (size_t i = 0; i < BLOCK_ROWS; i++) { numbers[i] = (uint32_t)(b * BLOCK_ROWS + i); }
    UNROLL for (size_t i = 0; i < PARTS; i++) {
      // No more rows were found than there are before these, so that all 16 have room.
      masks[i] = NAME(put_off)(s->later, masks[i], numbers + i * LANES, &bounds[i]);
      KEEP(masks[i], numbers + i * LANES, &bounds[i], s->rows + found, s->bounds + found);
      found += (size_t)__builtin_popcount(masks[i]);
    }
  }
  return found;
}

static TARGET void NAME(estimate)(const apus_coarse_scan *s, float *estimates) {
  f32x16 zero = {0};
  for (size_t b = 0; b < s->block_count; b++) {
    uint32_t sums[BLOCK_ROWS];
    NAME(add_block)(s, b, b + 1 < s->block_count ? (ptrdiff_t)s->block_stride : 0, sums);
    const uint8_t *factors = s->factors + b * s->factor_stride;
    UNROLL for (size_t i = 0; i < PARTS; i++) {
      LOAD(i32x16, whole, sums + i * LANES);
      LOAD(f32x16, square, factors + i * LANES * sizeof(float));
      LOAD(f32x16, step, factors + (BLOCK_ROWS + i * LANES) * sizeof(float));
      LOAD(f32x16, shift, factors + (2 * BLOCK_ROWS + i * LANES) * sizeof(float));
      f32x16 sum = __builtin_convertvector(whole, f32x16);
      f32x16 added = (s->is_product ? zero - shift : square) + s->base;
      f32x16 estimate = added - step * (sum * s->slope + s->offset);
      i32x16 is_unknown = square < zero - FLT_MAX;
      estimate = SELECT(is_unknown, zero - INFINITY, estimate);
      STORE(estimates + b * BLOCK_ROWS + i * LANES, estimate);
    }
  }
}

// Up to 16 numbers, the rest zero, and which of them are finite.
INLINE void NAME(load_some)(const float *numbers, size_t count, f32x16 *to, i32x16 *are_finite) {
  f32x16 some = {0};
  memcpy(&some, numbers, (count < LANES ? count : LANES) * sizeof(float));
  f32x16 most = (f32x16){0} + FLT_MAX;
  i32x16 finite = __builtin_elementwise_abs(some) <= most;
  for (size_t lane = count; lane < LANES; lane++) { finite[lane] = 0; }
  *to = some;
  *are_finite = finite;
}

static TARGET void NAME(level)(const float *numbers, size_t count, uint16_t *levels) {
  f32x16 zero = {0};
  f32x16 least = zero + FLT_MAX;
  for (size_t i = 0; i < count; i += LANES) {
    f32x16 some;
    i32x16 finite;
    NAME(load_some)(numbers + i, count - i, &some, &finite);
    least = __builtin_elementwise_min(least, SELECT(finite, some, least));
  }
  float low = FLT_MAX;
  for (int lane = 0; lane < LANES; lane++) { low = least[lane] < low ? least[lane] : low; }
  for (size_t i = 0; i < count; i += LANES) {
    f32x16 some;
    i32x16 finite;
    NAME(load_some)(numbers + i, count - i, &some, &finite);
    f32x16 above = SELECT(finite, some - low, zero);
    // Numbers that are not negative order like their bits, of which the first 13 are taken.
    u16x16 bits = __builtin_convertvector((u32x16)above >> 19, u16x16);
    memcpy(levels + i, &bits, (count - i < LANES ? count - i : LANES) * sizeof(uint16_t));
  }
}

static TARGET void NAME(offer)(const float *numbers, size_t count, uint32_t of,
                               const apus_two_least *to) {
  i32x16 own = (i32x16){0} + (int32_t)of;
  for (size_t i = 0; i < count; i += LANES) {
    LOAD(f32x16, number, numbers + i);
    LOAD(f32x16, least, to->least + i);
    LOAD(f32x16, second, to->second + i);
    LOAD(i32x16, of_least, to->of_least + i);
    LOAD(i32x16, of_second, to->of_second + i);
    i32x16 is_least = number < least;
    i32x16 is_second = number < second;
    f32x16 new_second = SELECT(is_least, least, SELECT(is_second, number, second));
    i32x16 of_new_second = (is_least & of_least) | (~is_least & ((is_second & own) | (~is_second & of_second)));
    f32x16 new_least = SELECT(is_least, number, least);
    i32x16 of_new_least = (is_least & own) | (~is_least & of_least);
    STORE(to->least + i, new_least);
    STORE(to->second + i, new_second);
    STORE(to->of_least + i, of_new_least);
    STORE(to->of_second + i, of_new_second);
  }
}

INLINE float NAME(dot_i8)(const uint8_t *numbers, const float *query, size_t width) {
  f32x16 sums[4];
  memset(sums, 0, sizeof(sums));
  for (size_t i = 0; i < width; i += 4 * LANES) {
    UNROLL for (size_t part = 0; part < 4; part++) {
      LOAD(i8x16, whole, numbers + i + part * LANES);
      LOAD(f32x16, q, query + i + part * LANES);
      sums[part] += __builtin_convertvector(__builtin_convertvector(whole, i32x16), f32x16) * q;
    }
  }
  f32x16 total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return NAME(sum)(&total);
}

static TARGET void NAME(fine)(const apus_fine_scan *s) {
  enum { AHEAD = 4, LINE = 64 };
  size_t row_bytes = apus_fine_row_bytes(s->width);
  for (size_t i = 0; i < s->row_count && i < AHEAD; i++) {
    for (size_t at = 0; at < row_bytes; at += LINE) {
      __builtin_prefetch(s->codes + s->rows[i] * row_bytes + at);
    }
  }
  for (size_t i = 0; i < s->row_count; i++) {
    if (i + AHEAD < s->row_count) {
      for (size_t at = 0; at < row_bytes; at += LINE) {
        __builtin_prefetch(s->codes + s->rows[i + AHEAD] * row_bytes + at);
      }
    }
    const uint8_t *row = s->codes + s->rows[i] * row_bytes;
    float factors[APUS_FINE_FACTORS];
    memcpy(factors, row + s->width, sizeof(factors));
    float product = NAME(dot_i8)(row, s->query, s->width);
    float added = (s->is_product ? 0 - factors[3] : factors[2]) + s->base;
    float estimate = added - s->slope * factors[0] * product;
    float error = s->spread * factors[1];
    float lower = estimate - error;
    float upper = estimate + error;
    s->lower[i] = lower == lower ? lower : -INFINITY;
    s->upper[i] = upper == upper ? upper : INFINITY;
  }
}

const apus_code_kernels NAME(apus_code_kernels) = {
    .name = TEXT(VARIANT),
    .rotate = NAME(rotate),
    .encode = NAME(encode),
    .table_bytes = TABLE_BYTES,
    .make_table = NAME(make_table),
    .coarse = NAME(coarse),
    .estimate = NAME(estimate),
    .level = NAME(level),
    .offer = NAME(offer),
    .fine = NAME(fine),
};
