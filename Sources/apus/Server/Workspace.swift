import FoundationEssentials
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct WorkspaceError: Error, CustomStringConvertible {
  let description: String
}

/// A folder of this process alone for temporary files.
///
/// It is locked (`flock`) for as long as the process lives, however it ends; a workspace that is not locked
/// was left by a killed server, and the next one in the same parent folder removes it.
struct Workspace: Sendable {
  static let namePrefix = "apus-workspace-"

  let path: String
  private let descriptor: Int32

  /// Makes a workspace in the folder `parent`, which is made where it is missing, and removes those that are
  /// left over there.
  init(in parent: String, logger: Logger) throws(WorkspaceError) {
    // Where this fails, so does `mkdir` below, which says why.
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    Self.removeLeftovers(in: parent, logger: logger)
    for _ in 0..<Self.attemptsMax {
      let name = Self.namePrefix + String(UInt64.random(in: .min ... .max), radix: 16)
      let path = parent + "/" + name
      guard mkdir(path, 0o700) == 0 else {
        if errno == EEXIST { continue }
        throw WorkspaceError(
          description: "cannot make the temporary workspace \(path): \(reason()); "
            + "give another folder with --workspace or APUS_WORKSPACE")
      }
      // Between mkdir and the lock another server may have taken it for a leftover and removed it.
      if let descriptor = Self.lock(path) {
        self.path = path
        self.descriptor = descriptor
        return
      }
    }
    throw WorkspaceError(
      description: "cannot lock a temporary workspace in \(parent): is it on a file system without "
        + "locks? give another folder with --workspace or APUS_WORKSPACE")
  }

  private static let attemptsMax = 16

  /// Removes the workspace and all that is in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    close(descriptor)
  }

  private static func removeLeftovers(in parent: String, logger: Logger) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasPrefix(namePrefix) {
      let path = parent + "/" + name
      guard let descriptor = lock(path) else { continue }
      defer { close(descriptor) }
      do {
        try FileManager.default.removeItem(atPath: path)
        logger.info("removed a killed server's workspace", metadata: ["path": "\(path)"])
      } catch {
        logger.warning(
          "cannot remove a killed server's workspace",
          metadata: ["path": "\(path)", "error": "\(error)"])
      }
    }
  }

  /// The locked folder at `path`; nil where it is not this user's, is locked, or is not there any more.
  private static func lock(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var opened = stat()
    var named = stat()
    guard fstat(descriptor, &opened) == 0, opened.st_uid == geteuid(),
      flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      lstat(path, &named) == 0, named.st_ino == opened.st_ino, named.st_dev == opened.st_dev
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}

/// The reason of the last failed call of the C library.
private func reason() -> String { String(cString: strerror(errno)) }
