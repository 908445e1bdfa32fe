package import Model
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Copies as files in a folder of this process alone, mapped into memory: the system gives their pages back when
/// memory is short, and reads them again. A file goes with its copy, unless files are to be kept for a later process.
package final class FolderWorkspace: Workspace {
  private struct Leftover {
    let name: String
    /// On the disk.
    let bytes: Int
    let modified: Int
  }

  private let path: String
  private let retention = Retention()
  private let leftovers: Mutex<[UniqueID: Leftover]>
  private let lastNumber = Atomic<UInt64>(0)

  /// Copies in the existing folder `path`. Copies of an earlier process that are in there are left-overs; what takes
  /// more than `bytesMax`, and everything else there, is removed.
  package init(path: String, bytesMax: Int = .max) throws(SegmentError) {
    var found = stat()
    guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
      throw .workspace("the workspace \(path) is not a folder")
    }
    self.path = path
    leftovers = Mutex(Self.findLeftovers(in: path, bytesMax: bytesMax))
  }

  package var leftoverBytes: Int {
    leftovers.withLock { $0.values.reduce(0) { $0 + $1.bytes } }
  }

  package func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy {
    // Somebody may have cleared the system's temporary directory.
    _ = mkdir(path, 0o700)
    // Another copy of the segment may still be in use, with its file.
    var name = "\(id)"
    for _ in 0..<Self.namesMax {
      if let file = try MappedFile(new: "\(path)/\(name)", size: size, retention) { return file }
      name = "\(id)-\(lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)"
    }
    throw .workspace("cannot find a name for a local copy of segment \(id) in \(path)")
  }

  private static let namesMax = 1000

  package func claimLeftover(of id: UniqueID, size: Int) -> ClaimedLeftover? {
    guard let leftover = leftovers.withLock({ $0.removeValue(forKey: id) }) else { return nil }
    let file = "\(path)/\(leftover.name)"
    let copy = MappedFile(existing: file, size: size, retention)
    if copy == nil { _ = unlink(file) }
    return ClaimedLeftover(copy: copy, bytes: leftover.bytes)
  }

  package func removeLeftovers() -> Int {
    let removed = leftovers.withLock { leftovers in
      defer { leftovers = [:] }
      return leftovers
    }
    for leftover in removed.values { _ = unlink("\(path)/\(leftover.name)") }
    return removed.values.reduce(0) { $0 + $1.bytes }
  }

  /// From now on files stay when their copies go: a later process may use them.
  package func keepFiles() { retention.isKept.store(true, ordering: .relaxed) }

  /// The plain files that are named as copies are; the largest of each segment, the newest that fit.
  private static func findLeftovers(in path: String, bytesMax: Int) -> [UniqueID: Leftover] {
    var found: [UniqueID: Leftover] = [:]
    var surplus: [String] = []
    for name in names(in: path) {
      var status = stat()
      guard lstat("\(path)/\(name)", &status) == 0, isOwnFile(status),
        let id = UniqueID(String(name.prefix(36)))
      else {
        surplus.append(name)
        continue
      }
      let leftover = Leftover(
        name: name, bytes: Int(status.st_blocks) * 512, modified: modificationTime(status))
      if let other = found[id], other.bytes >= leftover.bytes {
        surplus.append(name)
        continue
      }
      if let other = found.updateValue(leftover, forKey: id) { surplus.append(other.name) }
    }
    var total = 0
    let newestFirst = found.sorted { ($0.value.modified, $0.key) > ($1.value.modified, $1.key) }
    for (id, leftover) in newestFirst {
      if leftover.bytes <= bytesMax - total {
        total += leftover.bytes
      } else {
        surplus.append(leftover.name)
        found[id] = nil
      }
    }
    for name in surplus { _ = unlink("\(path)/\(name)") }
    return found
  }

  private static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = String(
        cString: (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func modificationTime(_ status: stat) -> Int {
    #if canImport(Darwin)
      Int(status.st_mtimespec.tv_sec)
    #else
      Int(status.st_mtim.tv_sec)
    #endif
  }
}

/// A file of this user that nobody can change by another name.
private func isOwnFile(_ status: stat) -> Bool {
  status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid() && status.st_nlink == 1
}

private final class Retention: Sendable {
  let isKept = Atomic(false)
}

private final class MappedFile: LocalCopy, @unchecked Sendable {
  private let mapping: Mapping
  let region: ByteRegion

  /// - Returns: Nil where the name is taken.
  init?(new path: String, size: Int, _ retention: Retention) throws(SegmentError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST { return nil }
      throw Self.failure("make", path)
    }
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      let error = Self.failure("make room in", path)
      close(descriptor)
      _ = unlink(path)
      throw error
    }
    guard let mapping = Mapping(path, descriptor, size: size, retention) else {
      let error = Self.failure("map", path)
      close(descriptor)
      _ = unlink(path)
      throw error
    }
    self.mapping = mapping
    region = mapping.region
  }

  /// - Returns: Nil where there is no such file of this size that could be used.
  init?(existing path: String, size: Int, _ retention: Retention) {
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, isOwnFile(status), status.st_size == off_t(size),
      let mapping = Mapping(path, descriptor, size: size, retention)
    else {
      close(descriptor)
      return nil
    }
    self.mapping = mapping
    region = mapping.region
  }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    // Not by way of the mapping: where the disk cannot read the bytes, that would end the process.
    guard range.lowerBound >= 0, range.upperBound <= mapping.size, buffer.count >= range.count
    else { return false }
    var done = 0
    while done < range.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<range.count])
      let count = pread(
        mapping.descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
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
    private let retention: Retention

    /// Takes over the descriptor.
    ///
    /// - Returns: Nil where the file cannot be mapped; the descriptor is then left as it was.
    init?(_ path: String, _ descriptor: Int32, size: Int, _ retention: Retention) {
      let address = mmap(nil, max(size, 1), PROT_READ, MAP_SHARED, descriptor, 0)
      guard let address, address != MAP_FAILED else { return nil }
      self.path = path
      self.descriptor = descriptor
      self.address = address
      self.size = size
      self.retention = retention
    }

    var region: ByteRegion {
      ByteRegion(UnsafeRawBufferPointer(start: address, count: size), owner: self)
    }

    deinit {
      munmap(address, max(size, 1))
      // Only the file that is this one: the name may have been taken by a newer copy.
      var opened = stat()
      var named = stat()
      if !retention.isKept.load(ordering: .relaxed), fstat(descriptor, &opened) == 0,
        lstat(path, &named) == 0, opened.st_ino == named.st_ino
      {
        _ = unlink(path)
      }
      close(descriptor)
    }
  }
}
