import ChromaAPI
import Foundation
import JSON
import Model
import Testing

/// Processor time of decoding the bodies in the folder APUS_BENCH_BODIES, each a request to add records.
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
    let folder = URL(fileURLWithPath: try #require(Self.folder))
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    var (seconds, bytes, records) = (0.0, 0, 0)
    for round in 0..<2 {
      (seconds, bytes, records) = (0, 0, 0)
      for file in files {
        let body = Array(try Data(contentsOf: file))
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
      print(#"{"round": \#(round), "records": \#(records), "bytes": \#(bytes), "cpu_s": \#(seconds)}"#)
    }
  }
}
