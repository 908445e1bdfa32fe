import Model

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files in `.apus-tmp` that no process writes any more. Links are never followed, and whatever else lies there
/// is left alone.
extension FolderStore {
  package static let leftoverAge: Duration = .seconds(3600)

  /// Removes what crashed processes left unfinished.
  ///
  /// Should the owner of an old file be alive after all, it finds the file gone and fails. Where
  /// the process crashed after `link` this touches the object's ctime: it counts as written now,
  /// and G begins anew.
  package func removeLeftovers(olderThan age: Duration = leftoverAge) {
    for name in (try? files(olderThan: age)) ?? [] {
      unlinkat(temporary.descriptor, name.name, 0)
    }
  }

  /// The left-overs as uploads: their ids are the files' names; nobody knows their keys.
  package func leftovers(
    olderThan age: Duration = leftoverAge
  ) throws(ObjectStoreError) -> UploadList {
    do throws(Errno) {
      let found = try files(olderThan: age).sorted { $0.name < $1.name }
      return UploadList(
        items: found.prefix(Self.uploadsMax).map {
          .init(key: "", id: $0.name, initiated: $0.time)
        },
        isTruncated: found.count > Self.uploadsMax, date: Self.now())
    } catch {
      throw ObjectStoreError(
        error.storeCode, "cannot list '\(path)/\(Self.temporaryName)': \(error.text)",
        mayHaveBeenApplied: false)
    }
  }

  private static var uploadsMax: Int { 1000 }

  /// Removes a left-over that is old enough; nothing that could be in use, and no other name.
  package func removeLeftover(
    _ name: String, olderThan age: Duration = leftoverAge
  ) throws(ObjectStoreError) {
    guard Self.isTemporary(name) else {
      throw ObjectStoreError(
        .invalidRequest, "'\(name)' is no upload of '\(path)'", mayHaveBeenApplied: false)
    }
    do throws(Errno) {
      let status = try temporary.status(of: name)
      guard status.isFile, Self.now().since(status.lastModified) > age else { return }
      try Errno.check { unlinkat(temporary.descriptor, name, 0) }
    } catch {
      guard error != .noEntry else { return }
      throw ObjectStoreError(
        error.storeCode, "cannot remove '\(path)/\(Self.temporaryName)/\(name)': \(error.text)",
        mayHaveBeenApplied: true)
    }
  }

  private func files(
    olderThan age: Duration
  ) throws(Errno) -> [(name: String, time: StoreTime)] {
    var names: [String] = []
    try FolderListing.forEachName(in: temporary) { name, _ in
      names.append(String(decoding: name, as: UTF8.self))
    }
    let now = Self.now()
    var found: [(name: String, time: StoreTime)] = []
    for name in names where Self.isTemporary(name) {
      guard let status = try? temporary.status(of: name), status.isFile,
        now.since(status.lastModified) > age
      else { continue }
      found.append((name, status.lastModified))
    }
    return found
  }

  /// Whether a writer could have named its file so.
  private static func isTemporary(_ name: String) -> Bool {
    UniqueID(name)?.description == name
  }
}
