package import Model

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Copies as files in a folder of this process alone, mapped into memory: the system gives their pages back when
/// memory is short, and reads them again. A file goes with its copy.
package struct FolderWorkspace: Workspace {
  private let path: String

  /// Copies in the existing folder `path`.
  package init(path: String) throws(SegmentError) {
    var found = stat()
    guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
      throw .workspace("the workspace \(path) is not a folder")
    }
    self.path = path
  }

  package func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy {
    // Somebody may have cleared the system's temporary directory.
    _ = mkdir(path, 0o700)
    return try MappedFile(path: "\(path)/\(id)", size: size)
  }
}

private final class MappedFile: LocalCopy, @unchecked Sendable {
  private let mapping: Mapping
  let region: ByteRegion

  init(path: String, size: Int) throws(SegmentError) {
    // Another copy of the segment may still be read through its own mapping; its name is free at once.
    _ = unlink(path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("make", path) }
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      let error = Self.failure("make room in", path)
      close(descriptor)
      _ = unlink(path)
      throw error
    }
    let address = mmap(nil, max(size, 1), PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      let error = Self.failure("map", path)
      close(descriptor)
      _ = unlink(path)
      throw error
    }
    mapping = Mapping(path: path, descriptor: descriptor, address: address, size: size)
    region = ByteRegion(UnsafeRawBufferPointer(start: address, count: size), owner: mapping)
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SegmentError) {
    guard offset >= 0, offset + bytes.count <= mapping.size else {
      throw .workspace("\(bytes.count) bytes at \(offset) are beyond \(mapping.path)")
    }
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let written = pwrite(mapping.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        throw Self.failure("write", mapping.path)
      }
      done += written
    }
  }

  func drop(_ range: Range<Int>) {
    // Whole pages within the range.
    let page = 4096
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    guard start < end, end <= mapping.size else { return }
    _ = madvise(mapping.address + start, end - start, Int32(MADV_DONTNEED))
  }

  func discard(_ range: Range<Int>) {
    #if !canImport(Darwin)
      // Whole pages within the range, by way of a mapping that may be written.
      let page = Int(sysconf(Int32(_SC_PAGESIZE)))
      let start = (range.lowerBound + page - 1) / page * page
      let count = range.upperBound / page * page - start
      guard count > 0, start >= 0, start + count <= mapping.size else { return }
      let address = mmap(
        nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, mapping.descriptor, off_t(start))
      guard let address, address != MAP_FAILED else { return }
      _ = madvise(address, count, MADV_REMOVE)
      munmap(address, count)
    #endif
  }

  private static func failure(_ what: String, _ path: String) -> SegmentError {
    .workspace("cannot \(what) the local copy \(path): \(String(cString: strerror(errno)))")
  }

  private final class Mapping: @unchecked Sendable {
    let path: String
    let descriptor: Int32
    let address: UnsafeMutableRawPointer
    let size: Int

    init(path: String, descriptor: Int32, address: UnsafeMutableRawPointer, size: Int) {
      self.path = path
      self.descriptor = descriptor
      self.address = address
      self.size = size
    }

    deinit {
      munmap(address, max(size, 1))
      // Only the file that is this one: the name may have been taken by a newer copy.
      var opened = stat()
      var named = stat()
      if fstat(descriptor, &opened) == 0, lstat(path, &named) == 0, opened.st_ino == named.st_ino {
        _ = unlink(path)
      }
      close(descriptor)
    }
  }
}
