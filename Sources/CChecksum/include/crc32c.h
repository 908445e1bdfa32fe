#ifndef APUS_CRC32C_H
#define APUS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// Bytes of each of the three lanes that are taken at once.
enum { apus_crc32c_lane_bytes = 512 };

// The register of CRC-32C after `count` further bytes. `shift` has four tables of 256 registers: what the register that
// has nothing but the value of its byte `k` becomes after a lane of zero bytes, at `k << 8 | value`.
typedef uint32_t (*apus_crc32c_function)(
  uint32_t crc, const void *bytes, size_t count, const uint32_t *shift);

// With the processor's instructions for it; null where it has none.
apus_crc32c_function apus_crc32c_hardware(void);

#endif
