package import CommitLog
package import Model
package import ObjectStore
package import Segments

/// What opening a collection's manifest takes.
package struct CollectionOpener: Sendable {
  package let id: UniqueID
  package let keys: LogKeys
  package let store: any ObjectStore
  package let cache: SegmentCache

  package init(id: UniqueID, keys: LogKeys, store: any ObjectStore, cache: SegmentCache) {
    self.id = id
    self.keys = keys
    self.store = store
    self.cache = cache
  }

  /// The segments that a manifest names, with their dead rows, in its order.
  func open(
    _ parts: [ManifestPayload.Part]
  ) async throws(OpenFailure) -> [(segment: Segment, dead: RowSet)] {
    let results = await withTaskGroup(
      of: (Int, Result<(segment: Segment, dead: RowSet), OpenFailure>).self
    ) { group in
      for (index, part) in parts.enumerated() {
        group.addTask { (index, await self.open(part)) }
      }
      var results: [Int: Result<(segment: Segment, dead: RowSet), OpenFailure>] = [:]
      for await (index, result) in group { results[index] = result }
      return results
    }
    var opened: [(segment: Segment, dead: RowSet)] = []
    for index in parts.indices {
      if let result = results[index] { opened.append(try result.get()) }
    }
    return opened
  }

  private func open(
    _ part: ManifestPayload.Part
  ) async -> Result<(segment: Segment, dead: RowSet), OpenFailure> {
    do throws(OpenFailure) {
      async let dead = deadRows(of: part)
      let segment = try await openSegment(part.summary)
      return .success((segment, try await dead.get()))
    } catch {
      return .failure(error)
    }
  }

  private func openSegment(_ summary: SegmentSummary) async throws(OpenFailure) -> Segment {
    do throws(SegmentError) {
      return try await cache.open(summary, key: keys.segment(summary.id))
    } catch {
      throw OpenFailure(error)
    }
  }

  private func deadRows(of part: ManifestPayload.Part) async -> Result<RowSet, OpenFailure> {
    let rowCount = part.summary.rowCount
    do throws(OpenFailure) {
      switch part.dead {
      case .none:
        return .success(RowSet(count: rowCount, filledWith: false))
      case .inline(let bytes):
        do throws(BinaryError) {
          return .success(try DeletionVector.decode(bytes, rowCount: rowCount))
        } catch {
          throw .damaged("the dead rows of segment \(part.summary.id): \(error.message)")
        }
      case .object(let id):
        return .success(try await deadRows(in: keys.segment(id), rowCount: rowCount))
      }
    } catch {
      return .failure(error)
    }
  }

  private func deadRows(in key: String, rowCount: Int) async throws(OpenFailure) -> RowSet {
    let found: StoredObject?
    do throws(ObjectStoreError) {
      found = try await store.find(key)
    } catch {
      throw .store(error)
    }
    guard let object = found else { throw .missing(key: key) }
    do throws(SegmentError) {
      return try DeletionVector.decodeObject(object.body, rowCount: rowCount, key: key)
    } catch {
      throw OpenFailure(error)
    }
  }
}

extension OpenFailure {
  init(_ error: SegmentError) {
    switch error {
    case .store(let problem): self = .store(problem)
    case .missing(let key): self = .missing(key: key)
    case .damaged(let key, let reason): self = .damaged("object \(key) is damaged: \(reason)")
    case .newerFormat: self = .newerFormat("\(error)")
    case .tooLarge: self = .damaged("\(error)")
    case .workspace(let reason):
      // Room may be made.
      self = .store(ObjectStoreError(.unreachable, reason, mayHaveBeenApplied: false))
    case .cancelled:
      self = .store(ObjectStoreError(.cancelled, "cancelled", mayHaveBeenApplied: false))
    }
  }
}
