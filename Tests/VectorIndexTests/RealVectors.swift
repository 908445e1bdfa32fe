import FoundationEssentials
import VectorIndex

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The real vectors that benchmarks run on, from the folder that APUS_BENCH_DATA names.
enum RealVectors {
  static var folder: String? { ProcessInfo.processInfo.environment["APUS_BENCH_DATA"] }

  /// A NumPy file of two dimensions of f16, as f32.
  static func read(_ name: String) throws -> VectorColumn {
    let bytes = try Data(contentsOf: URL(filePath: "\(folder ?? "")/\(name)"))
    return bytes.withUnsafeBytes { bytes in
      let headerBytes = Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
      let header = String(decoding: bytes[10..<10 + headerBytes], as: UTF8.self)
      precondition(header.contains("'<f2'"))
      let shape = header.split(separator: "(")[1].split(separator: ")")[0].split(separator: ",")
      let dimension = Int(shape[1].trimmed) ?? 0
      var column = VectorColumn(dimension: dimension)
      var row = [Float](repeating: 0, count: dimension)
      for start in stride(from: 10 + headerBytes, to: bytes.count, by: dimension * 2) {
        for i in 0..<dimension {
          row[i] = float(bytes.loadUnaligned(fromByteOffset: start + i * 2, as: UInt16.self))
        }
        column.append(row)
      }
      return column
    }
  }

  /// binary16 by hand, since Float16 is not there on every platform.
  private static func float(_ half: UInt16) -> Float {
    let (sign, exponent, fraction) = (half >> 15, Int(half >> 10 & 31), Float(half & 1023))
    let magnitude =
      exponent == 0
      ? Float(sign: .plus, exponent: -24, significand: fraction)
      : Float(sign: .plus, exponent: exponent - 25, significand: fraction + 1024)
    return sign == 0 ? magnitude : -magnitude
  }

  /// Processor time of this process in seconds.
  static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension Substring {
  fileprivate var trimmed: String { filter { $0 != " " } }
}
