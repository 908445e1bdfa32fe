package import Model
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder that behaves like a bucket, for any number of processes of one machine at once.
///
/// An object is there whole or not at all, also after a power cut: it is written and synced under
/// another name in `.apus-tmp` and then given its own by `link`, which fails where there is one.
/// What was acknowledged survives: the folder is synced, too, and so are all folders above that
/// another may have just made. A removed or replaced root is an error, never an empty bucket.
///
/// `Last-Modified` is the file's ctime, which `link` sets and nobody can set back; `Date` is the
/// same clock.
///
/// The file system must be local: NFS, SMB and others that repeat `link` after a lost answer, have
/// a clock of their own or no hard links are not supported.
package final class FolderStore: ObjectStore {
  /// Calls that run at once. Many syncs at once share one commit of the file system's journal.
  private static let threadsMax = 16

  /// Absolute, or relative to the working directory at the start; for messages.
  package let path: String
  let root: OpenFile
  let temporary: OpenFile
  let random: any RandomSource
  /// By path relative to the root: folders that exist durably, for as long as they are held open:
  /// `link` into one that was removed fails, even if another was made in its place.
  let knownFolders = Mutex<[String: OpenFile]>([:])
  let direct = DirectWriter()
  private let threads = BlockingThreads(label: "apus.folder-store", limit: threadsMax)

  /// Opens the folder; makes it, and all above it, where it is missing.
  package init(
    path: String, random: any RandomSource = SystemRandomSource()
  ) throws(ObjectStoreError) {
    self.path = path
    self.random = random
    do throws(Errno) {
      root = try Self.makeRoot(path)
      temporary = try Self.makeFolder(Self.temporaryName, in: root)
    } catch {
      throw ObjectStoreError(
        error.storeCode, "cannot open the folder '\(path)': \(error.text)",
        mayHaveBeenApplied: false)
    }
    removeLeftovers()
  }

  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    try RequestLimits.check(key: key)
    return try await threads.run { () throws(ObjectStoreError) in
      try self.read(key, range)
    }
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    try RequestLimits.check(key: key)
    return try await threads.run { () throws(ObjectStoreError) in
      let created = try self.write(key, body, replacing: false)
      return created ? .created(date: Self.now()) : .exists(date: Self.now())
    }
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try RequestLimits.check(key: key)
    return try await threads.run { () throws(ObjectStoreError) in
      _ = try self.write(key, body, replacing: true)
      return Self.now()
    }
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    let maxKeys = try RequestLimits.check(maxKeys: maxKeys)
    return try await threads.run { () throws(ObjectStoreError) in
      var listing = FolderListing(
        store: self, prefix: prefix, startAfter: startAfter ?? "", maxKeys: maxKeys)
      try listing.run()
      return ListAnswer(
        items: listing.items, isTruncated: listing.isTruncated, date: Self.now())
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await delete([key])
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try RequestLimits.check(deleting: keys)
    return try await threads.run { () throws(ObjectStoreError) in
      try self.remove(keys)
      return Self.now()
    }
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    try await threads.run { () throws(ObjectStoreError) in try self.leftovers() }
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    try await threads.run { () throws(ObjectStoreError) in try self.removeLeftover(id) }
  }

  private func read(
    _ key: String, _ range: ByteRange?
  ) throws(ObjectStoreError) -> GetAnswer {
    let file: OpenFile
    let size: Int
    let bytes: [UInt8]
    let bounds: Range<Int>
    let status: stat
    do throws(Errno) {
      // Not to wait for a writer, should somebody have put a pipe there.
      file = try OpenFile.open(
        FolderPath(key: key).relative, in: root, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      status = try file.status()
    } catch {
      guard error == .noEntry else { throw failure("get", key, error) }
      try checkRoot()
      return .notFound(date: Self.now())
    }
    guard status.isFile else { throw failure("get", key, Errno(code: EISDIR)) }
    size = Int(status.st_size)
    bounds = try range?.bounds(size: size) ?? 0..<size
    do throws(Errno) { bytes = try file.read(bounds) } catch { throw failure("get", key, error) }
    guard bytes.count == bounds.count else {
      throw ObjectStoreError(
        .damaged, "'\(place(of: key))' became shorter while it was read, from \(size) bytes",
        mayHaveBeenApplied: false)
    }
    return .found(
      StoredObject(
        body: bytes, size: size, lastModified: status.lastModified, date: Self.now()))
  }

  /// Not the coarse clock of the kernel: since Linux 6.13 a ctime can be ahead of it.
  static func now() -> StoreTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return StoreTime(time)
  }
}

extension StoreTime {
  init(_ time: timespec) {
    self.init(
      millisecondsSince1970: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec / 1_000_000))
  }
}

extension stat {
  var isFile: Bool { st_mode & S_IFMT == S_IFREG }
  var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }

  var lastModified: StoreTime {
    #if canImport(Darwin)
      StoreTime(st_ctimespec)
    #else
      StoreTime(st_ctim)
    #endif
  }
}

extension FolderStore {
  func place(of key: String) -> String { "\(path)/\(FolderPath(key: key).relative)" }

  func failure(
    _ verb: String, _ key: String, _ error: Errno, mayHaveBeenApplied: Bool = false
  ) -> ObjectStoreError {
    ObjectStoreError(
      error.storeCode, "cannot \(verb) '\(key)' ('\(place(of: key))'): \(error.text)",
      mayHaveBeenApplied: mayHaveBeenApplied)
  }

  /// Throws if the folder that was opened is no longer there: "no such file" then says nothing
  /// about a key.
  func checkRoot() throws(ObjectStoreError) {
    let links: Int
    do throws(Errno) { links = Int(try root.status().st_nlink) } catch {
      throw ObjectStoreError(
        error.storeCode, "cannot read the folder '\(path)': \(error.text)",
        mayHaveBeenApplied: false)
    }
    guard links > 0 else {
      throw ObjectStoreError(
        .noSuchBucket, "the folder '\(path)' was removed", mayHaveBeenApplied: false)
    }
  }
}
