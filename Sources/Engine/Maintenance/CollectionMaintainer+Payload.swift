import Model
import ObjectStore
import Segments

/// A segment as a new manifest is to name it.
struct WrittenPart {
  let summary: SegmentSummary
  let dead: RowSet
  /// When the first of the dead rows died at the earliest; of no meaning where none is dead.
  let deadSince: StoreTime?
  /// What the manifest before says of the segment.
  var known: ManifestPayload.Part?

  /// The object in which the dead rows are already. Rows only die, so that as many are the same.
  var deadObject: UniqueID? {
    guard let known, known.summary == summary, known.deadCount == dead.memberCount,
      case .object(let id) = known.dead
    else { return nil }
    return id
  }
}

extension CollectionMaintainer {
  /// The manifest's payload; dead rows that do not fit are uploaded as objects of their own first.
  /// - Returns: Nil where that failed, or where the manifest would be too large.
  func encode(
    _ written: [WrittenPart], nextOffset: UInt64, dimension: Int?, liveCount: UInt64,
    liveChecksum: UInt64
  ) async -> [UInt8]? {
    var payload = ManifestPayload(
      nextOffset: nextOffset, dimension: dimension, isSealed: false, liveCount: liveCount,
      liveChecksum: liveChecksum, parts: [])
    var inlineBytes = 0
    for part in written {
      guard !part.dead.isEmpty else {
        payload.parts.append(.init(summary: part.summary, dead: .none, deadSince: nil))
        continue
      }
      let deadCount = part.dead.memberCount
      // A segment without a live row has nothing but its keys to say, and those are in the others, too.
      let bytes = DeletionVector.encode(part.dead)
      let dead: ManifestPayload.DeadRows
      if inlineBytes + bytes.count <= ManifestPayload.inlineBytesMax {
        inlineBytes += bytes.count
        dead = .inline(bytes)
      } else if let id = part.deadObject {
        dead = .object(id)
      } else {
        let id = UniqueID.random(from: random)
        guard await upload(DeletionVector.encodeObject(part.dead), id: id) else { return nil }
        dead = .object(id)
      }
      payload.parts.append(
        .init(
          summary: part.summary, dead: dead, deadCount: deadCount, deadSince: part.deadSince))
    }
    let bytes = payload.encoded()
    guard bytes.count <= ManifestPayload.writtenBytesMax else {
      note(
        "a manifest is too large",
        "\(payload.parts.count) segments take \(bytes.count) of "
          + "\(ManifestPayload.writtenBytesMax) bytes")
      return nil
    }
    return bytes
  }
}
