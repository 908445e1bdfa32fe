import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes large files past the system's cache of file pages: whoever writes an object of a bucket seldom reads it again,
/// and copying it into new pages costs processor time, in virtual machines up to two seconds a gigabyte.
///
/// The disk reads from memory itself, which must begin and end at a multiple of its blocks; therefore the bytes go by way
/// of a few buffers that are kept. Where the file system cannot do it, files are written as usual.
final class DirectWriter: Sendable {
  /// Smaller files are not worth it.
  static let bytesMin = 128 << 10
  private static let bufferBytes = 1 << 20
  private static let alignment = 4096
  /// The rest is given back.
  private static let buffersKeptMax = 2

  private let free = Mutex<[Buffer]>([])
  /// The file system has refused once.
  private let isRefused = Atomic(false)

  /// Writes all of a new, empty file.
  func write(_ bytes: [UInt8], to file: OpenFile) throws(Errno) {
    let start = bytes.count < Self.bytesMin ? 0 : try writeBlocks(bytes, to: file)
    try file.write(bytes, from: start)
  }

  /// Writes the whole blocks at the beginning.
  /// - Returns: How many bytes were written: fewer where the file system refuses.
  private func writeBlocks(_ bytes: [UInt8], to file: OpenFile) throws(Errno) -> Int {
    guard !isRefused.load(ordering: .relaxed), file.bypassesCache(true) else { return 0 }
    let buffer = take()
    defer { give(buffer) }
    let end = bytes.count / Self.alignment * Self.alignment
    var start = 0
    while start < end {
      let count = min(Self.bufferBytes, end - start)
      bytes.withUnsafeBytes {
        buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
      }
      do throws(Errno) {
        try file.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
      } catch {
        // Some file systems take the flag and refuse the write, or have larger blocks than here. What is wrong with the
        // disk is wrong with a usual write, too.
        guard !error.isForWantOfSpace else { throw error }
        isRefused.store(true, ordering: .relaxed)
        try file.seek(to: start)
        break
      }
      start += count
    }
    guard file.bypassesCache(false) else { throw Errno(code: EIO) }
    return start
  }

  private func take() -> Buffer { free.withLock { $0.popLast() } ?? Buffer() }

  private func give(_ buffer: Buffer) {
    free.withLock { if $0.count < Self.buffersKeptMax { $0.append(buffer) } }
  }

  private final class Buffer: @unchecked Sendable {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: bufferBytes, alignment: alignment)
    deinit { bytes.deallocate() }
  }
}

extension OpenFile {
  /// Whether what is written goes to the disk at once from now on.
  /// - Returns: False where the file system cannot do that.
  fileprivate func bypassesCache(_ isWanted: Bool) -> Bool {
    #if canImport(Darwin)
      fcntl(descriptor, F_NOCACHE, isWanted ? 1 : 0) != -1
    #else
      let flags = fcntl(descriptor, F_GETFL)
      guard flags != -1 else { return false }
      return fcntl(descriptor, F_SETFL, isWanted ? flags | direct : flags & ~direct) != -1
    #endif
  }

  /// `O_DIRECT`, which Swift does not import: open(2), asm/fcntl.h.
  private var direct: CInt {
    #if arch(arm64) || arch(arm)
      0o200000
    #else
      0o40000
    #endif
  }

  fileprivate func seek(to offset: Int) throws(Errno) {
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw Errno(code: errno) }
  }
}
