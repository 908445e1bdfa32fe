import ChromaAPI
import FoundationEssentials
import JSON
import Model
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Processor time of decoding the files in the folder APUS_BENCH_BODIES, each the body of a request that adds records.
@Suite("Decoding, measured")
struct DecodeBenchmark {
  private static let folder = ProcessInfo.processInfo.environment["APUS_BENCH_BODIES"]

  private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test("bodies to batches", .enabled(if: folder != nil))
  func bodies() throws {
    let folder = try #require(Self.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    for _ in 0..<3 {
      var (seconds, bytes, records) = (0.0, 0, 0)
      for file in files {
        let body = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(file)")))
        let start = processorSeconds()
        let payload = try decode(body) { (body) throws(JSONError) in
          try body.recordPayload(.add)
        }
        try payload.validate()
        let batch = payload.batch()
        seconds += processorSeconds() - start
        records += batch.count
        bytes += body.count
      }
      print(#"{"records": \#(records), "bytes": \#(bytes), "cpu_s": \#(seconds)}"#)
    }
  }
}
