#include "kernels.h"

#include "variants.h"

enum { VARIANT_MAX = 4 };

const apus_kernels *apus_kernels_at(size_t index) {
  // Found anew each time: callers ask once and keep the table, so that no state is shared here.
  const apus_kernels *available[VARIANT_MAX];
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) {
    available[count++] = &apus_kernels_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    available[count++] = &apus_kernels_avx2;
  }
#elif defined(__aarch64__)
  available[count++] = &apus_kernels_neon;
#endif
  available[count++] = &apus_kernels_portable;
  return index < count ? available[index] : NULL;
}
