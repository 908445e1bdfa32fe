import FoundationEssentials
import Model
import Testing
import VectorIndex

/// Set APUS_BENCH=1, and build for release.
@Suite(
  .serialized, .enabled(if: ProcessInfo.processInfo.environment["APUS_BENCH"] == "1"))
struct ExactSearchBenchmark {
  private static let rowCount = 100_000
  private static let dimension = 384
  private static let rounds = 25

  /// The shortest time of each body over some rounds in turn, in seconds: what else happens on the
  /// machine only makes times longer.
  private func seconds(
    _ first: () async throws -> Void, _ second: () async throws -> Void = {}
  ) async rethrows -> (Double, Double) {
    let clock = ContinuousClock()
    var shortest = [Duration.seconds(1_000), .seconds(1_000)]
    for _ in 0..<Self.rounds {
      let start = clock.now
      try await first()
      let middle = clock.now
      try await second()
      shortest = [min(shortest[0], middle - start), min(shortest[1], clock.now - middle)]
    }
    return (shortest[0] / .seconds(1), shortest[1] / .seconds(1))
  }

  @Test("exact search runs at more than half the speed of plain reading", arguments: Distance.all)
  func oneQuery(distance: Distance) async throws {
    let samples = Samples()
    let numbers = samples.vector(Self.rowCount * Self.dimension)
    var column = VectorColumn(dimension: Self.dimension)
    column.append(numbers)
    let gigabytes = Double(numbers.count * MemoryLayout<Float>.stride) / 1e9
    let query = samples.vector(Self.dimension)

    for kernels in Kernels.available {
      let (reading, searching) = try await seconds {
        #expect(Kernels.best.allFinite(numbers))
      } _: {
        _ = try await ExactSearch.nearest(
          to: [query], in: column, rows: nil, count: 10, distance: distance, kernels: kernels)
      }
      print(
        "\(kernels.name) \(distance): search \(gigabytes / searching) GB/s,",
        "reading \(gigabytes / reading) GB/s, ratio \(reading / searching)")
      if kernels.name == Kernels.best.name { #expect(reading / searching >= 0.5) }
    }
  }

  @Test("several queries share the pass over the memory, and a filter saves its share")
  func others() async throws {
    let samples = Samples()
    var column = VectorColumn(dimension: Self.dimension)
    column.append(samples.vector(Self.rowCount * Self.dimension))
    for queryCount in [1, 4, 8, 32] {
      let queries = samples.vectors(queryCount, dimension: Self.dimension)
      for density in [2, 0.7, 0.3, 0.03, 0.003] {
        let rows = density > 1 ? nil : samples.rowSet(count: Self.rowCount, density: density)
        let (time, _) = try await seconds {
          _ = try await ExactSearch.nearest(
            to: queries, in: column, rows: rows, count: 10, distance: .cosine)
        }
        print("\(queryCount) queries, density \(min(density, 1)): \(time * 1e3) ms")
      }
    }
  }
}
