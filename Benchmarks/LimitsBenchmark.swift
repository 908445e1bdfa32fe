import ChromaAPI
import FoundationEssentials
import JSON
import Model
import Testing
import VectorIndex

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What adding records takes at the least: processor time of decoding the files in the folder APUS_BENCH_BODIES, each the body of
/// a request that adds records, and of encoding their vectors; beside it how fast this machine reads memory. `scripts/bench` runs it.
@Suite("The least that adding takes, measured")
struct LimitsBenchmark {
  private static let folder = ProcessInfo.processInfo.environment["APUS_BENCH_BODIES"]
  private static let rounds = 5

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now()
    try body()
    return now() - start
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  @Test("bodies to batches, and vectors to codes", .enabled(if: folder != nil))
  func bodies() throws {
    let folder = try #require(Self.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).map {
      Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
    }
    var (decoding, encoding): ([Double], [Double]) = ([], [])
    var records = 0
    for _ in 0..<Self.rounds {
      var batches: [RecordBatch] = []
      decoding.append(
        try seconds {
          for body in files {
            let payload = try decode(body) { (body) throws(JSONError) in
              try body.recordPayload(.add)
            }
            try payload.validate()
            batches.append(payload.batch())
          }
        })
      records = batches.reduce(0) { $0 + $1.count }
      var column = VectorColumn(
        dimension: try #require(batches.first?.embeddings?.dimension))
      for batch in batches {
        for row in 0..<batch.count {
          if let vector = batch.embeddings?[row] { column.append(vector) }
        }
      }
      encoding.append(
        seconds {
          var encoder = CodeEncoder(
            basis: CodeBasis.fitting(column, distance: .cosine), distance: .cosine)
          for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
          _ = encoder.finish()
        })
    }
    print(
      "{\"decode_s\": \(median(decoding)), \"encode_s\": \(median(encoding)),",
      "\"records\": \(records), \"memory_gb_per_s\": \(memorySpeed())}")
  }

  /// Reading numbers that are in no cache.
  private func memorySpeed() -> Double {
    let numbers = [Float](repeating: 1, count: 64 << 20)
    let times = (0..<Self.rounds).map { _ in
      seconds { #expect(Kernels.best.allFinite(numbers)) }
    }
    return Double(numbers.count * MemoryLayout<Float>.stride) / 1e9 / median(times)
  }
}
