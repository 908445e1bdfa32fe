#if defined(__x86_64__)

#include <immintrin.h>

#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx2
#define TARGET __attribute__((target("avx2")))
#define ADD_GROUPS(codes, table, count, sums) add_groups(codes, table, count, sums)
#define SIGN_BITS(v) sign_bits(v)

// Entries of rows with even numbers are added up in the low halves of 16 bits, together with those of odd rows in
// the high halves, and the latter alone once more; a subtraction tells them apart at the end (as in Faiss).
static inline __attribute__((always_inline)) TARGET void
add_groups(const uint8_t *codes, const uint8_t *table, size_t count, uint16_t *sums) {
  const __m256i low_half = _mm256_set1_epi8(15);
  __m256i low_all = _mm256_setzero_si256();
  __m256i low_odd = _mm256_setzero_si256();
  __m256i high_all = _mm256_setzero_si256();
  __m256i high_odd = _mm256_setzero_si256();
  for (size_t group = 0; group < count; group += 8) {
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    // Two groups at a time; four entries do not fill a byte.
    for (size_t two = group; two < group + 8; two += 2) {
      __m256i bytes = _mm256_loadu_si256((const __m256i *)(codes + two * 16));
      __m256i entries = _mm256_loadu_si256((const __m256i *)(table + two * 16));
      low = _mm256_add_epi8(low, _mm256_shuffle_epi8(entries, _mm256_and_si256(bytes, low_half)));
      high = _mm256_add_epi8(
          high, _mm256_shuffle_epi8(
                    entries, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half)));
    }
    low_all = _mm256_add_epi16(low_all, low);
    low_odd = _mm256_add_epi16(low_odd, _mm256_srli_epi16(low, 8));
    high_all = _mm256_add_epi16(high_all, high);
    high_odd = _mm256_add_epi16(high_odd, _mm256_srli_epi16(high, 8));
  }
  __m256i low_even = _mm256_sub_epi16(low_all, _mm256_slli_epi16(low_odd, 8));
  __m256i high_even = _mm256_sub_epi16(high_all, _mm256_slli_epi16(high_odd, 8));
  // The two lanes had groups of their own.
  __m128i even[2] = {
      _mm_add_epi16(_mm256_castsi256_si128(low_even), _mm256_extracti128_si256(low_even, 1)),
      _mm_add_epi16(_mm256_castsi256_si128(high_even), _mm256_extracti128_si256(high_even, 1))};
  __m128i odd[2] = {
      _mm_add_epi16(_mm256_castsi256_si128(low_odd), _mm256_extracti128_si256(low_odd, 1)),
      _mm_add_epi16(_mm256_castsi256_si128(high_odd), _mm256_extracti128_si256(high_odd, 1))};
  for (int half = 0; half < 2; half++) {
    __m128i first = _mm_unpacklo_epi16(even[half], odd[half]);
    __m128i second = _mm_unpackhi_epi16(even[half], odd[half]);
    _mm_storeu_si128((__m128i *)(sums + half * 16), first);
    _mm_storeu_si128((__m128i *)(sums + half * 16 + 8), second);
  }
}

static inline __attribute__((always_inline)) TARGET uint32_t sign_bits(const i32x16 *v) {
  __m256i halves[2];
  __builtin_memcpy(halves, v, sizeof(*v));
  uint32_t low = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(halves[0]));
  uint32_t high = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(halves[1]));
  return low | high << 8;
}

#include "code_template.h"

#endif
