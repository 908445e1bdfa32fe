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
/// It is locked (`flock`) for as long as the process lives, however it ends. One that is not locked was left by
/// another process: the next one in the same parent folder takes what is in it, and removes it.
struct Workspace: Sendable {
  static let namePrefix = "apus-workspace-"

  let path: String
  /// Whether what is in it is left to the next process in the same parent folder.
  let isKept: Bool
  private let descriptor: Int32

  /// Makes a workspace in the folder `parent`, which is made where it is missing, and moves the files of those that
  /// are left over there into it.
  init(in parent: String, isKept: Bool, logger: Logger) throws(WorkspaceError) {
    // Where this fails, so does `mkdir` below, which says why.
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
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
        self.isKept = isKept
        self.descriptor = descriptor
        adoptLeftovers(in: parent, logger: logger)
        return
      }
    }
    throw WorkspaceError(
      description: "cannot lock a temporary workspace in \(parent): is it on a file system without "
        + "locks? give another folder with --workspace or APUS_WORKSPACE")
  }

  private static let attemptsMax = 16

  /// The process ends: leaves the workspace to the next one, or removes it with all that is in it.
  func end() {
    if !isKept { try? FileManager.default.removeItem(atPath: path) }
    close(descriptor)
  }

  /// Takes the files of workspaces that no process has locked. Where this is killed half-way, the next one goes on.
  private func adoptLeftovers(in parent: String, logger: Logger) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names.sorted() where name.hasPrefix(Self.namePrefix) {
      let old = parent + "/" + name
      // This one is locked, too, by this process.
      guard let descriptor = Self.lock(old) else { continue }
      defer { close(descriptor) }
      do {
        // What others could write to is not used.
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 {
          try adoptFiles(of: old)
        }
        try FileManager.default.removeItem(atPath: old)
        logger.info("took over an ended server's workspace", metadata: ["path": "\(old)"])
      } catch {
        logger.warning(
          "cannot take over an ended server's workspace",
          metadata: ["path": "\(old)", "error": "\(error)"])
      }
    }
  }

  private func adoptFiles(of old: String) throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: old) {
      guard let bytes = Self.bytesOnDisk("\(old)/\(file)") else { continue }
      // Another left-over may have had a copy of the same segment.
      if let known = Self.bytesOnDisk("\(path)/\(file)"), known >= bytes { continue }
      _ = rename("\(old)/\(file)", "\(path)/\(file)")
    }
  }

  /// What a plain file takes; nil where there is none.
  private static func bytesOnDisk(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_blocks) * 512
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
