#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The process's limit of open files, which connections, the store's sockets and the workspace share.
enum OpenFiles {
  /// Kept for the store and the workspace, as far as at most half of the files suffice for that.
  private static let reserve = 256
  /// What is assumed where the system knows no limit, or tells none.
  private static let unlimited = 65_536
  private static let fallback = 1024

  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  /// Raises the limit as far as this process may; returns what then holds.
  static func raiseLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return fallback }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = raised.rlim_max
      if setrlimit(resource, &raised) == 0 { limit = raised }
    }
    return min(Int(clamping: limit.rlim_cur), unlimited)
  }

  static func connectionsMax(filesMax: Int) -> Int {
    max(1, filesMax - min(reserve, filesMax / 2))
  }
}
