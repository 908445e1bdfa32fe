package import Model

/// How long a request takes, from sending it to its answer.
package enum Latency: Sendable, Hashable {
  case fixed(Duration)
  case uniform(ClosedRange<Duration>)
  /// Pareto's distribution with exponent 2: at least half the mean, the median 0.7, the 99th percentile 5 and
  /// the 99.99th 50 times the mean, about what S3 shows.
  case heavyTailed(mean: Duration)

  package func draw(from random: any RandomSource) -> Duration {
    switch self {
    case .fixed(let duration): return duration
    case .uniform(let range):
      return range.lowerBound + (range.upperBound - range.lowerBound) * random.nextUnit()
    case .heavyTailed(let mean):
      // 1 - u is in (0, 1].
      return mean * (0.5 / (1 - random.nextUnit()).squareRoot())
    }
  }

  var isFixed: Bool {
    if case .fixed = self { true } else { false }
  }
}
