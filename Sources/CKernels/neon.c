#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#include "variants.h"

#define VARIANT neon
#define TARGET
#define V float32x4_t
#define LANES ((size_t)4)
#define ZERO() vdupq_n_f32(0)
#define LOAD(p) vld1q_f32(p)
#define LOAD_TAIL(p, n) load_tail(p, n)
#define ADD(a, b) vaddq_f32(a, b)
#define SUB(a, b) vsubq_f32(a, b)
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#define SUM(a) vaddvq_f32(a)
#define QUERY_TILE 4

static inline __attribute__((always_inline)) V load_tail(const float *p, size_t n) {
  float numbers[4] = {0};
  memcpy(numbers, p, n * sizeof(float));
  return vld1q_f32(numbers);
}

#include "kernel_template.h"

#endif
