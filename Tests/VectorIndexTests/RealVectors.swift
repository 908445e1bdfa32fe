import FoundationEssentials
import VectorIndex

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The vectors that benchmarks run on: `vectors.f32` and `queries.f32`, end to end, in the folder that APUS_BENCH_DATA
/// names. `scripts/bench-index` makes them.
enum RealVectors {
  static var folder: String? { ProcessInfo.processInfo.environment["APUS_BENCH_DATA"] }

  static var dimension: Int {
    ProcessInfo.processInfo.environment["APUS_BENCH_DIMENSION"].flatMap { Int($0) } ?? 384
  }

  static func read(_ name: String) throws -> VectorColumn {
    let bytes = try Data(
      contentsOf: URL(filePath: "\(folder ?? "")/\(name)"), options: .mappedIfSafe)
    var column = VectorColumn(dimension: dimension)
    bytes.withUnsafeBytes { column.append($0.bindMemory(to: Float.self)) }
    return column
  }

  /// Processor time of this process in seconds.
  static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
