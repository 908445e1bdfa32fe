#pragma once

#include "codes.h"

#if defined(__x86_64__)
extern const apus_code_kernels apus_code_kernels_avx512vbmi;
extern const apus_code_kernels apus_code_kernels_avx512;
extern const apus_code_kernels apus_code_kernels_avx2;
#elif defined(__aarch64__)
extern const apus_code_kernels apus_code_kernels_neon;
#endif
extern const apus_code_kernels apus_code_kernels_portable;
