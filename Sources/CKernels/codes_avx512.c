#if defined(__x86_64__)

#include <immintrin.h>

#include "code_nibbles.h"
#include "code_avx512.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx512
#define TARGET __attribute__((target("avx2,avx512f,avx512bw")))
#define TABLE_BYTES NIBBLE_TABLE_BYTES
#define MAKE_TABLE(weights, table) make_nibble_table(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_packed(mask, numbers, bound, rows, bounds)
#define COLLECT(...) collect_each(__VA_ARGS__)

// As in codes_avx2.c, with all rows of a block at a time.
static inline __attribute__((always_inline)) TARGET void
add_columns(const uint8_t *columns, const uint8_t *table, size_t count, uint16_t *sums, ptrdiff_t ahead) {
  const __m512i low_half = _mm512_set1_epi8(15);
  __m512i all = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  for (size_t column = 0; column < count; column += 2) {
    __m512i both = _mm512_setzero_si512();
    for (size_t one = column; one < column + 2; one++) {
      const __m128i *entries = (const __m128i *)(table + one * 32);
      __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128(entries));
      __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128(entries + 1));
      __m512i bytes = _mm512_loadu_si512(columns + one * 64);
      __builtin_prefetch(columns + one * 64 + ahead);
      __m512i first = _mm512_shuffle_epi8(low, _mm512_and_si512(bytes, low_half));
      __m512i second =
          _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_half));
      both = _mm512_add_epi8(both, _mm512_add_epi8(first, second));
    }
    all = _mm512_add_epi16(all, both);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(both, 8));
  }
  store_sums(all, odd, sums);
}

#include "code_template.h"

#endif
