#include "crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#define APUS_TARGET __attribute__((target("sse4.2")))
#define APUS_WORD(crc, word) ((uint32_t)__builtin_ia32_crc32di(crc, word))
#define APUS_BYTE(crc, byte) __builtin_ia32_crc32qi(crc, byte)
#elif defined(__aarch64__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#ifdef __clang__
#define APUS_TARGET __attribute__((target("crc")))
#else
#define APUS_TARGET __attribute__((target("+crc")))
#endif
#define APUS_WORD(crc, word) __builtin_arm_crc32cd(crc, word)
#define APUS_BYTE(crc, byte) __builtin_arm_crc32cb(crc, byte)
#if defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif
#endif

#ifdef APUS_TARGET

static inline uint64_t load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

static inline uint32_t shifted(uint32_t crc, const uint32_t *shift) {
  return shift[crc & 0xff] ^ shift[0x100 | (crc >> 8 & 0xff)] ^ shift[0x200 | (crc >> 16 & 0xff)] ^
         shift[0x300 | crc >> 24];
}

// An instruction takes three cycles, and each cycle can begin one: three lanes at once. The later two begin at zero: the
// register is linear, so that theirs are added to what the earlier ones are after as many zero bytes.
APUS_TARGET static uint32_t hardware(
  uint32_t crc, const void *start, size_t count, const uint32_t *shift) {
  const uint8_t *bytes = start;
  const size_t lane = apus_crc32c_lane_bytes;
  while (count >= 3 * lane) {
    uint32_t a = crc, b = 0, c = 0;
    for (size_t i = 0; i < lane; i += 8) {
      a = APUS_WORD(a, load(bytes + i));
      b = APUS_WORD(b, load(bytes + lane + i));
      c = APUS_WORD(c, load(bytes + 2 * lane + i));
    }
    crc = shifted(shifted(a, shift) ^ b, shift) ^ c;
    bytes += 3 * lane;
    count -= 3 * lane;
  }
  for (; count >= 8; bytes += 8, count -= 8) { crc = APUS_WORD(crc, load(bytes)); }
  for (; count > 0; bytes += 1, count -= 1) { crc = APUS_BYTE(crc, *bytes); }
  return crc;
}

#endif

apus_crc32c_function apus_crc32c_hardware(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") ? hardware : 0;
#elif defined(APUS_TARGET) && defined(__linux__)
  return getauxval(AT_HWCAP) & HWCAP_CRC32 ? hardware : 0;
#elif defined(APUS_TARGET) && defined(__APPLE__)
  return hardware;
#else
  return 0;
#endif
}
