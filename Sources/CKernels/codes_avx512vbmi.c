#if defined(__x86_64__)

#include <immintrin.h>

#include "code_avx512.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx512vbmi
#define TARGET __attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512vbmi,avx512vbmi2")))
#define TABLE_BYTES (4 * 64)
#define MAKE_TABLE(weights, table) make_table_of_sextets(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_packed(mask, numbers, bound, rows, bounds)
#define COLLECT(...) collect_packed(__VA_ARGS__)

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
add_columns(const uint8_t *columns, const uint8_t *table, size_t count, uint16_t *sums, ptrdiff_t ahead) {
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

// Nothing depends on how many there are, up to 16, which nobody could guess.
static inline __attribute__((always_inline)) TARGET size_t
collect_packed(uint64_t mask, uint64_t members, uint32_t first_row, const uint16_t *sums,
               const uint8_t *screens, uint32_t *rows, int32_t *row_sums, int32_t *row_screens) {
  static const uint8_t numbers[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  const uint64_t even = 0x5555555555555555;
  mask &= _pext_u64(members, even) | _pext_u64(members, ~even) << 32;
  size_t count = (size_t)__builtin_popcountll(mask);
  __m512i places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(numbers));
  const __m512i third = _mm512_loadu_si512(screens + 128);
  size_t at = 0;
  do {
    __m128i few = _mm512_castsi512_si128(places);
    __m512i wide = _mm512_cvtepu8_epi32(few);
    __m512i narrow = _mm512_castsi256_si512(_mm256_cvtepu8_epi16(few));
    __m512i row = _mm512_add_epi32(_mm512_slli_epi32(_mm512_and_si512(wide, _mm512_set1_epi32(31)), 1),
                                   _mm512_srli_epi32(wide, 5));
    __m512i sum = _mm512_permutex2var_epi16(_mm512_loadu_si512(sums), narrow,
                                            _mm512_loadu_si512(sums + 32));
    __m512i screen = _mm512_permutex2var_epi16(_mm512_loadu_si512(screens), narrow,
                                               _mm512_loadu_si512(screens + 64));
    __m512i last = _mm512_permutexvar_epi8(places, third);
    _mm512_storeu_si512(rows + at, _mm512_add_epi32(row, _mm512_set1_epi32((int)first_row)));
    _mm512_storeu_si512(row_sums + at, _mm512_cvtepu16_epi32(_mm512_castsi512_si256(sum)));
    _mm512_storeu_si512(
        row_screens + at,
        _mm512_or_si512(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(screen)),
                        _mm512_slli_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(last)), 16)));
    places = _mm512_alignr_epi32(places, places, 4);
    at += 16;
  } while (__builtin_expect(at < count, 0));
  return count;
}

#include "code_template.h"

#endif
