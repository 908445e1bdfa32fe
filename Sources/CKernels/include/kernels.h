#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sendable.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Some queries against some rows of one dimension, all f32; nothing need be aligned.
typedef struct apus_f32_block {
  /// `query_count` vectors end to end.
  const float *queries;
  size_t query_count;
  /// Vectors end to end.
  const float *rows;
  /// Which of `rows` take part, or NULL for the first `row_count` of them.
  const uint32_t *row_numbers;
  size_t row_count;
  /// Components per vector.
  size_t dimension;
  /// The result of query `q` and the `i`th row goes to `results[q * result_stride + i]`.
  float *results;
  size_t result_stride;
} apus_f32_block;

/// The kernels for one instruction set.
///
/// Within one table the result for a query and a row has the same bits whatever else is in the block.
/// Between tables it differs by rounding. Sums run in f32 over at least 8 interleaved partial sums, so
/// that the error of a dot product or squared distance is at most about
/// (dimension / 8 + 8) * 2^-24 times the sum of the absolute values of its terms.
typedef struct apus_kernels {
  /// "avx512", "avx2", "neon" or "portable".
  const char *name;
  /// The sum of (a - b)^2.
  void (*squared_l2)(const apus_f32_block *block);
  /// The sum of a * b. A sum that overflows is an infinity or NaN.
  void (*dot)(const apus_f32_block *block);
  /// True if none of the numbers is NaN or infinite. Reads all of them at the speed of memory.
  bool (*all_finite)(const float *numbers, size_t count);
} APUS_SENDABLE apus_kernels;

/// The tables that this processor can run, the fastest first; NULL from the end of the list on.
/// The last one is "portable". Safe to call from any thread.
const apus_kernels *apus_kernels_at(size_t index);

#ifdef __cplusplus
}
#endif
