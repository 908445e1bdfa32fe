#pragma once

#include "kernels.h"

#if defined(__x86_64__)
extern const apus_kernels apus_kernels_avx512;
extern const apus_kernels apus_kernels_avx2;
#elif defined(__aarch64__)
extern const apus_kernels apus_kernels_neon;
#endif
extern const apus_kernels apus_kernels_portable;
