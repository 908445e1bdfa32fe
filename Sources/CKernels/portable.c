#include <string.h>

#include "variants.h"

typedef float float4 __attribute__((vector_size(16)));

#define VARIANT portable
#define TARGET
#define V float4
#define LANES ((size_t)4)
#define ZERO() ((V){0})
#define LOAD(p) load_first(p, LANES)
#define LOAD_TAIL(p, n) load_first(p, n)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define SUM(a) sum(a)
#define QUERY_TILE 4

static inline __attribute__((always_inline)) V load_first(const float *p, size_t n) {
  V numbers = {0};
  memcpy(&numbers, p, n * sizeof(float));
  return numbers;
}

static inline __attribute__((always_inline)) float sum(V a) {
  return (a[0] + a[2]) + (a[1] + a[3]);
}

#include "kernel_template.h"
