// The scan of coarse codes by the rows' screens: a part of code_template.h, in the same terms.
//
// Sums of 16 bits are compared with what a row's screen asks for. The few rows that pass are collected, and their bounds
// are made 16 by 16 of the three bytes; the factors are looked at only where these tell nothing.

// Of two vectors of 16 floats the components of the first where the mask, of i32, has all bits, and else of the second.
#define SELECT(mask, a, b) ((f32x16)(((mask) & (i32x16)(a)) | (~(mask) & (i32x16)(b))))

enum {
  // Rows that passed their screens and wait for their bounds.
  PASSED_MAX = 256,
  PASSED_ROOM = PASSED_MAX + BLOCK_ROWS + LANES,
  // Blocks whose sums stay in the first-level cache; a bit each.
  SCREENED_BLOCKS = 32,
};

// Of base and threshold, and of the terms of a bound: sums of f32 are off by less.
static const double rounding = 2e-6;
static const float inverse_min = 1e-30f;

// How to look at rows by their screens. Of interest may be those with a sum of at least
// least + (first byte * of_a + second byte * of_b) / 256 - third byte * of_e / 512.
typedef struct NAME(screening) {
  int16_t least, of_a, of_b, of_e;
  // What bounds have in common beside a, how large its parts are, how much the third byte takes away, and base, less
  // what rounding may cost.
  float rest, sizes, e_step, base;
} NAME(screening);

// What rows' sums must be at least, all components together, as `screening` has it.
typedef struct NAME(terms) {
  double least, of_a, of_b, of_e;
  // Whether more is asked of rows with a greater second byte.
  bool is_away;
} NAME(terms);

// What is asked of the sums of all components, or of those of a part that has a share of the query's squared length.
// False where that is out of range.
INLINE bool NAME(ask)(const NAME(terms) *terms, double share, double least, NAME(screening) *to) {
  double of_a = floor(share * terms->of_a);
  double of_b = floor(share * terms->of_b);
  double of_e = ceil(share * terms->of_e);
  // b is between two numbers that are a step apart: the one that gives less. The first byte counts as a part of the
  // second one.
  least += terms->is_away ? -of_b / 256 : of_b / 256;
  // Each of four numbers is rounded, and the three factors.
  least = floor(least - 5);
  // A NaN is not within a range.
  bool fits = least >= INT16_MIN && of_a >= 0 && of_a <= INT16_MAX && of_b >= INT16_MIN &&
              of_b <= INT16_MAX && of_e >= 0 && of_e <= INT16_MAX;
  if (!fits) { return false; }
  to->least = (int16_t)(least > INT16_MAX ? INT16_MAX : least);
  to->of_a = (int16_t)of_a;
  to->of_b = (int16_t)of_b;
  to->of_e = (int16_t)of_e;
  return true;
}

// The same of a part, of which sums are relative to another offset.
//
// A row's product with the query is told by all signs with the variance e^2 (all lengths are 1), and by those of components
// that have a share of the query's squared length with 1 / share - 1 + e^2: the others' product is not known, nor its part of
// what their signs would tell. What all have to add up to is less by `spread` of the former deviation already.
INLINE bool NAME(ask_part)(const apus_coarse_scan *s, const NAME(terms) *terms, double share, double offset,
                           NAME(screening) *to) {
  double e_square = (double)s->screen.e_least * s->screen.e_least + s->table_variance;
  double spread = s->spread * (sqrt(1 / share - 1 + e_square) - sqrt(e_square));
  double least = share * terms->least + (share * (s->offset - spread) - offset) / s->slope;
  return NAME(ask)(terms, share, least, to);
}

// How to look at rows by their screens, and where there is a glance, at that. False where screens do not help; where the glance does
// not, that is so.
static TARGET bool NAME(screening_of)(const apus_coarse_scan *s, NAME(screening) *to,
                                      NAME(screening) *glance, bool *has_glance) {
  const apus_coarse_screen *screen = &s->screen;
  if (!s->has_screens || s->width / 8 > COLUMNS_MAX || !(s->slope > 0)) { return false; }
  double base = s->base;
  double threshold = s->threshold;
  // A row is of interest if base + step * (a - slope * t - offset) - spread * error <= threshold. Sums of f32 are not
  // exact.
  double away = base - threshold - rounding * (fabs(base) + fabs(threshold));
  // The error of a row is no more than a straight line between those with the least and the greatest e.
  double e_most = screen->e_least + 255.0 * screen->e_step;
  double error = s->spread * sqrt((double)screen->e_least * screen->e_least + s->table_variance);
  double error_most = s->spread * sqrt(e_most * e_most + s->table_variance);
  double error_step = (error_most - error) / 255;
  double rest = screen->a_middle - error - s->offset;
  double inverse_slope = 1 / (double)s->slope;
  NAME(terms) terms = {
      .least = (rest + away * screen->b_middle) * inverse_slope,
      .of_a = 256 * screen->a_step * inverse_slope,
      .of_b = 256 * away * screen->b_step * inverse_slope,
      .of_e = 512 * error_step * inverse_slope,
      .is_away = !(away < 0),
  };
  bool fits = s->rests ? NAME(ask_part)(s, &terms, s->first_share, s->first_offset, to)
                       : NAME(ask)(&terms, 1, terms.least, to);
  if (!fits) { return false; }
  to->rest = (float)rest;
  to->sizes = (float)(fabs(screen->a_middle) + error + fabs(s->offset));
  to->base = (float)(base - rounding * (fabs(base) + fabs(threshold)));
  to->e_step = (float)error_step;
  *has_glance = s->has_glance && apus_glance_width(s->first_width) > 0 && s->glance_share > 0 &&
                NAME(ask_part)(s, &terms, s->glance_share, s->glance_offset, glance);
  return true;
}

// Which rows may be of interest by the sums of their columns: of those with even numbers, and of those with odd ones.
INLINE void NAME(screen)(const NAME(screening) *by, const uint16_t *sums, const uint8_t *screens,
                         uint32_t masks[2]) {
  i16x32 zero = {0};
  UNROLL for (size_t half = 0; half < 2; half++) {
    LOAD(i16x32, both, screens + half * BLOCK_ROWS);
    LOAD(u8x32, third, screens + 2 * BLOCK_ROWS + half * BLOCK_ROWS / 2);
    LOAD(u16x32, sum, sums + half * BLOCK_ROWS / 2);
    i16x32 e = __builtin_convertvector(third, i16x32) << 7;
    i32x32 a = __builtin_convertvector(both << 8, i32x32) * by->of_a >> 16;
    i32x32 b = __builtin_convertvector(both, i32x32) * by->of_b >> 16;
    i32x32 less = __builtin_convertvector(e, i32x32) * by->of_e >> 16;
    i16x32 least =
        __builtin_elementwise_add_sat(zero + by->least, __builtin_convertvector(a, i16x32));
    least = __builtin_elementwise_add_sat(least, __builtin_convertvector(b, i16x32));
    least = __builtin_elementwise_sub_sat(least, __builtin_convertvector(less, i16x32));
    least = __builtin_elementwise_max(least, zero);
    // Of those with -128 in both bytes the screen tells nothing.
    i16x32 of_interest = (i16x32)(sum >= (u16x32)least) | (both == zero - 0x7f80);
    masks[half] = SIGN_BITS_16(&of_interest);
  }
}

// As bound_16, of one row.
INLINE float NAME(bound_1)(const apus_coarse_scan *s, size_t row, float sum) {
  const uint8_t *factors = s->factors + row / BLOCK_ROWS * s->factor_stride;
  float square, step, shift;
  memcpy(&square, factors + row % BLOCK_ROWS * sizeof(float), sizeof(float));
  memcpy(&step, factors + (BLOCK_ROWS + row % BLOCK_ROWS) * sizeof(float), sizeof(float));
  memcpy(&shift, factors + (2 * BLOCK_ROWS + row % BLOCK_ROWS) * sizeof(float), sizeof(float));
  float step_square = step * step;
  float variance = step_square * (float)s->width - square;
  variance = (variance > 0 ? variance : 0) * (1.0f / (float)(s->width - 1));
  variance += step_square * s->table_variance;
  float added = (s->is_product ? 0 - shift : square) + s->base;
  return added - step * (sum * s->slope + s->offset) - sqrtf(variance) * s->spread;
}

// Rows that passed their screens.
typedef struct NAME(passed) {
  size_t count;
  // Of those before these.
  size_t taken;
  uint32_t rows[PASSED_ROOM];
  int32_t sums[PASSED_ROOM];
  // The first byte lowest, then the second and the third one.
  int32_t screens[PASSED_ROOM];
} NAME(passed);

// Adds the rests of the first rows to their sums.
INLINE void NAME(complete)(const apus_coarse_scan *s, NAME(passed) *passed, size_t end) {
  for (size_t first = 0; first < end; first += BLOCK_ROWS) {
    size_t count = end - first < BLOCK_ROWS ? end - first : BLOCK_ROWS;
    uint16_t rests[BLOCK_ROWS];
    NAME(add_rests)(s, passed->rows + first, count, rests);
    for (size_t i = 0; i * LANES < count; i++) {
      u16x16 narrow;
      NAME(in_order)(rests, i, &narrow);
      LOAD(i32x16, sums, passed->sums + first + i * LANES);
      sums += __builtin_convertvector(narrow, i32x16);
      STORE(passed->sums + first + i * LANES, sums);
    }
  }
}

// Writes those with a lower bound that is not above the threshold, as bound_16 does; 16 by 16, but for the last.
static TARGET size_t NAME(take)(const apus_coarse_scan *s, const NAME(screening) *by,
                                NAME(passed) *passed, size_t found, bool are_last) {
  f32x16 zero = {0};
  size_t end = are_last ? passed->count : passed->count / LANES * LANES;
  if (s->rests) { NAME(complete)(s, passed, end); }
  for (size_t i = 0; i < end; i += LANES) {
    LOAD(i32x16, sums, passed->sums + i);
    LOAD(i32x16, screens, passed->screens + i);
    i32x16 as = screens << 24 >> 24;
    i32x16 bs = screens << 16 >> 24;
    i32x16 es = screens >> 16;
    f32x16 a = __builtin_convertvector(as, f32x16) * s->screen.a_step;
    f32x16 error = __builtin_convertvector(es, f32x16) * by->e_step;
    f32x16 product = __builtin_convertvector(sums, f32x16) * s->slope;
    f32x16 terms = __builtin_elementwise_abs(a) + __builtin_elementwise_abs(error) +
                   __builtin_elementwise_abs(product) + by->sizes;
    f32x16 distance = a + by->rest - error - product - terms * (float)rounding;
    // Of a positive number the least share is that of the greatest b.
    i32x16 is_positive = distance > zero;
    f32x16 b = __builtin_convertvector(bs, f32x16);
    b = SELECT(is_positive, b + 1.0f, b) * s->screen.b_step + s->screen.b_middle;
    f32x16 bound = distance / __builtin_elementwise_max(b, zero + inverse_min) + by->base;
    size_t left = end - i;
    uint32_t all = left < LANES ? (1u << left) - 1 : 0xffff;
    i32x16 is_unknown = bs == (i32x16){0} + INT8_MIN;
    for (uint32_t unknown = SIGN_BITS(&is_unknown) & all; unknown != 0; unknown &= unknown - 1) {
      // Of these only the factors tell.
      size_t lane = (size_t)__builtin_ctz(unknown);
      bound[lane] = NAME(bound_1)(s, passed->rows[i + lane], (float)sums[lane]);
    }
    i32x16 above = bound > s->threshold;
    uint32_t mask = ~SIGN_BITS(&above) & all;
    // Before these came a multiple of 16, of which no more were found, so that all 16 have room.
    mask = NAME(put_off)(s->later, mask, passed->rows + i, &bound);
    KEEP(mask, passed->rows + i, &bound, s->rows + found, s->bounds + found);
    found += (size_t)__builtin_popcount(mask);
  }
  passed->taken += end;
  passed->count -= end;
  for (size_t i = 0; i < passed->count; i++) {
    passed->rows[i] = passed->rows[end + i];
    passed->sums[i] = passed->sums[end + i];
    passed->screens[i] = passed->screens[end + i];
  }
  return found;
}

// Adds the rows of a block that passed: even ones in the low half of the mask, odd ones in the high one.
INLINE void NAME(add_passed)(const apus_coarse_scan *s, NAME(passed) *passed, uint64_t mask, uint64_t members,
                             size_t block, const uint16_t *sums, const uint8_t *screens) {
  size_t first = passed->count;
  size_t rest_bytes = (s->width - s->first_width) / 8;
  passed->count += COLLECT(mask, members, (uint32_t)(block * BLOCK_ROWS), sums, screens,
                           passed->rows + first, passed->sums + first, passed->screens + first);
  // The rests of those that are there.
  for (size_t i = first; i < passed->count && rest_bytes > 0; i++) {
    apus_prefetch_bytes(s->rests + passed->rows[i] * rest_bytes, rest_bytes);
  }
}

// Which of some blocks have rows that may be of interest by a glance, a bit each; their sums are those of the glance's columns.
INLINE uint32_t NAME(glance)(const apus_coarse_scan *s, const NAME(screening) *by, size_t first, size_t count,
                             uint16_t sums[][BLOCK_ROWS]) {
  size_t screens_at = s->first_width / 8 * BLOCK_ROWS;
  size_t columns = apus_glance_width(s->first_width) / 8;
  uint32_t open = 0;
  for (size_t b = 0; b < count; b++) {
    const uint8_t *block = s->blocks + NAME(number)(s, first + b) * s->block_stride;
    ptrdiff_t ahead = NAME(ahead)(s, first + b);
    // The screens are not behind what is read of the columns.
    for (size_t at = 0; at < 3; at++) { __builtin_prefetch(block + ahead + screens_at + at * BLOCK_ROWS); }
    ADD_COLUMNS(block, s->table, columns, sums[b], ahead);
    uint32_t halves[2];
    NAME(screen)(by, sums[b], block + screens_at, halves);
    open |= (uint32_t)((halves[0] | halves[1]) != 0) << b;
  }
  return open;
}

// Adds the columns of an open block that the glance did not look at.
INLINE void NAME(add_others)(const apus_coarse_scan *s, const uint8_t *block, ptrdiff_t ahead, uint16_t *sums) {
  size_t width = apus_glance_width(s->first_width);
  uint16_t others[BLOCK_ROWS];
  ADD_COLUMNS(block + width / 8 * BLOCK_ROWS, s->table + width / TRIPLE_COMPONENTS * TABLE_BYTES,
              (s->first_width - width) / 8, others, ahead);
  UNROLL for (size_t half = 0; half < BLOCK_ROWS; half += BLOCK_ROWS / 2) {
    LOAD(u16x32, more, others + half);
    LOAD(u16x32, sum, sums + half);
    sum += more;
    STORE(sums + half, sum);
  }
}

// Screens some blocks before it looks at what passed: a branch that was guessed wrongly would stop the codes of the next
// blocks from coming. With a glance at each, the other columns are added only of those that are open.
static TARGET size_t NAME(coarse_screened)(const apus_coarse_scan *s, const NAME(screening) *by,
                                           const NAME(screening) *glance) {
  size_t found = 0;
  size_t opened = 0;
  size_t columns = s->first_width / 8;
  NAME(passed) passed;
  passed.count = 0;
  passed.taken = 0;
  for (size_t first = 0; first < s->block_count; first += SCREENED_BLOCKS) {
    size_t left = s->block_count - first;
    size_t end = left < SCREENED_BLOCKS ? left : SCREENED_BLOCKS;
    uint16_t sums[SCREENED_BLOCKS][BLOCK_ROWS];
    uint64_t masks[SCREENED_BLOCKS];
    uint32_t open = UINT32_MAX >> (SCREENED_BLOCKS - end);
    if (glance) { open = NAME(glance)(s, glance, first, end, sums); }
    opened += (size_t)__builtin_popcount(open);
    uint32_t passing = 0;
    while (open != 0) {
      size_t b = (size_t)__builtin_ctz(open);
      open &= open - 1;
      size_t number = NAME(number)(s, first + b);
      if (NAME(members)(s, number) == 0) { continue; }
      const uint8_t *block = s->blocks + number * s->block_stride;
      if (glance) {
        size_t next = open != 0 ? NAME(number)(s, first + (size_t)__builtin_ctz(open)) : number;
        NAME(add_others)(s, block, ((ptrdiff_t)next - (ptrdiff_t)number) * (ptrdiff_t)s->block_stride, sums[b]);
      } else {
        ADD_COLUMNS(block, s->table, columns, sums[b], NAME(ahead)(s, first + b));
      }
      uint32_t halves[2];
      NAME(screen)(by, sums[b], block + columns * BLOCK_ROWS, halves);
      masks[b] = halves[0] | (uint64_t)halves[1] << (BLOCK_ROWS / 2);
      passing |= (uint32_t)(masks[b] != 0) << b;
    }
    for (; passing != 0; passing &= passing - 1) {
      size_t b = (size_t)__builtin_ctz(passing);
      if (passed.count + BLOCK_ROWS > PASSED_MAX) {
        found = NAME(take)(s, by, &passed, found, false);
      }
      size_t number = NAME(number)(s, first + b);
      NAME(add_passed)(s, &passed, masks[b], NAME(members)(s, number), number, sums[b],
                       s->blocks + number * s->block_stride + columns * BLOCK_ROWS);
    }
  }
  found = NAME(take)(s, by, &passed, found, true);
  if (s->bounded) { *s->bounded = passed.taken; }
  if (s->opened) { *s->opened = opened; }
  return found;
}
