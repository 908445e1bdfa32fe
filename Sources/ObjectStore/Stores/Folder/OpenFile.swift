#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file or folder, closed with its last user.
final class OpenFile: Sendable {
  let descriptor: CInt

  private init(descriptor: CInt) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  static func open(
    _ path: String, in folder: OpenFile? = nil, _ flags: CInt, mode: mode_t = 0o600
  ) throws(Errno) -> OpenFile {
    let descriptor = try Errno.check {
      openat(folder?.descriptor ?? AT_FDCWD, path, flags | O_CLOEXEC, mode)
    }
    return OpenFile(descriptor: descriptor)
  }

  static func openFolder(
    _ path: String, in folder: OpenFile? = nil
  ) throws(Errno) -> OpenFile {
    try open(path, in: folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Returns when what was written, or which names are in the folder, survives a power cut.
  func sync() throws(Errno) {
    #if canImport(Darwin)
      try Errno.check { fcntl(descriptor, F_FULLFSYNC) }
    #else
      try Errno.check { fsync(descriptor) }
    #endif
  }

  func status() throws(Errno) -> stat {
    var status = stat()
    try Errno.check { fstat(descriptor, &status) }
    return status
  }

  /// The status of a name in this folder; of a symbolic link its own.
  func status(of path: String) throws(Errno) -> stat {
    var status = stat()
    try Errno.check { fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) }
    return status
  }

  /// Writes the bytes from `start` on.
  func write(_ bytes: [UInt8], from start: Int = 0) throws(Errno) {
    let result: Result<Void, Errno> = bytes.withUnsafeBytes { bytes in
      Result { () throws(Errno) in
        try write(UnsafeRawBufferPointer(rebasing: bytes[start...]))
      }
    }
    try result.get()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var written = 0
    while written < bytes.count {
      let address = bytes.baseAddress.map { $0 + written }
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, address, bytes.count - written)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, address, bytes.count - written)
      #else
        let count = Glibc.write(descriptor, address, bytes.count - written)
      #endif
      if count > 0 {
        written += count
      } else if count == 0 {
        // It would be so for ever.
        throw Errno(code: EIO)
      } else if errno != EINTR {
        throw Errno(code: errno)
      }
    }
  }

  /// The bytes of `bounds`; fewer if the file ends before.
  func read(_ bounds: Range<Int>) throws(Errno) -> [UInt8] {
    var failure: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: bounds.count) { buffer, count in
      while count < bounds.count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + count }, bounds.count - count,
          off_t(bounds.lowerBound + count))
        if got > 0 {
          count += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failure = Errno(code: errno)
          return
        }
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// An error number of the operating system.
struct Errno: Error, Equatable {
  let code: CInt

  static let exists = Errno(code: EEXIST)
  static let noEntry = Errno(code: ENOENT)

  var isForWantOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// Makes the call again while signals interrupt it.
  @discardableResult
  static func check(_ call: () -> CInt) throws(Errno) -> CInt {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw Errno(code: errno) }
    }
  }

  /// Such as "no space left on device".
  var text: String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  var storeCode: ObjectStoreError.Code {
    switch code {
    case EACCES, EPERM, EROFS: .accessDenied
    case ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EINVAL, EOPNOTSUPP: .invalidRequest
    default: .storeFailed
    }
  }
}
