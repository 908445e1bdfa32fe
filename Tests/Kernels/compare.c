// Every variant of the kernels that this processor has against the portable one, on random input: codes bit by bit, sums of f32
// within the stated bound. Prints what was compared; exits with 1 at the first difference. scripts/test-kernels runs it for arm64.

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "kernels.h"

enum { ROWS_MAX = 150 };

static uint64_t state = 1;

static uint64_t next(void) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static float number(void) { return (float)(int64_t)next() / 9.2e18f; }

static void *room(size_t bytes) {
  void *memory = calloc(bytes, 1);
  if (!memory) { exit(2); }
  return memory;
}

static void check(bool is_same, const char *what, const char *name, size_t width) {
  if (is_same) { return; }
  printf("%s of %s differs at %zu components\n", what, name, width);
  exit(1);
}

typedef struct outcome {
  float *rotated, *bounds, *lower, *upper, *estimates;
  uint8_t *blocks, *rests, *factors, *fine;
  uint16_t *levels;
  uint32_t *rows;
  size_t found, block_bytes, rest_bytes, factor_bytes, fine_bytes;
  apus_table_terms terms;
} outcome;

/// Whether a scan that puts some rows off finds the same rows and bounds as before, in the same order, each in the list where it
/// belongs.
static bool divides(const apus_code_kernels *k, apus_coarse_scan scan, const outcome *o) {
  enum { BEFORE = 3 };
  size_t size = scan.block_count * 64;
  apus_coarse_later later = {
      // NaN is not above it.
      .limit = o->found > 0 ? o->bounds[o->found / 3] : 0, .first_row = 1000,
      .rows = room((size + BEFORE) * sizeof(uint32_t)),
      .bounds = room((size + BEFORE) * sizeof(float)), .count = BEFORE};
  for (size_t i = 0; i < BEFORE; i++) { later.rows[i] = (uint32_t)i; }
  scan.rows = room(size * sizeof(uint32_t));
  scan.bounds = room(size * sizeof(float));
  scan.later = &later;
  size_t found = k->coarse(&scan);
  bool is_same = found + later.count == o->found + BEFORE;
  for (size_t i = 0; i < BEFORE; i++) { is_same = is_same && later.rows[i] == i; }
  size_t soon = 0;
  size_t late = BEFORE;
  for (size_t i = 0; i < o->found && is_same; i++) {
    bool is_late = o->bounds[i] > later.limit;
    uint32_t row = is_late ? later.rows[late] - later.first_row : scan.rows[soon];
    const float *bound = is_late ? later.bounds + late++ : scan.bounds + soon++;
    is_same = row == o->rows[i] && memcmp(bound, o->bounds + i, sizeof(float)) == 0;
  }
  free(later.rows);
  free(later.bounds);
  free(scan.rows);
  free(scan.bounds);
  return is_same;
}

static int by_row(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a;
  uint32_t y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/// Whether blocks that are looked at by their numbers, in another order and in two parts, have the same rows and bounds.
static bool is_same_by_numbers(const apus_code_kernels *k, apus_coarse_scan scan, const outcome *o) {
  uint32_t numbers[(ROWS_MAX + 63) / 64];
  size_t count = scan.block_count;
  for (size_t i = 0; i < count; i++) {
    size_t at = next() % (i + 1);
    numbers[i] = numbers[at];
    numbers[at] = (uint32_t)i;
  }
  // A row's number, then its bound.
  uint32_t *found = room((count * 64 + 1) * 2 * sizeof(uint32_t));
  uint32_t *rows = room(count * 64 * sizeof(uint32_t));
  float *bounds = room(count * 64 * sizeof(float));
  size_t first = next() % (count + 1);
  size_t all = 0;
  for (int part = 0; part < 2; part++) {
    apus_coarse_scan some = scan;
    some.numbers = numbers + (part == 0 ? 0 : first);
    some.block_count = part == 0 ? first : count - first;
    some.is_followed = part == 0 && first < count;
    some.rows = rows;
    some.bounds = bounds;
    size_t size = some.block_count > 0 ? k->coarse(&some) : 0;
    for (size_t i = 0; i < size; i++, all++) {
      found[2 * all] = rows[i];
      memcpy(&found[2 * all + 1], &bounds[i], sizeof(float));
    }
  }
  uint32_t *expected = room((o->found + 1) * 2 * sizeof(uint32_t));
  for (size_t i = 0; i < o->found; i++) {
    expected[2 * i] = o->rows[i];
    memcpy(&expected[2 * i + 1], &o->bounds[i], sizeof(float));
  }
  qsort(found, all, 2 * sizeof(uint32_t), by_row);
  qsort(expected, o->found, 2 * sizeof(uint32_t), by_row);
  bool is_same = all == o->found && !memcmp(found, expected, all * 2 * sizeof(uint32_t));
  free(expected);
  free(found);
  free(rows);
  free(bounds);
  return is_same;
}

/// Whether the numbers' levels are what they should be.
static bool are_levels(const float *numbers, size_t count, const uint16_t *levels) {
  float least = FLT_MAX;
  for (size_t i = 0; i < count; i++) {
    if (isfinite(numbers[i]) && numbers[i] < least) { least = numbers[i]; }
  }
  for (size_t i = 0; i < count; i++) {
    float above = isfinite(numbers[i]) ? numbers[i] - least : 0;
    uint32_t bits;
    memcpy(&bits, &above, sizeof(bits));
    if (levels[i] != bits >> 19) { return false; }
  }
  return true;
}

/// Whether the two least of what is offered are kept, and whose they are.
static bool keeps_two_least(const apus_code_kernels *k) {
  enum { COUNT = 48, OFFERS = 9 };
  float least[COUNT], second[COUNT], numbers[OFFERS][COUNT];
  uint32_t of_least[COUNT] = {0}, of_second[COUNT] = {0};
  for (size_t i = 0; i < COUNT; i++) { least[i] = second[i] = INFINITY; }
  apus_two_least to = {least, second, of_least, of_second};
  for (size_t offer = 0; offer < OFFERS; offer++) {
    for (size_t i = 0; i < COUNT; i++) {
      numbers[offer][i] = next() % 8 == 0 ? NAN : next() % 8 == 0 ? 0.5f : number();
    }
    k->offer(numbers[offer], COUNT, (uint32_t)offer + 5, &to);
  }
  for (size_t i = 0; i < COUNT; i++) {
    float expected[2] = {INFINITY, INFINITY};
    uint32_t of[2] = {0, 0};
    for (uint32_t offer = 0; offer < OFFERS; offer++) {
      float offered = numbers[offer][i];
      if (offered < expected[0]) {
        expected[1] = expected[0];
        of[1] = of[0];
        expected[0] = offered;
        of[0] = offer + 5;
      } else if (offered < expected[1]) {
        expected[1] = offered;
        of[1] = offer + 5;
      }
    }
    if (least[i] != expected[0] || second[i] != expected[1] || of_least[i] != of[0] || of_second[i] != of[1]) {
      return false;
    }
  }
  return true;
}

static outcome run(const apus_code_kernels *k, size_t width, size_t first_width, size_t count, const float *vectors,
                   const float *query, const float *signs, const uint64_t *members,
                   bool is_product, float threshold, float spread, bool is_screened,
                   bool has_glance) {
  size_t block_count = (count + 63) / 64;
  size_t stride = apus_coarse_bytes(first_width) + apus_screen_bytes();
  size_t row_rest_bytes = (width - first_width) / 8;
  outcome o = {0};
  o.block_bytes = block_count * stride;
  o.rest_bytes = block_count * apus_rest_bytes(first_width, width);
  o.factor_bytes = block_count * apus_factor_bytes();
  o.fine_bytes = count * apus_fine_row_bytes(width);
  o.rotated = room((count + 1) * width * sizeof(float));
  o.blocks = room(o.block_bytes);
  size_t column_stride = apus_coarse_bytes(width) + apus_screen_bytes();
  uint8_t *columns = room(block_count * column_stride);
  o.rests = room(o.rest_bytes + 1);
  o.factors = room(o.factor_bytes);
  o.fine = room(o.fine_bytes);
  o.rows = room(block_count * 64 * sizeof(uint32_t));
  o.bounds = room(block_count * 64 * sizeof(float));
  o.lower = room(count * sizeof(float));
  o.upper = room(count * sizeof(float));
  memcpy(o.rotated, vectors, count * width * sizeof(float));
  memcpy(o.rotated + count * width, query, width * sizeof(float));
  for (size_t row = 0; row <= count; row++) { k->rotate(o.rotated + row * width, signs, width); }
  for (size_t row = 0; row < count; row++) {
    k->encode(o.rotated + row * width, width, vectors[row * width],
              columns + row / 64 * column_stride, o.factors + row / 64 * apus_factor_bytes(), row % 64,
              o.fine + row * apus_fine_row_bytes(width));
  }
  apus_coarse_screen screen;
  apus_make_screens(columns, column_stride, o.factors, count, width, is_product, &screen);
  for (size_t b = 0; b < block_count; b++) {
    apus_split_block(columns + b * column_stride, width, first_width, o.blocks + b * stride,
                     o.rests + b * apus_rest_bytes(first_width, width));
  }
  free(columns);
  const float *rotated_query = o.rotated + count * width;
  uint8_t *table = room(apus_table_bytes(k, width, first_width));
  k->make_table(rotated_query, width, first_width, table, &o.terms);
  apus_coarse_scan scan = {
      .blocks = o.blocks, .factors = o.factors, .block_stride = stride,
      .factor_stride = apus_factor_bytes(), .first_width = first_width,
      .rests = row_rest_bytes > 0 ? o.rests : NULL, .has_screens = is_screened, .screen = screen,
      .block_count = block_count, .row_count = count, .width = width,
      .members = members, .table = table, .is_product = is_product, .base = 1.5f,
      .slope = 2 * o.terms.slope, .offset = 2 * o.terms.offset, .spread = spread, .table_variance = 0.01f,
      .first_share = o.terms.first_share, .first_offset = 2 * o.terms.first_offset,
      .has_glance = has_glance, .glance_share = o.terms.glance_share, .glance_offset = 2 * o.terms.glance_offset,
      .threshold = threshold, .rows = o.rows, .bounds = o.bounds};
  o.found = k->coarse(&scan);
  check(divides(k, scan, &o), "rows put off", k->name, width);
  check(is_same_by_numbers(k, scan, &o), "blocks by their numbers", k->name, width);
  o.estimates = room(block_count * 64 * sizeof(float));
  o.levels = room(block_count * 64 * sizeof(uint16_t));
  if (first_width == width) { k->estimate(&scan, o.estimates); }
  k->level(o.estimates, count, o.levels);
  check(are_levels(o.estimates, count, o.levels), "levels", k->name, width);
  free(table);
  uint32_t all[ROWS_MAX];
  for (size_t row = 0; row < count; row++) { all[row] = (uint32_t)row; }
  apus_fine_scan fine = {
      .codes = o.fine, .width = width, .rows = all, .row_count = count, .query = rotated_query,
      .is_product = is_product, .base = 1.5f, .slope = 2, .spread = 3, .lower = o.lower,
      .upper = o.upper};
  k->fine(&fine);
  return o;
}

static void release(outcome *o) {
  void *all[] = {o->rotated, o->bounds,  o->lower, o->upper,     o->blocks, o->fine,
                 o->rests,   o->factors, o->rows,  o->estimates, o->levels};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) { free(all[i]); }
}

/// Whether every row of one outcome is in the other, with a bound that is not greater but for rounding.
static bool is_superset(const outcome *all, const outcome *some) {
  for (size_t i = 0; i < some->found; i++) {
    size_t at = 0;
    while (at < all->found && all->rows[at] != some->rows[i]) { at++; }
    if (at == all->found) { return false; }
    float above = all->bounds[at] - some->bounds[i];
    bool is_above = all->bounds[at] > some->bounds[i] && above > 1e-4f * (1 + fabsf(some->bounds[i]));
    if (is_above) { return false; }
  }
  return true;
}

/// Whether every row of one outcome is in the other.
static bool has_rows(const outcome *all, const outcome *some) {
  for (size_t i = 0; i < some->found; i++) {
    size_t at = 0;
    while (at < all->found && all->rows[at] != some->rows[i]) { at++; }
    if (at == all->found) { return false; }
  }
  return true;
}

static void compare_codes(const apus_code_kernels *k, const apus_code_kernels *portable,
                          size_t width, size_t first_width) {
  size_t count = 1 + next() % ROWS_MAX;
  float *vectors = room((count + 1) * width * sizeof(float));
  float *signs = room(4 * width * sizeof(float));
  for (size_t i = 0; i < (count + 1) * width; i++) { vectors[i] = number(); }
  for (size_t i = 0; i < 4 * width; i++) { signs[i] = next() & 1 ? 1.0f : -1.0f; }
  memset(vectors + count / 2 * width, 0, width * sizeof(float));
  if (count > 3) { vectors[width] = INFINITY; }
  uint64_t members[(ROWS_MAX + 63) / 64];
  for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) { members[i] = next() | next(); }
  const float thresholds[] = {INFINITY, (float)width / 3, 1.4f};
  for (int which = 0; which < 48; which++) {
    float threshold = thresholds[which % 24 / 8];
    bool has_glance = which >= 24;
    if (has_glance && !(which & 4)) { continue; }
    outcome o[2];
    for (int i = 0; i < 2; i++) {
      o[i] = run(i == 0 ? k : portable, width, first_width, count, vectors, vectors + count * width, signs,
                 which & 1 ? members : NULL, which & 2, threshold, 1, which & 4, has_glance);
    }
    // What is looked up together is the same as with all components in columns.
    if (!(which & 4) && first_width < width && first_width % 24 == 0) {
      outcome columns = run(portable, width, width, count, vectors, vectors + count * width, signs,
                            which & 1 ? members : NULL, which & 2, threshold, 1, false, false);
      bool is_same = o[0].found == columns.found && !memcmp(o[0].rows, columns.rows, columns.found * 4) &&
                     !memcmp(o[0].bounds, columns.bounds, columns.found * 4);
      check(is_same, "scan with rests", k->name, width);
      release(&columns);
    }
    // By a part of the components a few are lost by chance, but none by so many deviations.
    if ((which & 4) && (first_width < width || has_glance)) {
      float most = 300 * sqrtf((float)width);
      outcome both[2];
      for (int i = 0; i < 2; i++) {
        both[i] = run(i == 0 ? k : portable, width, i == 0 ? first_width : width, count, vectors,
                      vectors + count * width, signs, which & 1 ? members : NULL, which & 2,
                      threshold, most, i == 0, has_glance);
      }
      check(has_rows(&both[0], &both[1]), "screened rows with rests or a glance", k->name, width);
      release(&both[0]);
      release(&both[1]);
    }
    if ((which & 4) && first_width == width && !has_glance) {
      outcome plain = run(portable, width, width, count, vectors, vectors + count * width, signs,
                          which & 1 ? members : NULL, which & 2, threshold, 1, false, false);
      check(is_superset(&o[0], &plain), "screened rows", k->name, width);
      release(&plain);
    }
    bool same_found = o[0].found == o[1].found;
    check(!memcmp(o[0].rotated, o[1].rotated, (count + 1) * width * 4), "rotation", k->name, width);
    check(!memcmp(o[0].blocks, o[1].blocks, o[0].block_bytes), "coarse code", k->name, width);
    check(!memcmp(o[0].factors, o[1].factors, o[0].factor_bytes), "factors", k->name, width);
    check(!memcmp(o[0].fine, o[1].fine, o[0].fine_bytes), "fine code", k->name, width);
    check(!memcmp(o[0].rests, o[1].rests, o[0].rest_bytes), "rests", k->name, width);
    check(!memcmp(&o[0].terms, &o[1].terms, sizeof(o[0].terms)), "table", k->name, width);
    check(same_found && !memcmp(o[0].rows, o[1].rows, o[0].found * 4), "rows", k->name, width);
    check(!memcmp(o[0].bounds, o[1].bounds, o[0].found * 4), "bounds", k->name, width);
    check(!memcmp(o[0].estimates, o[1].estimates, (count + 63) / 64 * 64 * 4), "estimates", k->name, width);
    check(!memcmp(o[0].levels, o[1].levels, count * sizeof(uint16_t)), "levels", k->name, width);
    check(!memcmp(o[0].lower, o[1].lower, count * 4), "lower", k->name, width);
    check(!memcmp(o[0].upper, o[1].upper, count * 4), "upper", k->name, width);
    for (int i = 0; i < 2; i++) { release(&o[i]); }
  }
  free(vectors);
  free(signs);
}

static void compare_sums(const apus_kernels *k, size_t dimension) {
  enum { QUERIES = 3, ROWS = 9 };
  float *queries = room(QUERIES * dimension * sizeof(float));
  float *rows = room(ROWS * dimension * sizeof(float));
  for (size_t i = 0; i < QUERIES * dimension; i++) { queries[i] = number(); }
  for (size_t i = 0; i < ROWS * dimension; i++) { rows[i] = number(); }
  const uint32_t some[5] = {8, 0, 3, 3, 7};
  for (int which = 0; which < 4; which++) {
    size_t count = which & 1 ? 5 : ROWS;
    float results[QUERIES * ROWS];
    apus_f32_block block = {
        .queries = queries, .query_count = QUERIES, .rows = rows,
        .row_numbers = which & 1 ? some : NULL, .row_count = count, .dimension = dimension,
        .results = results, .result_stride = ROWS};
    (which & 2 ? k->dot : k->squared_l2)(&block);
    for (size_t q = 0; q < QUERIES; q++) {
      for (size_t r = 0; r < count; r++) {
        const float *a = queries + q * dimension;
        const float *b = rows + (which & 1 ? some[r] : r) * dimension;
        double sum = 0, size = 0;
        for (size_t i = 0; i < dimension; i++) {
          double term = which & 2 ? (double)a[i] * b[i]
                                  : ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
          sum += term;
          size += fabs(term);
        }
        double bound = ((double)dimension / 8 + 8) * ldexp(1, -24) * size;
        check(fabs(results[q * ROWS + r] - sum) <= bound, "a sum", k->name, dimension);
      }
    }
  }
  check(k->all_finite(rows, ROWS * dimension), "finite", k->name, dimension);
  rows[next() % (ROWS * dimension)] = next() & 1 ? NAN : INFINITY;
  check(!k->all_finite(rows, ROWS * dimension), "not finite", k->name, dimension);
  free(queries);
  free(rows);
}

int main(void) {
  size_t last = 0;
  while (apus_code_kernels_at(last + 1)) { last++; }
  const apus_code_kernels *portable = apus_code_kernels_at(last);
  for (size_t i = 0; i < last; i++) {
    const apus_code_kernels *k = apus_code_kernels_at(i);
    for (size_t width = 64; width <= 1536; width += 64) {
      compare_codes(k, portable, width, width);
      for (size_t first = width % 128 + 64; first < width; first += 64 + next() % 8 * 64) {
        if ((width - first) % 128 == 0) { compare_codes(k, portable, width, first); }
      }
    }
    // From 4,160 on sums go over several stretches of columns.
    const size_t wide[] = {2112, 4096, 4160, 4224, 8320};
    for (size_t j = 0; j < sizeof(wide) / sizeof(wide[0]); j++) {
      compare_codes(k, portable, wide[j], wide[j]);
      if (wide[j] <= APUS_RESTS_WIDTH_MAX) { compare_codes(k, portable, wide[j], 512 + wide[j] % 128); }
    }
    for (int round = 0; round < 100; round++) {
      check(keeps_two_least(k) && keeps_two_least(portable), "the two least", k->name, 0);
    }
    printf("codes: %s gives the same bits as %s\n", k->name, portable->name);
  }
  for (size_t i = 0; apus_kernels_at(i); i++) {
    for (size_t dimension = 1; dimension <= 400; dimension++) {
      compare_sums(apus_kernels_at(i), dimension);
    }
    printf("sums: %s is right within its bound\n", apus_kernels_at(i)->name);
  }
  return 0;
}
