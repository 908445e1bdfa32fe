import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory that this process may use.
enum MachineMemory {
  /// Bytes of the machine, or of the container (control group) where that has less.
  static var bytes: Int {
    let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return limits.reduce(max(physical, fallback)) { min($0, $1) }
  }

  /// Where the system does not tell.
  private static let fallback = 1 << 30

  /// Version 2 and version 1 of Linux's control groups.
  private static var limits: [Int] {
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap {
      path in
      guard let data = FileManager.default.contents(atPath: path) else { return nil }
      let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
      return Int(text).flatMap { $0 > 0 ? $0 : nil }
    }
  }
}
