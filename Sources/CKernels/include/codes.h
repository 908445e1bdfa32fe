#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sendable.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// Rows whose coarse codes are interleaved in one block.
  APUS_CODE_BLOCK_ROWS = 64,
  /// Numbers per row behind its bits in a block, and behind its fine code.
  APUS_COARSE_FACTORS = 3,
  APUS_FINE_FACTORS = 4,
  /// Of rests are a multiple of so many components, and only of vectors with no more than so many.
  APUS_REST_COMPONENTS = 128,
  APUS_RESTS_WIDTH_MAX = 4096,
};

/// How many of the `width` components of a rotated vector, a multiple of 64, are in columns where the others are in the rows'
/// rests; all where there are too few or too many. With more of them, more rows are told to be too far away by these alone, but the
/// scan of them takes longer.
static inline size_t apus_first_width(size_t width) {
  enum { WIDTH_MIN = 704, FIRST = 512 };
  if (width < WIDTH_MIN || width > APUS_RESTS_WIDTH_MAX) { return width; }
  return FIRST + (width - FIRST) % APUS_REST_COMPONENTS;
}

/// How many of the components in columns a glance looks at, a multiple of 48; 0 where these are too few for one.
static inline size_t apus_glance_width(size_t first_width) {
  enum { WIDTH_MIN = 192 };
  return first_width < WIDTH_MIN ? 0 : first_width * 5 / 8 / 48 * 48;
}

/// Bytes of the columns of a block of rows with so many components: for each 8 of them a column of a byte per row with their
/// signs, component 0 of them lowest, 1 for a positive one. Behind them may be the rows' screens.
static inline size_t apus_coarse_bytes(size_t first_width) {
  return APUS_CODE_BLOCK_ROWS * (first_width / 8);
}

/// Bytes of the rests of a block of rows: for each row the signs of the components that are in no column, 8 a byte, in
/// the same order.
static inline size_t apus_rest_bytes(size_t first_width, size_t width) {
  return APUS_CODE_BLOCK_ROWS * ((width - first_width) / 8);
}

/// Bytes of the factors of a block of rows: `square`, `step` and `shift` of each row as 64 f32 each.
///
/// For the residual r (what is left of the vector without the centre c, rotated), `square` is |r|^2, `step` is
/// |r|^2 / sum |r_i|, `shift` is r.c. The reconstruction step * sign(r) has the same product with r as r itself
/// (RaBitQ, Gao and Long, SIGMOD 2024). `square` is -inf where a residual is out of the range of f32: nothing is
/// then known of the row.
static inline size_t apus_factor_bytes(void) {
  return APUS_CODE_BLOCK_ROWS * APUS_COARSE_FACTORS * sizeof(float);
}

/// Bytes of the screens of a block of rows: two bytes for each row with an even number, then for each with an odd one;
/// behind them a third one in the same order.
static inline size_t apus_screen_bytes(void) { return APUS_CODE_BLOCK_ROWS * 3; }

/// What the rows' screens are relative to. A screen has with few bits what a row's factors say, so that these need not be
/// read: from which sum on the row may be of interest, and a bound that is hardly less.
///
/// Let a = (-shift or square) / step, b = 1 / step, and e^2 = (width - square / step^2) / (width - 1). The first byte
/// of a screen is an i8 with a >= a_middle + a_step * it, the second one the greatest with b >= b_middle + b_step * it, so that b is
/// less than with one more; -128 in both says that only the factors tell. The third is a u8 with e <= e_least + e_step * it. Steps are
/// positive.
typedef struct apus_coarse_screen {
  float a_middle, a_step, b_middle, b_step, e_least, e_step;
} apus_coarse_screen;

/// Bytes of a row's fine code: `width` i8, then f32 `scale`, `error`, `square`, `shift`. r is about scale * i8, up to
/// a vector of length `error`, which is infinite where nothing is known.
static inline size_t apus_fine_row_bytes(size_t width) {
  return width + APUS_FINE_FACTORS * sizeof(float);
}

/// Where rows go that may be of interest but are to be looked at later: those with a lower bound above the limit.
typedef struct apus_coarse_later {
  float limit;
  /// What is added to their numbers.
  uint32_t first_row;
  /// The rows and their bounds, behind `count` that are there already. Room for 64 * block_count more.
  uint32_t *rows;
  float *bounds;
  size_t count;
} apus_coarse_later;

/// One query against coarse codes. The lower bound of a row's distance is
///
///   base + (is_product ? -shift : square) - step * (slope * t + offset) - spread * error
///
/// where t is the sum of the absolute values of the query's weights that have the sign of the row's component, and error^2 the variance of the estimate per
/// squared length of the query: (step^2 * width - square) / (width - 1) for the signs alone (RaBitQ), and step^2 *
/// table_variance for the table.
typedef struct apus_coarse_scan {
  /// Codes and factors of the first block, and how far those of the next are.
  const uint8_t *blocks, *factors;
  size_t block_stride, factor_stride;
  /// The components in the columns, and the rests of the rows, one block's behind the other's; NULL where all are in columns. With
  /// rests and screens a row whose bound is not above the threshold may be left out by chance: of those at the threshold as
  /// many as have an estimate, by the components in columns, that is off by `spread`.
  size_t first_width;
  const uint8_t *rests;
  /// Whether there are screens behind the codes of each block, and what they are relative to. With them bounds are a little
  /// less, and the factors are looked at only where the threshold is infinite, numbers are out of the screens' range, or a screen
  /// tells nothing.
  bool has_screens;
  apus_coarse_screen screen;
  size_t block_count;
  /// Which blocks, counted from the first; NULL for the first ones, one after the other.
  const uint32_t *numbers;
  /// Whether another block is behind these, and will be wanted; with numbers, there is one more. Most kernels have its codes brought
  /// into the cache.
  bool is_followed;
  /// Rows in the blocks; with numbers, in all blocks there are. Only the last has fewer than 64.
  size_t row_count;
  size_t width;
  /// A bit per row that may be in the answer, from the lowest of a word on; NULL for all.
  const uint64_t *members;
  /// What `make_table` of the same kernels made.
  const uint8_t *table;
  bool is_product;
  float base, slope, offset, spread, table_variance;
  /// What `make_table` said of the components in columns.
  float first_share, first_offset;
  /// Whether the other columns of a block are looked at only where by those of a glance a row may be of interest: it pays where blocks
  /// have rows that are near each other. By chance rows may be left out as by rests. Only with screens.
  bool has_glance;
  float glance_share, glance_offset;
  /// Rows with a lower bound above this are of no interest.
  float threshold;
  /// Where the rows go, counted from the first row of the first block on, block by block, with their lower bounds. Room for
  /// 64 * block_count each.
  uint32_t *rows;
  float *bounds;
  /// Where some of them go instead; NULL for none.
  apus_coarse_later *later;
  /// Where the number of rows goes whose bounds were made: all, or those that passed their screens; NULL for nowhere.
  size_t *bounded;
  /// Where the number of blocks goes all of whose columns were looked at; NULL for nowhere.
  size_t *opened;
} apus_coarse_scan;

/// One query against the fine codes of some rows.
typedef struct apus_fine_scan {
  const uint8_t *codes;
  size_t width;
  const uint32_t *rows;
  size_t row_count;
  /// The query's residual, rotated.
  const float *query;
  bool is_product;
  /// The estimate of a distance is base + (is_product ? -shift : square) - slope * scale * i8.query, and off by at
  /// most about spread * error.
  float base, slope, spread;
  /// Never NaN.
  float *lower, *upper;
} apus_fine_scan;

/// What a table's entries are relative to. The product of the residual with a row's signs (1 and -1) is about slope * t + offset, and
/// slope is two units; that of the components in columns alone is slope * t + first_offset with their t, and that of those of a glance
/// slope * t + glance_offset.
typedef struct apus_table_terms {
  float slope, offset, first_offset, glance_offset;
  /// The part of the residual's squared length that the components in columns have, and that of a glance's; 1 where that is nothing.
  float first_share, glance_share;
} apus_table_terms;

/// Of each row the least and the second of the numbers that were offered for it, and whose they are.
typedef struct apus_two_least {
  float *least, *second;
  uint32_t *of_least, *of_second;
} apus_two_least;

/// What makes and reads codes, for one instruction set. All give the same bits of what is finite.
typedef struct apus_code_kernels {
  /// "avx512vbmi", "avx512", "avx2", "neon" or "portable".
  const char *name;
  /// Rotates a vector in place: 4 times, flips signs (`signs` has 4 * width numbers, 1 or -1), transforms the first
  /// or last 2^k components (Hadamard), and mixes the halves where 2^k is not all. Keeps lengths.
  void (*rotate)(float *vector, const float *signs, size_t width);
  /// Encodes a rotated residual as row `slot` of a block with all components in columns and its factors, and as a fine row.
  void (*encode)(const float *residual, size_t width, float shift, uint8_t *block,
                 uint8_t *factors, size_t slot, uint8_t *fine);
  /// Bytes of the table for each 24 components that are begun, of those in columns and of the others.
  size_t table_bytes;
  /// The table of a rotated residual of a query, whose components become whole numbers of a unit, the weights;
  /// in each variant another one.
  void (*make_table)(const float *residual, size_t width, size_t first_width, uint8_t *table,
                     apus_table_terms *terms);
  /// Returns the number of rows found.
  size_t (*coarse)(const apus_coarse_scan *scan);
  /// Writes the estimates of the distances of all rows of the first blocks, with all components in columns, 64 per block: lower bounds
  /// without what they are less by for errors; -infinity where nothing is known.
  void (*estimate)(const apus_coarse_scan *scan, float *estimates);
  /// Writes how far each number is above the least of those that are finite, as the first 13 bits of that f32, so that the steps are
  /// a 16th of it or less; 0 for those that are not finite.
  void (*level)(const float *numbers, size_t count, uint16_t *levels);
  /// Offers for each of some rows, a multiple of 16, a number of somebody. A NaN is not less than any.
  void (*offer)(const float *numbers, size_t count, uint32_t of, const apus_two_least *to);
  void (*fine)(const apus_fine_scan *scan);
} APUS_SENDABLE apus_code_kernels;

/// The tables that this processor can run, the fastest first; NULL from the end of the list on.
/// The last one is "portable". Safe to call from any thread.
const apus_code_kernels *apus_code_kernels_at(size_t index);

/// Bytes that `make_table` writes.
static inline size_t apus_table_bytes(const apus_code_kernels *kernels, size_t width, size_t first_width) {
  return ((first_width + 23) / 24 + (width - first_width + 23) / 24) * kernels->table_bytes;
}

/// Has some bytes brought into the cache meanwhile.
static inline void apus_prefetch_bytes(const uint8_t *bytes, size_t count) {
  for (size_t at = 0; at < count; at += 64) { __builtin_prefetch(bytes + at); }
}

/// Has the fine codes of some rows brought into the cache meanwhile.
void apus_prefetch_fine(const uint8_t *codes, size_t width, const uint32_t *rows, size_t row_count);

/// Writes the screens of all rows, each block's behind its columns of all components: for products, or else for squared distances.
/// What is not there of the last block says that nothing is known.
void apus_make_screens(uint8_t *blocks, size_t block_stride, const uint8_t *factors,
                       size_t row_count, size_t width, bool is_product, apus_coarse_screen *screen);

/// Where a row's coarse code is: in the columns of a block with so many components, and its rest.
typedef struct apus_coarse_row {
  const uint8_t *block, *rest;
  size_t slot, first_width;
} apus_coarse_row;

/// Copies the coarse code of a row to a row of a block with all components in columns.
void apus_copy_coarse(const apus_coarse_row *from, uint8_t *block, size_t slot, size_t width);

/// Makes a block with `first_width` components in columns, and its screens, and the rests of its rows of one with all components in columns.
void apus_split_block(const uint8_t *block, size_t width, size_t first_width, uint8_t *first,
                      uint8_t *rests);

/// Copies the factors of a row in the same way.
void apus_copy_factors(const uint8_t *from, size_t from_slot, uint8_t *to, size_t to_slot);

/// Copies the screen of a row, of those that begin at `from`, in the same way.
void apus_copy_screen(const uint8_t *from, size_t from_slot, uint8_t *to, size_t to_slot);

/// Makes blocks of what were blocks of 32 rows in the first version of the format: for each 4 components 16 bytes, of
/// which byte i has the signs of row i in its low half and of row i + 16 in its high half; factors as now, behind them. So do the
/// blocks that are made have their factors behind their codes. What is not written of the last block stays as it was.
void apus_convert_coarse(const uint8_t *from, size_t from_block_count, size_t width, uint8_t *to);

#ifdef __cplusplus
}
#endif
