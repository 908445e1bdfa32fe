import Model
import Testing
import VectorIndex

/// Set APUS_BENCH_DATA (see `RealVectors`), and build for release.
@Suite(.serialized, .enabled(if: RealVectors.folder != nil))
struct CodeSearchBenchmark {
  private func measure(_ body: () async throws -> [[Neighbour]]) async rethrows -> (
    seconds: Double, found: [[Neighbour]]
  ) {
    let start = RealVectors.processorTime()
    let found = try await body()
    return (RealVectors.processorTime() - start, found)
  }

  private func recall(_ found: [[Neighbour]], _ expected: [[Neighbour]]) -> Double {
    let hits = zip(found, expected).reduce(0) { sum, pair in
      sum + Set(pair.0.map(\.row)).intersection(pair.1.map(\.row)).count
    }
    return Double(hits) / Double(expected.reduce(0) { $0 + $1.count })
  }

  @Test("real vectors: build time, processor time per query and recall, beside exact search")
  func real() async throws {
    let column = try RealVectors.read("vectors.f32")
    let queryColumn = try RealVectors.read("queries.f32")
    let queries = (0..<queryColumn.count).map { queryColumn[$0] }
    let start = RealVectors.processorTime()
    let coded = try CodedRows(column, distance: .cosine, withRests: nil)
    let build = RealVectors.processorTime() - start
    let bytes = CodeColumn.fineBytes(rows: 1, dimension: column.dimension)
    print(
      "build: \(build) s, \(build / Double(column.count) * 1e6) us/row; fine \(bytes) bytes/row")

    let exactQueries = Array(queries[..<100])
    let (exact, _) = try await measure {
      var all: [[Neighbour]] = []
      for query in exactQueries {
        all += try await ExactSearch.nearest(
          to: [query], in: column, rows: nil, count: 10, distance: .cosine)
      }
      return all
    }
    print("exact: \(exact / 100 * 1e6) us")
    let truth = try await ExactSearch.nearest(
      to: queries, in: column, rows: nil, count: 10, distance: .cosine)
    for deviations: Float in [0.75, 1, 1.3, 1.5, 1.9, 2.5, 3, 4] {
      var times: [Double] = []
      var recall = 0.0
      for _ in 0..<3 {
        let (seconds, found) = try await measure {
          var all: [[Neighbour]] = []
          for query in queries {
            all += try await coded.nearest(
              to: [query], count: 10, distance: .cosine, deviations: deviations)
          }
          return all
        }
        times.append(seconds)
        recall = self.recall(found, truth)
      }
      let median = times.sorted()[1] / Double(queries.count)
      print(
        "deviations \(deviations): recall@10 \(recall), \(median * 1e6) us",
        "exact/this \(exact / 100 / median)")
    }
    let (together, _) = try await measure {
      try await coded.nearest(to: queries, count: 10, distance: .cosine)
    }
    print("all queries at once: \(together / Double(queries.count) * 1e6) us each")
    try await filtered(coded, queries)
  }

  @Test("real vectors in clusters: build time, processor time per query and recall")
  func clusters() async throws {
    let column = try RealVectors.read("vectors.f32")
    let queryColumn = try RealVectors.read("queries.f32")
    let queries = (0..<queryColumn.count).map { queryColumn[$0] }
    let start = RealVectors.processorTime()
    let clustered = try await ClusteredRows(
      column, distance: .cosine, probesMin: 1, withRests: nil)
    let clusters = try #require(clustered.clusters)
    print(
      "build: \(RealVectors.processorTime() - start) s; \(clusters.count) clusters, \(clusters.probes);",
      "\((clustered.section?.count ?? 0) / column.count) bytes/row")
    let truth = try await ExactSearch.nearest(
      to: queries, in: column, rows: nil, count: 10, distance: .cosine)
    for probes in [32, 64, 96, 128, 192, 256, 384] {
      var times: [Double] = []
      var share = 0.0
      for _ in 0..<3 {
        let (seconds, found) = try await measure {
          var all: [[Neighbour]] = []
          for query in queries {
            all += try await clustered.nearest(
              to: [query], count: 10, distance: .cosine,
              effort: (Float(probes) + 0.5) / Float(clusters.probes.forTen)
            ).lists
          }
          return all
        }
        times.append(seconds)
        share = recall(found, truth)
      }
      print(
        "\(probes) clusters: recall@10 \(share),",
        times.sorted().map { Int($0 / Double(queries.count) * 1e6) }, "us")
    }
  }

  private func filtered(_ coded: CodedRows, _ queries: [[Float]]) async throws {
    let samples = Samples()
    for density in [0.5, 0.1, 0.03, 0.01, 0.001] {
      let rows = samples.rowSet(count: coded.column.count, density: density)
      let (seconds, truth) = try await measure {
        var all: [[Neighbour]] = []
        for query in queries {
          all += try await ExactSearch.nearest(
            to: [query], in: coded.column, rows: rows, count: 10, distance: .cosine)
        }
        return all
      }
      let (codeSeconds, found) = try await measure {
        var all: [[Neighbour]] = []
        for query in queries {
          all += try await coded.nearest(to: [query], rows: rows, count: 10, distance: .cosine)
        }
        return all
      }
      print(
        "filter \(density): exact \(seconds / 500 * 1e6) us, codes \(codeSeconds / 500 * 1e6) us,",
        "recall \(recall(found, truth))")
    }
  }
}
