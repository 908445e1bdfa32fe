#if defined(__x86_64__)

#include <immintrin.h>

#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx512
#define TARGET __attribute__((target("avx2,avx512f,avx512bw")))
#define ADD_GROUPS(codes, table, count, sums) add_groups(codes, table, count, sums)
#define SIGN_BITS(v) sign_bits(v)

// As in codes_avx2.c, with four groups at a time.
static inline __attribute__((always_inline)) TARGET void
add_groups(const uint8_t *codes, const uint8_t *table, size_t count, uint16_t *sums) {
  const __m512i low_half = _mm512_set1_epi8(15);
  __m512i low_all = _mm512_setzero_si512();
  __m512i low_odd = _mm512_setzero_si512();
  __m512i high_all = _mm512_setzero_si512();
  __m512i high_odd = _mm512_setzero_si512();
  for (size_t group = 0; group < count; group += 16) {
    __m512i low = _mm512_setzero_si512();
    __m512i high = _mm512_setzero_si512();
    // Four groups at a time; four entries do not fill a byte.
    for (size_t four = group; four < group + 16; four += 4) {
      __m512i bytes = _mm512_loadu_si512(codes + four * 16);
      __m512i entries = _mm512_loadu_si512(table + four * 16);
      low = _mm512_add_epi8(low, _mm512_shuffle_epi8(entries, _mm512_and_si512(bytes, low_half)));
      high = _mm512_add_epi8(
          high, _mm512_shuffle_epi8(
                    entries, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_half)));
    }
    low_all = _mm512_add_epi16(low_all, low);
    low_odd = _mm512_add_epi16(low_odd, _mm512_srli_epi16(low, 8));
    high_all = _mm512_add_epi16(high_all, high);
    high_odd = _mm512_add_epi16(high_odd, _mm512_srli_epi16(high, 8));
  }
  __m512i even[2] = {_mm512_sub_epi16(low_all, _mm512_slli_epi16(low_odd, 8)),
                     _mm512_sub_epi16(high_all, _mm512_slli_epi16(high_odd, 8))};
  __m512i odd[2] = {low_odd, high_odd};
  for (int half = 0; half < 2; half++) {
    // The four lanes had groups of their own.
    __m256i even_two = _mm256_add_epi16(_mm512_castsi512_si256(even[half]),
                                        _mm512_extracti64x4_epi64(even[half], 1));
    __m256i odd_two = _mm256_add_epi16(_mm512_castsi512_si256(odd[half]),
                                       _mm512_extracti64x4_epi64(odd[half], 1));
    __m128i even_one = _mm_add_epi16(_mm256_castsi256_si128(even_two),
                                     _mm256_extracti128_si256(even_two, 1));
    __m128i odd_one = _mm_add_epi16(_mm256_castsi256_si128(odd_two),
                                    _mm256_extracti128_si256(odd_two, 1));
    _mm_storeu_si128((__m128i *)(sums + half * 16), _mm_unpacklo_epi16(even_one, odd_one));
    _mm_storeu_si128((__m128i *)(sums + half * 16 + 8), _mm_unpackhi_epi16(even_one, odd_one));
  }
}

static inline __attribute__((always_inline)) TARGET uint32_t sign_bits(const i32x16 *v) {
  return _mm512_cmplt_epi32_mask(_mm512_loadu_si512(v), _mm512_setzero_si512());
}

#include "code_template.h"

#endif
