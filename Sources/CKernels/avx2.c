#if defined(__x86_64__)

#include <immintrin.h>

#include "variants.h"

#define VARIANT avx2
#define TARGET __attribute__((target("avx2,fma")))
#define V __m256
#define LANES ((size_t)8)
#define ZERO() _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps(p)
#define LOAD_TAIL(p, n) load_tail(p, n)
#define ADD(a, b) _mm256_add_ps(a, b)
#define SUB(a, b) _mm256_sub_ps(a, b)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps(a, b, c)
#define SUM(a) sum(a)
#define QUERY_TILE 4

static inline __attribute__((always_inline)) TARGET V load_tail(const float *p, size_t n) {
  static const int32_t ones_then_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_maskload_ps(
      p, _mm256_loadu_si256((const __m256i *)(ones_then_zeros + LANES - n)));
}

static inline __attribute__((always_inline)) TARGET float sum(V a) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#include "kernel_template.h"

#endif
