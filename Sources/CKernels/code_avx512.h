#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "code_vectors.h"

/// The sums of 64 rows in their order: `odd` has those of odd rows, 16 bits each, `all` those of even ones and, 256 times, of
/// odd ones.
static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) void
store_sums(__m512i all, __m512i odd, uint16_t *sums) {
  __m512i even = _mm512_sub_epi16(all, _mm512_slli_epi16(odd, 8));
  // Per lane of 16 rows, these are the first 8 and the last 8.
  __m512i low = _mm512_unpacklo_epi16(even, odd);
  __m512i high = _mm512_unpackhi_epi16(even, odd);
  const __m512i first_rows = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i last_rows = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  _mm512_storeu_si512(sums, _mm512_permutex2var_epi64(low, first_rows, high));
  _mm512_storeu_si512(sums + 32, _mm512_permutex2var_epi64(low, last_rows, high));
}

static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) void
keep_packed(uint32_t mask, uint32_t first, const f32x16 *bound, uint32_t *rows, float *bounds) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)first));
  _mm512_storeu_si512(rows, _mm512_maskz_compress_epi32((__mmask16)mask, numbers));
  _mm512_storeu_ps(bounds, _mm512_maskz_compress_ps((__mmask16)mask, (__m512)*bound));
}

static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) uint32_t
sign_bits(const i32x16 *v) {
  return _mm512_cmplt_epi32_mask(_mm512_loadu_si512(v), _mm512_setzero_si512());
}
