#if defined(__x86_64__)

#include <immintrin.h>

#include "code_avx512.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx512vbmi
#define TARGET __attribute__((target("avx2,avx512f,avx512bw,avx512vbmi")))
#define TABLE_BYTES (4 * 64)
#define MAKE_TABLE(weights, table) make_table_of_sextets(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_packed(mask, numbers, bound, rows, bounds)

static inline __attribute__((always_inline)) TARGET void
make_table_of_sextets(const int8_t *weights, uint8_t *table) {
  static const uint8_t sextets[4][6] = SEXTETS;
  // Which of the numbers from 0 to 63 have the bit.
  static const uint64_t numbers[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                      0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};
  for (size_t i = 0; i < 4; i++) {
    __m512i entries = _mm512_setzero_si512();
    for (size_t bit = 0; bit < 6; bit++) {
      int weight = weights[sextets[i][bit]];
      uint64_t agree = weight > 0 ? numbers[bit] : ~numbers[bit];
      char absolute = (char)(weight < 0 ? -weight : weight);
      entries = _mm512_mask_add_epi8(entries, agree, entries, _mm512_set1_epi8(absolute));
    }
    _mm512_storeu_si512(table + i * 64, entries);
  }
}

// What three columns choose: each lookup of a whole register has 64 entries, for 6 components.
static inline __attribute__((always_inline)) TARGET __m512i
three_columns(__m512i first, __m512i second, __m512i third, const uint8_t *table) {
  // Above the 6 bits of an index may be anything.
  const __m512i from_first = _mm512_set1_epi8(0x30);
  const __m512i from_third = _mm512_set1_epi8(0x03);
  // 0xca: for each bit of the first operand that is set the second's, else the third's.
  __m512i rest = _mm512_ternarylogic_epi32(
      from_first, _mm512_srli_epi16(first, 2), _mm512_srli_epi16(second, 4), 0xca);
  rest = _mm512_ternarylogic_epi32(from_third, _mm512_srli_epi16(third, 6), rest, 0xca);
  __m512i a = _mm512_permutexvar_epi8(first, _mm512_loadu_si512(table));
  __m512i b = _mm512_permutexvar_epi8(second, _mm512_loadu_si512(table + 64));
  __m512i c = _mm512_permutexvar_epi8(third, _mm512_loadu_si512(table + 128));
  __m512i d = _mm512_permutexvar_epi8(rest, _mm512_loadu_si512(table + 192));
  // Four entries do not fill a byte.
  return _mm512_add_epi8(_mm512_add_epi8(a, b), _mm512_add_epi8(c, d));
}

// Sums of even and odd rows as in codes_avx2.c.
static inline __attribute__((always_inline)) TARGET void
add_columns(const uint8_t *columns, const uint8_t *table, size_t count, uint16_t *sums, size_t ahead) {
  __m512i all = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  size_t column = 0;
  for (; column + 3 <= count; column += 3) {
    const uint8_t *from = columns + column * 64;
    __builtin_prefetch(from + ahead);
    __builtin_prefetch(from + ahead + 64);
    __builtin_prefetch(from + ahead + 128);
    __m512i three =
        three_columns(_mm512_loadu_si512(from), _mm512_loadu_si512(from + 64),
                      _mm512_loadu_si512(from + 128), table);
    all = _mm512_add_epi16(all, three);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(three, 8));
    table += TABLE_BYTES;
  }
  if (column < count) {
    const uint8_t *from = columns + column * 64;
    // Components that are not there have no weight.
    __m512i none = _mm512_setzero_si512();
    __m512i second = column + 1 < count ? _mm512_loadu_si512(from + 64) : none;
    __m512i three = three_columns(_mm512_loadu_si512(from), second, none, table);
    all = _mm512_add_epi16(all, three);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(three, 8));
  }
  store_sums(all, odd, sums);
}

#include "code_template.h"

#endif
