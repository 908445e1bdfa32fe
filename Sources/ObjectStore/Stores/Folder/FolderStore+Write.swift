import Model
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension FolderStore {
  /// Not a possible name of a key's folder: those begin with no dot.
  static let temporaryName = ".apus-tmp"
  private static let knownFoldersMax = 256
  /// How often folders may be removed under a writer's feet, each time by the delete of their last
  /// object.
  private static let attemptsMax = 64

  /// False if `replacing` is false and there is an object with this key.
  func write(
    _ key: String, _ body: [UInt8], replacing: Bool
  ) throws(ObjectStoreError) -> Bool {
    let path = FolderPath(key: key)
    let verb = replacing ? "put" : "create"
    let temporaryName: String
    do throws(Errno) { temporaryName = try writeTemporary(body) } catch {
      if error == .noEntry { try checkRoot() }
      throw failure(verb, key, error)
    }
    var isNamed = false
    defer { if !isNamed || !replacing { unlinkat(temporary.descriptor, temporaryName, 0) } }

    for _ in 0..<Self.attemptsMax {
      do throws(Errno) {
        let folder = try durableFolder(path.folders)
        do throws(Errno) {
          try name(temporaryName, path.file, in: folder, replacing: replacing)
        } catch Errno.exists {
          // The winner may not have come to this yet, and what is built on its object must not
          // outlast it.
          try folder.sync()
          return false
        }
        isNamed = true
        try folder.sync()
        return true
      } catch {
        guard error == .noEntry, !isNamed else {
          throw failure(verb, key, error, mayHaveBeenApplied: isNamed)
        }
        try checkRoot()
        forget(path.folders)
      }
    }
    throw ObjectStoreError(
      .storeFailed,
      "cannot \(verb) '\(key)': '\(self.path)/\(Self.temporaryName)/\(temporaryName)' or the folder of "
        + "'\(place(of: key))' was removed \(Self.attemptsMax) times meanwhile",
      mayHaveBeenApplied: false)
  }

  private func name(
    _ temporaryName: String, _ file: String, in folder: OpenFile, replacing: Bool
  ) throws(Errno) {
    try Errno.check {
      if replacing {
        renameat(temporary.descriptor, temporaryName, folder.descriptor, file)
      } else {
        linkat(temporary.descriptor, temporaryName, folder.descriptor, file, 0)
      }
    }
  }

  /// The name of a new file with this body, synced.
  private func writeTemporary(_ body: [UInt8]) throws(Errno) -> String {
    let name = UniqueID.random(from: random).description
    let file = try OpenFile.open(
      name, in: temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
    do throws(Errno) {
      try direct.write(body, to: file)
      try file.sync()
    } catch {
      unlinkat(temporary.descriptor, name, 0)
      throw error
    }
    return name
  }

  /// The folder, made where it is missing; it and those above it survive a power cut.
  private func durableFolder(_ names: [String]) throws(Errno) -> OpenFile {
    if names.isEmpty { return root }
    let path = names.joined(separator: "/")
    if let known = knownFolders.withLock({ $0[path] }) { return known }

    var folder = root
    for name in names {
      // Synced even where it was there: whoever made it may not have come to that yet.
      folder = try Self.makeFolder(name, in: folder)
    }
    knownFolders.withLock { known in
      if known.count >= Self.knownFoldersMax { known.removeAll() }
      known[path] = folder
    }
    return folder
  }

  private func forget(_ names: [String]) {
    _ = knownFolders.withLock { $0.removeValue(forKey: names.joined(separator: "/")) }
  }

  /// Opens the folder after making it where it is missing, and syncs its name.
  static func makeFolder(_ name: String, in parent: OpenFile) throws(Errno) -> OpenFile {
    for _ in 0..<attemptsMax {
      do throws(Errno) {
        // No such entry here: `parent` was removed, and trying again is of no use.
        try Errno.check { mkdirat(parent.descriptor, name, 0o777) }
      } catch Errno.exists {}
      do throws(Errno) {
        let folder = try OpenFile.openFolder(name, in: parent)
        try parent.sync()
        return folder
      } catch Errno.noEntry {
        // Removed in between.
        continue
      }
    }
    throw .noEntry
  }

  /// Opens the root, which may be a symbolic link, after making what is missing of it.
  static func makeRoot(_ path: String) throws(Errno) -> OpenFile {
    do throws(Errno) {
      return try OpenFile.open(path, O_RDONLY | O_DIRECTORY)
    } catch Errno.noEntry {
      var folder = try OpenFile.openFolder(path.hasPrefix("/") ? "/" : ".")
      for name in path.split(separator: "/") {
        do throws(Errno) {
          folder = try OpenFile.open(String(name), in: folder, O_RDONLY | O_DIRECTORY)
        } catch Errno.noEntry {
          folder = try makeFolder(String(name), in: folder)
        }
      }
      return folder
    }
  }
}

extension FolderStore {
  /// Deletes the objects, and the folders that become empty.
  func remove(_ keys: [String]) throws(ObjectStoreError) {
    var touched: Set<[String]> = []
    for key in keys {
      let path = FolderPath(key: key)
      do throws(Errno) {
        try Errno.check { unlinkat(root.descriptor, path.relative, 0) }
        touched.insert(path.folders)
      } catch {
        guard error == .noEntry else {
          throw failure("delete", key, error, mayHaveBeenApplied: true)
        }
        try checkRoot()
      }
    }
    for folders in touched {
      do throws(Errno) { try syncAndPrune(folders) } catch {
        throw ObjectStoreError(
          error.storeCode,
          "cannot sync '\(path)/\(folders.joined(separator: "/"))' after a delete: \(error.text)",
          mayHaveBeenApplied: true)
      }
    }
  }

  private func syncAndPrune(_ folders: [String]) throws(Errno) {
    var folders = folders
    do throws(Errno) {
      let path = folders.isEmpty ? "." : folders.joined(separator: "/")
      try OpenFile.openFolder(path, in: root).sync()
    } catch Errno.noEntry {
      // Another's delete has removed the folder, and with it all names.
    }
    while !folders.isEmpty {
      let path = folders.joined(separator: "/")
      guard unlinkat(root.descriptor, path, AT_REMOVEDIR) == 0 else { return }
      forget(folders)
      folders.removeLast()
    }
  }
}
