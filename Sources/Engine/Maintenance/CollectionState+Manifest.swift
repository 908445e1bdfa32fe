package import CommitLog
import Model
import Segments

extension CollectionState {
  package typealias Opener = CollectionOpener

  package static func open(
    _ manifest: Manifest, with opener: CollectionOpener
  ) async throws(OpenFailure) -> CollectionState {
    let payload: ManifestPayload
    do throws(BinaryError) {
      payload = try ManifestPayload(encoded: manifest.payload)
    } catch {
      throw .damaged(
        "object \(opener.keys.manifest(manifest.number)) is damaged: \(error.message)")
    }
    let parts = try await opener.open(payload.parts)
    let state = CollectionState(
      id: opener.id, dimension: payload.dimension, nextOffset: payload.nextOffset,
      liveChecksum: payload.liveChecksum, isSealed: payload.isSealed,
      parts: parts.map { SegmentPart(segment: $0.segment, dead: $0.dead) })
    guard UInt64(state.count) == payload.liveCount else {
      throw .damaged(
        "object \(opener.keys.manifest(manifest.number)) is damaged: \(state.count) records live "
          + "where it counts \(payload.liveCount)")
    }
    return state
  }
}
