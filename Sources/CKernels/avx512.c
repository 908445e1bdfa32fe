#if defined(__x86_64__)

#include <immintrin.h>

#include "variants.h"

#define VARIANT avx512
#define TARGET __attribute__((target("avx512f")))
#define V __m512
#define LANES ((size_t)16)
#define ZERO() _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define LOAD_TAIL(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define ADD(a, b) _mm512_add_ps(a, b)
#define SUB(a, b) _mm512_sub_ps(a, b)
#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_ps(a, b, c)
#define SUM(a) _mm512_reduce_add_ps(a)
#define QUERY_TILE 4

#include "kernel_template.h"

#endif
