// The kernels in terms of one vector type. Each variant defines the macros below and includes this once.
//
//   VARIANT              the table's name, an identifier
//   TARGET               the function attribute that allows its instructions, or nothing
//   V, LANES             a vector of LANES floats
//   ZERO()               all lanes 0
//   LOAD(p)              LANES floats from an unaligned address
//   LOAD_TAIL(p, n)      the first n < LANES floats, the other lanes 0, touching no other memory
//   ADD(a, b), SUB(a, b)
//   MULTIPLY_ADD(a, b, c)  a * b + c
//   SUM(a)               the sum of the lanes, in a fixed order
//   QUERY_TILE           how many queries meet a row together; each needs two vector registers

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(x) JOIN(x, VARIANT)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)
#define UNROLL _Pragma("clang loop unroll(full)")

static inline __attribute__((always_inline)) TARGET V
NAME(accumulate)(V query, V row, V sum, bool is_l2) {
  if (is_l2) {
    V difference = SUB(query, row);
    return MULTIPLY_ADD(difference, difference, sum);
  }
  return MULTIPLY_ADD(query, row, sum);
}

// `query_count` is a constant where this is inlined. Every query has two accumulators of its own, fed in
// an order that depends on the dimension alone: hence the same bits alone and together with others.
//
// One row at a time: several at once are faster in the cache, but twice as slow from memory, where the
// processor foresees a single stream of reads best.
static inline __attribute__((always_inline)) TARGET void
NAME(tile)(const float *queries, size_t query_count, const float *row, size_t dimension, bool is_l2,
           float *results, size_t result_stride) {
  V even[QUERY_TILE];
  V odd[QUERY_TILE];
  UNROLL for (size_t q = 0; q < query_count; q++) {
    even[q] = ZERO();
    odd[q] = ZERO();
  }
  size_t i = 0;
  for (; i + 2 * LANES <= dimension; i += 2 * LANES) {
    V row_even = LOAD(row + i);
    V row_odd = LOAD(row + i + LANES);
    UNROLL for (size_t q = 0; q < query_count; q++) {
      const float *query = queries + q * dimension + i;
      even[q] = NAME(accumulate)(LOAD(query), row_even, even[q], is_l2);
      odd[q] = NAME(accumulate)(LOAD(query + LANES), row_odd, odd[q], is_l2);
    }
  }
  if (i + LANES <= dimension) {
    V row_even = LOAD(row + i);
    UNROLL for (size_t q = 0; q < query_count; q++) {
      even[q] = NAME(accumulate)(LOAD(queries + q * dimension + i), row_even, even[q], is_l2);
    }
    i += LANES;
  }
  if (i < dimension) {
    size_t tail = dimension - i;
    V row_odd = LOAD_TAIL(row + i, tail);
    UNROLL for (size_t q = 0; q < query_count; q++) {
      V query_odd = LOAD_TAIL(queries + q * dimension + i, tail);
      odd[q] = NAME(accumulate)(query_odd, row_odd, odd[q], is_l2);
    }
  }
  UNROLL for (size_t q = 0; q < query_count; q++) {
    results[q * result_stride] = SUM(ADD(even[q], odd[q]));
  }
}

static inline __attribute__((always_inline)) TARGET void
NAME(block)(const apus_f32_block *b, bool is_l2) {
  for (size_t i = 0; i < b->row_count; i++) {
    size_t number = b->row_numbers ? b->row_numbers[i] : i;
    const float *row = b->rows + number * b->dimension;
    float *results = b->results + i;
    size_t q = 0;
    for (; q + QUERY_TILE <= b->query_count; q += QUERY_TILE) {
      NAME(tile)(b->queries + q * b->dimension, QUERY_TILE, row, b->dimension, is_l2,
                 results + q * b->result_stride, b->result_stride);
    }
    for (; q < b->query_count; q++) {
      NAME(tile)(b->queries + q * b->dimension, 1, row, b->dimension, is_l2,
                 results + q * b->result_stride, b->result_stride);
    }
  }
}

static TARGET void NAME(squared_l2)(const apus_f32_block *block) { NAME(block)(block, true); }

static TARGET void NAME(dot)(const apus_f32_block *block) { NAME(block)(block, false); }

// Zero times a number is zero, unless the number is NaN or infinite: then it is NaN, and so is the sum.
static TARGET bool NAME(all_finite)(const float *numbers, size_t count) {
  enum { SUMS = 4 };
  V sums[SUMS];
  V zero = ZERO();
  UNROLL for (size_t s = 0; s < SUMS; s++) { sums[s] = zero; }
  size_t i = 0;
  for (; i + SUMS * LANES <= count; i += SUMS * LANES) {
    UNROLL for (size_t s = 0; s < SUMS; s++) {
      sums[s] = MULTIPLY_ADD(LOAD(numbers + i + s * LANES), zero, sums[s]);
    }
  }
  for (; i + LANES <= count; i += LANES) {
    sums[0] = MULTIPLY_ADD(LOAD(numbers + i), zero, sums[0]);
  }
  if (i < count) {
    sums[1] = MULTIPLY_ADD(LOAD_TAIL(numbers + i, count - i), zero, sums[1]);
  }
  return SUM(ADD(ADD(sums[0], sums[1]), ADD(sums[2], sums[3]))) == 0;
}

const apus_kernels NAME(apus_kernels) = {
    .name = TEXT(VARIANT),
    .squared_l2 = NAME(squared_l2),
    .dot = NAME(dot),
    .all_finite = NAME(all_finite),
};
