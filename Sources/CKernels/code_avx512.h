#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "code_vectors.h"

/// The sums of 64 rows, those of even rows first: `odd` has those of odd rows, 16 bits each, `all` those of even ones and, 256
/// times, of odd ones.
static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) void
store_sums(__m512i all, __m512i odd, uint16_t *sums) {
  _mm512_storeu_si512(sums, _mm512_sub_epi16(all, _mm512_slli_epi16(odd, 8)));
  _mm512_storeu_si512(sums + 32, odd);
}

static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) void
keep_packed(uint32_t mask, const uint32_t *numbers, const f32x16 *bound, uint32_t *rows,
            float *bounds) {
  __m512i all = _mm512_loadu_si512(numbers);
  _mm512_storeu_si512(rows, _mm512_maskz_compress_epi32((__mmask16)mask, all));
  _mm512_storeu_ps(bounds, _mm512_maskz_compress_ps((__mmask16)mask, (__m512)*bound));
}

static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) uint32_t
sign_bits(const i32x16 *v) {
  return _mm512_cmplt_epi32_mask(_mm512_loadu_si512(v), _mm512_setzero_si512());
}

static inline __attribute__((always_inline, target("avx2,avx512f,avx512bw"))) uint32_t
sign_bits_16(const i16x32 *v) {
  return _mm512_movepi16_mask(_mm512_loadu_si512(v));
}
