#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NIBBLE_TABLE_BYTES = 6 * 16 };

/// Tables of 16 entries, for the low and the high half of each of three bytes. An entry is the sum of the absolute
/// values of those 4 weights whose sign its bits name.
static inline void make_nibble_table(const int8_t *weights, uint8_t *table) {
  for (size_t half = 0; half < 6; half++) {
    for (unsigned entry = 0; entry < 16; entry++) {
      int sum = 0;
      for (unsigned bit = 0; bit < 4; bit++) {
        int weight = weights[half * 4 + bit];
        if ((entry >> bit & 1) == (weight > 0)) { sum += weight < 0 ? -weight : weight; }
      }
      table[half * 16 + entry] = (uint8_t)sum;
    }
  }
}
