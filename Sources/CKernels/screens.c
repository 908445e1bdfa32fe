#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"

// The same screens on all machines.
#pragma STDC FP_CONTRACT OFF

enum {
  ROWS = APUS_CODE_BLOCK_ROWS,
  SAMPLE_MAX = 1024,
  LEAST = -127,
  MOST = 127,
  UNKNOWN = -128,
  E_MOST = 255,
};

/// Differences of such numbers are finite.
static const float TERM_MAX = 1e30f;

/// What a screen is made of.
typedef struct row_terms {
  bool is_known;
  float a, b, e;
} row_terms;

static row_terms terms_of(const uint8_t *factors, size_t row, size_t width, bool is_product) {
  float values[APUS_COARSE_FACTORS];
  const uint8_t *from = factors + row / ROWS * apus_factor_bytes() + row % ROWS * sizeof(float);
  for (size_t i = 0; i < APUS_COARSE_FACTORS; i++) {
    memcpy(&values[i], from + i * ROWS * sizeof(float), sizeof(float));
  }
  float square = values[0];
  float step = values[1];
  float shift = values[2];
  row_terms terms = {.a = (is_product ? -shift : square) / step, .b = 1 / step};
  // What is left may be next to nothing.
  double left = (double)width - (double)square / step / step;
  terms.e = (float)sqrt((left > 0 ? left : 0) / (double)(width - 1));
  // Nothing is told by the signs of a residual of zeros. A NaN is not below anything.
  terms.is_known = step > 0 && square >= 0 && fabsf(terms.a) < TERM_MAX && terms.b < TERM_MAX &&
                   terms.e < TERM_MAX;
  return terms;
}

static int compare(const void *a, const void *b) {
  float x = *(const float *)a;
  float y = *(const float *)b;
  return (x > y) - (x < y);
}

/// Numbers that most of a sample are within, however far a few are outside.
typedef struct span {
  float least, most;
} span;

static span span_of(float *sample, size_t count) {
  qsort(sample, count, sizeof(float), compare);
  float low = sample[count / 100];
  float middle = sample[count / 2];
  float high = sample[count - 1 - count / 100];
  span wide = {.least = middle - 3 * (middle - low), .most = middle + 3 * (high - middle)};
  return wide;
}

static span within(span wide, span all) {
  span both = {.least = all.least > wide.least ? all.least : wide.least,
               .most = all.most < wide.most ? all.most : wide.most};
  return both;
}

static void widen(span *all, float number) {
  all->least = number < all->least ? number : all->least;
  all->most = number > all->most ? number : all->most;
}

/// The greatest number of steps that stays below.
static int8_t steps(float number, float middle, float step) {
  float count = floorf((number - middle) / step);
  // Rounding may have made it one too many.
  if (middle + step * count > number) { count -= 1; }
  return (int8_t)(count > MOST ? MOST : count < LEAST ? LEAST : count);
}

/// The least number of steps that is not below.
static uint8_t steps_up(float number, float least, float step) {
  float count = ceilf((number - least) / step);
  if (least + step * count < number) { count += 1; }
  return (uint8_t)(count > E_MOST ? E_MOST : count < 0 ? 0 : count);
}

/// The place of a row among those of its block.
static size_t place(size_t slot) { return slot % 2 * (ROWS / 2) + slot / 2; }

static void write_screen(uint8_t *screens, size_t slot, int8_t a, int8_t b, uint8_t e) {
  screens[2 * place(slot)] = (uint8_t)a;
  screens[2 * place(slot) + 1] = (uint8_t)b;
  screens[2 * ROWS + place(slot)] = e;
}

void apus_make_screens(uint8_t *blocks, size_t block_stride, const uint8_t *factors,
                       size_t row_count, size_t width, bool is_product,
                       apus_coarse_screen *screen) {
  float samples[3][SAMPLE_MAX];
  size_t sample_count = 0;
  span all_a = {INFINITY, -INFINITY};
  span all_b = {INFINITY, -INFINITY};
  span all_e = {INFINITY, -INFINITY};
  size_t stride = (row_count + SAMPLE_MAX - 1) / SAMPLE_MAX;
  for (size_t row = 0; row < row_count; row++) {
    row_terms terms = terms_of(factors, row, width, is_product);
    if (!terms.is_known) { continue; }
    widen(&all_a, terms.a);
    widen(&all_b, terms.b);
    widen(&all_e, terms.e);
    if (row % stride != 0) { continue; }
    samples[0][sample_count] = terms.a;
    samples[1][sample_count] = terms.b;
    samples[2][sample_count] = terms.e;
    sample_count++;
  }
  span a = {0, 0};
  span b = {0, 0};
  span e = {0, 0};
  if (sample_count > 0) {
    a = within(span_of(samples[0], sample_count), all_a);
    b = within(span_of(samples[1], sample_count), all_b);
    e = within(span_of(samples[2], sample_count), all_e);
  }
  // A little more than it takes, as rounding may cost a step; steps are positive where all numbers are the same, too.
  float a_scale = fabsf(a.least) + fabsf(a.most);
  float b_scale = fabsf(b.least) + fabsf(b.most);
  float e_scale = fabsf(e.least) + fabsf(e.most);
  apus_coarse_screen made = {
      .a_middle = a.least + (a.most - a.least) / 2,
      .a_step = (a.most - a.least) / 252 + a_scale * 1e-6f + 1e-30f,
      .b_middle = b.least + (b.most - b.least) / 2,
      .b_step = (b.most - b.least) / 252 + b_scale * 1e-6f + 1e-30f,
      .e_least = e.least,
      .e_step = (e.most - e.least) / 253 + e_scale * 1e-6f + 1e-30f,
  };
  size_t end = (row_count + ROWS - 1) / ROWS * ROWS;
  for (size_t row = 0; row < end; row++) {
    uint8_t *screens = blocks + row / ROWS * block_stride + apus_coarse_bytes(width);
    row_terms terms = {.is_known = false};
    if (row < row_count && sample_count > 0) { terms = terms_of(factors, row, width, is_product); }
    if (!terms.is_known || terms.a < a.least || terms.b < b.least || terms.b > b.most ||
        terms.e > e.most) {
      write_screen(screens, row % ROWS, UNKNOWN, UNKNOWN, E_MOST);
      continue;
    }
    int8_t a_steps = steps(terms.a, made.a_middle, made.a_step);
    int8_t b_steps = steps(terms.b, made.b_middle, made.b_step);
    write_screen(screens, row % ROWS, a_steps, b_steps,
                 steps_up(terms.e, made.e_least, made.e_step));
  }
  *screen = made;
}

void apus_copy_screen(const uint8_t *from, size_t from_slot, uint8_t *to, size_t to_slot) {
  const uint8_t *two = from + 2 * place(from_slot);
  write_screen(to, to_slot, (int8_t)two[0], (int8_t)two[1], from[2 * ROWS + place(from_slot)]);
}
