import Model

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One page of a list.
///
/// Reads the names of those folders only that can hold keys of the page, keeps no more of a
/// folder's names than the page can take, and looks at those files only that are on the page.
struct FolderListing {
  private static let namesMin = 1000

  private let store: FolderStore
  private let prefix: [UInt8]
  private let startAfter: [UInt8]
  private let maxKeys: Int

  private(set) var items: [ListAnswer.Item] = []
  private(set) var isTruncated = false

  init(store: FolderStore, prefix: String, startAfter: String, maxKeys: Int) {
    self.store = store
    self.prefix = Array(prefix.utf8)
    self.startAfter = Array(startAfter.utf8)
    self.maxKeys = maxKeys
  }

  mutating func run() throws(ObjectStoreError) {
    try walkFromPrefix()
    // A removed folder that is still open reads as an empty one.
    if items.isEmpty { try store.checkRoot() }
  }

  private mutating func walkFromPrefix() throws(ObjectStoreError) {
    guard prefix.count <= RequestLimits.keyBytesMax else { return }
    // All keys of the page are below the folder that the prefix names up to its last slash.
    guard let slash = prefix.lastIndex(of: UInt8(ascii: "/")) else {
      return try walk(".", keyPart: [])
    }
    let folders = FolderPath.folders(ofComponents: prefix[..<slash])
    try walk(folders.joined(separator: "/"), keyPart: Array(prefix[...slash]))
  }

  /// Adds the keys below the folder at `path`, all of which begin with `keyPart`.
  private mutating func walk(_ path: String, keyPart: [UInt8]) throws(ObjectStoreError) {
    guard keyPart.count <= RequestLimits.keyBytesMax else { return }
    guard let range = FolderRange(of: keyPart, prefix: prefix, startAfter: startAfter) else {
      return
    }
    var names: FolderNames
    var last: [UInt8]?
    repeat {
      // One more than fits tells whether the page is cut; and many, should the first be of no use.
      names = FolderNames(after: last, limit: max(maxKeys - items.count + 1, Self.namesMin))
      do throws(Errno) {
        try read(path, range, into: &names)
      } catch {
        if error == .noEntry { return }
        throw ObjectStoreError(
          error.storeCode, "cannot list '\(store.path)/\(path)': \(error.text)",
          mayHaveBeenApplied: false)
      }
      for name in names.finish() {
        let child = "\(path)/\(name.encoded)"
        if name.kind == .object {
          try add(child, key: keyPart + name.keyPart)
        } else {
          try walk(child, keyPart: keyPart + name.keyPart)
        }
        if isTruncated { return }
        last = name.keyPart
      }
      // Empty folders and files deleted meanwhile gave nothing: more names are needed.
    } while names.isCut
  }

  private mutating func add(_ path: String, key: [UInt8]) throws(ObjectStoreError) {
    // A name that is no text cannot be a key's.
    guard let key = String(validating: key, as: UTF8.self) else { return }
    guard items.count < maxKeys else {
      isTruncated = true
      return
    }
    do throws(Errno) {
      let status = try store.root.status(of: path)
      guard status.isFile else { return }
      items.append(
        .init(key: key, size: Int(status.st_size), lastModified: status.lastModified))
    } catch {
      if error == .noEntry { return }
      throw store.failure("list", key, error)
    }
  }

  private func read(
    _ path: String, _ range: FolderRange, into names: inout FolderNames
  ) throws(Errno) {
    let folder = try OpenFile.openFolder(path, in: store.root)
    try Self.forEachName(in: folder) { bytes, isFolder in
      guard let name = FolderName(encoded: bytes) else { return }
      guard isFolder == nil || isFolder == (name.kind != .object) else { return }
      if names.wants(name), range.mayHoldPageKeys(name) { names.add(name) }
    }
  }

  /// Calls `body` with each name in the folder and whether it is a folder, where the file system
  /// tells.
  static func forEachName(
    in folder: OpenFile, _ body: (UnsafeRawBufferPointer, _ isFolder: Bool?) -> Void
  ) throws(Errno) {
    // A description of its own: reading moves a position that descriptors made by `dup` share.
    let descriptor = try Errno.check {
      openat(folder.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard let stream = fdopendir(descriptor) else {
      let error = Errno(code: errno)
      close(descriptor)
      throw error
    }
    defer { closedir(stream) }
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw Errno(code: errno) }
        return
      }
      let name = UnsafeRawPointer(entry) + nameOffset
      let isFolder: Bool? =
        switch Int(entry.pointee.d_type) {
        case Int(DT_DIR): true
        case Int(DT_UNKNOWN): nil
        default: false
        }
      body(
        UnsafeRawBufferPointer(
          start: name, count: strlen(name.assumingMemoryBound(to: CChar.self))), isFolder)
    }
  }
}

/// Which names in a folder can hold keys of the page, by what follows the folder's part of them.
private struct FolderRange {
  private let prefix: ArraySlice<UInt8>
  /// Nil where all keys of the folder come after: an empty one excludes the folder's object without
  /// a name.
  private let startAfter: ArraySlice<UInt8>?

  /// Nil if there are none.
  init?(of keyPart: [UInt8], prefix: [UInt8], startAfter: [UInt8]) {
    guard prefix.starts(with: keyPart) || keyPart.starts(with: prefix) else { return nil }
    self.prefix = prefix.dropFirst(keyPart.count)
    if startAfter.starts(with: keyPart) {
      self.startAfter = startAfter.dropFirst(keyPart.count)
    } else if startAfter.lexicographicallyPrecedes(keyPart) {
      self.startAfter = nil
    } else {
      return nil
    }
  }

  func mayHoldPageKeys(_ name: FolderName) -> Bool {
    let part = name.keyPart
    let isFolder = name.kind != .object
    guard part.starts(with: prefix) || (isFolder && prefix.starts(with: part)) else {
      return false
    }
    guard let startAfter else { return true }
    return startAfter.lexicographicallyPrecedes(part)
      || (isFolder && startAfter.starts(with: part))
  }
}

/// The first `limit` names of a folder after a given one, in the order of their keys.
private struct FolderNames {
  private let after: [UInt8]?
  private let limit: Int
  private var names: [FolderName] = []
  /// True if some were left out; they come after those that are kept.
  private(set) var isCut = false
  /// After the first cut nothing behind this can be among the first `limit`.
  private var lastKept: [UInt8]?

  init(after: [UInt8]?, limit: Int) {
    self.after = after
    self.limit = limit
  }

  func wants(_ name: FolderName) -> Bool {
    if let after, !after.lexicographicallyPrecedes(name.keyPart) { return false }
    // Most names of a very large folder end here.
    guard let lastKept else { return true }
    return name.keyPart.lexicographicallyPrecedes(lastKept)
  }

  mutating func add(_ name: FolderName) {
    names.append(name)
    if names.count >= max(4 * limit, 4096) { cut() }
  }

  mutating func finish() -> [FolderName] {
    cut()
    return names
  }

  private mutating func cut() {
    names.sort { $0.keyPart.lexicographicallyPrecedes($1.keyPart) }
    guard names.count > limit else { return }
    names.removeLast(names.count - limit)
    isCut = true
    lastKept = names.last?.keyPart
  }
}
