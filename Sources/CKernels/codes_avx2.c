#if defined(__x86_64__)

#include <immintrin.h>

#include "code_nibbles.h"
#include "code_variants.h"
#include "code_vectors.h"

#define VARIANT avx2
#define TARGET __attribute__((target("avx2")))
#define TABLE_BYTES NIBBLE_TABLE_BYTES
#define MAKE_TABLE(weights, table) make_nibble_table(weights, table)
#define ADD_COLUMNS(columns, table, count, sums, ahead) add_columns(columns, table, count, sums, ahead)
#define SIGN_BITS(v) sign_bits(v)
#define SIGN_BITS_16(v) sign_bits_16(v)
#define KEEP(mask, numbers, bound, rows, bounds) keep_each(mask, numbers, bound, rows, bounds)
#define COLLECT(...) collect_each(__VA_ARGS__)

// Entries of rows with even numbers are added up in the low halves of 16 bits, together with those of odd rows in
// the high halves, and the latter alone once more; a subtraction tells them apart at the end (as in Faiss).
static inline __attribute__((always_inline)) TARGET void
add_columns(const uint8_t *columns, const uint8_t *table, size_t count, uint16_t *sums, ptrdiff_t ahead) {
  const __m256i low_half = _mm256_set1_epi8(15);
  __m256i all[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  __m256i odd[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  // Two columns at a time; four entries do not fill a byte.
  for (size_t column = 0; column < count; column += 2) {
    __m256i both[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t one = column; one < column + 2; one++) {
      const __m128i *entries = (const __m128i *)(table + one * 32);
      __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128(entries));
      __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128(entries + 1));
      __builtin_prefetch(columns + one * 64 + ahead);
      for (int half = 0; half < 2; half++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(columns + one * 64 + half * 32));
        __m256i first = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, low_half));
        __m256i second = _mm256_shuffle_epi8(
            high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half));
        both[half] = _mm256_add_epi8(both[half], _mm256_add_epi8(first, second));
      }
    }
    for (int half = 0; half < 2; half++) {
      all[half] = _mm256_add_epi16(all[half], both[half]);
      odd[half] = _mm256_add_epi16(odd[half], _mm256_srli_epi16(both[half], 8));
    }
  }
  for (int half = 0; half < 2; half++) {
    __m256i *to = (__m256i *)(sums + half * 16);
    _mm256_storeu_si256(to, _mm256_sub_epi16(all[half], _mm256_slli_epi16(odd[half], 8)));
    _mm256_storeu_si256(to + 2, odd[half]);
  }
}

static inline __attribute__((always_inline)) TARGET uint32_t sign_bits(const i32x16 *v) {
  __m256i halves[2];
  __builtin_memcpy(halves, v, sizeof(*v));
  uint32_t low = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(halves[0]));
  uint32_t high = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(halves[1]));
  return low | high << 8;
}

static inline __attribute__((always_inline)) TARGET uint32_t sign_bits_16(const i16x32 *v) {
  __m256i halves[2];
  __builtin_memcpy(halves, v, sizeof(*v));
  // Packed, each half gives 8 bytes to both lanes.
  __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(halves[0], halves[1]), 0xd8);
  return (uint32_t)_mm256_movemask_epi8(bytes);
}

#include "code_template.h"

#endif
