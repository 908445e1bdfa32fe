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
      async let written = writtenDeadRows(of: part)
      let segment = try await openSegment(part.summary)
      // Only now it is certain that there are as many rows as the manifest says.
      return .success((segment, try deadRows(of: part, try await written.get())))
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

  /// What the bucket says of the dead rows, not looked at yet.
  private func writtenDeadRows(
    of part: ManifestPayload.Part
  ) async -> Result<[UInt8]?, OpenFailure> {
    switch part.dead {
    case .none: return .success(nil)
    case .inline(let bytes): return .success(bytes)
    case .object(let id):
      let key = keys.segment(id)
      do throws(ObjectStoreError) {
        guard let object = try await store.find(key) else { return .failure(.missing(key: key)) }
        return .success(object.body)
      } catch {
        return .failure(.store(error))
      }
    }
  }

  private func deadRows(
    of part: ManifestPayload.Part, _ written: [UInt8]?
  ) throws(OpenFailure) -> RowSet {
    let rowCount = part.summary.rowCount
    guard let written else { return RowSet(count: rowCount, filledWith: false) }
    let dead: RowSet
    if case .object(let id) = part.dead {
      do throws(SegmentError) {
        dead = try DeletionVector.decodeObject(
          written, rowCount: rowCount, key: keys.segment(id))
      } catch {
        throw OpenFailure(error)
      }
    } else {
      do throws(BinaryError) {
        dead = try DeletionVector.decode(written, rowCount: rowCount)
      } catch {
        throw .damaged("the dead rows of segment \(part.summary.id): \(error.message)")
      }
    }
    guard dead.memberCount == part.deadCount else {
      throw .damaged(
        "the dead rows of segment \(part.summary.id) are \(dead.memberCount), not \(part.deadCount)"
      )
    }
    return dead
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
