import CommitLog
import Model
import ObjectStore
import Segments

extension CollectionMaintainer {
  /// Rewrites some of the manifest's segments into one, without their dead rows, and publishes a manifest with it
  /// at the same position of the log.
  ///
  /// All is taken from the manifest, not from the state that has gone on since: what entries after the manifest
  /// do to these rows, they do to the new segment when they are applied on top of it.
  func merge(_ base: Manifest, storeTime: StoreTime?) async -> StepResult {
    do {
      let payload = try ManifestPayload(encoded: base.payload)
      let state = try await CollectionState.open(base, with: opener)
      let plan = MergePlan(
        configuration: configuration, parts: payload.parts,
        deadCounts: state.segments.map { $0.dead.memberCount }, now: storeTime)
      let chosen = plan.inputs()
      guard !chosen.isEmpty else { return .nothingToDo }
      let inputs = chosen.map { (state.segments[$0].segment, dead: state.segments[$0].dead) }
      let merged = try await CollectionState.mergeSegments(
        inputs, id: .random(from: random), hashSeed: hashSeed(), codes: codePolicy)
      var output: Segment?
      if let built = merged.built {
        guard await upload(built.bytes, id: built.summary.id),
          let segment = await adopt(built, by: .merge)
        else { return .inVain }
        output = segment
      }
      let job = MergeJob(
        inputs: inputs.map { $0.0.id }, rowMaps: merged.rowMaps, output: output)
      return try await publish(job, base, state)
    } catch {
      note("segments could not be merged", "\(error)")
      return .inVain
    }
  }

  private struct MergeJob {
    let inputs: [UniqueID]
    /// Per input and row the row of the output, or -1 where it was dead.
    let rowMaps: [[Int32]]
    /// Nil where no row is left.
    let output: Segment?
  }

  private func publish(
    _ job: MergeJob, _ base: Manifest, _ opened: CollectionState
  ) async throws -> StepResult {
    var (manifest, state) = (base, opened)
    while !Task.isCancelled {
      guard let parts = try replaced(job, in: manifest, state) else { return .inVain }
      let payload = await encode(
        parts, nextOffset: state.nextOffset, dimension: state.dimension,
        liveCount: UInt64(state.count), liveChecksum: state.liveChecksum)
      guard let payload else { return .inVain }
      let draft = ManifestDraft(
        position: manifest.position, entryHash: manifest.entryHash, payload: payload)
      switch await replica.publish(draft, after: manifest.number) {
      case .published: return .done
      case .unclear(let reason):
        note("a manifest could not be published", reason)
        return .inVain
      case .lost(let lost):
        guard let winner = lost.newest, !winner.isFinal, !lost.metEmptied else { return .inVain }
        if let output = job.output, lost.condemned.contains(output.id) { return .inVain }
        manifest = winner
        state = try await CollectionState.open(winner, with: opener)
      }
    }
    return .inVain
  }

  /// The manifest's parts with the inputs replaced by the output, in which the rows are dead that have died since.
  /// - Returns: Nil where an input is not named any more.
  private func replaced(
    _ job: MergeJob, in manifest: Manifest, _ state: CollectionState
  ) throws(BinaryError) -> [WrittenPart]? {
    let parts = try ManifestPayload(encoded: manifest.payload).parts
    let places = job.inputs.compactMap { id in parts.firstIndex { $0.summary.id == id } }
    guard places.count == job.inputs.count else { return nil }
    var written: [WrittenPart] = []
    for (index, part) in parts.enumerated() where !places.contains(index) {
      written.append(
        WrittenPart(
          summary: part.summary, dead: state.segments[index].dead, deadSince: part.deadSince,
          known: part))
    }
    guard let output = job.output else { return written }
    var dead = RowSet(count: output.rowCount, filledWith: false)
    var since: StoreTime?
    if rules.contains(.mapsDeletions) {
      for (place, map) in zip(places, job.rowMaps) {
        for row in state.segments[place].dead where map[row] >= 0 {
          dead[Int(map[row])] = true
          since = [since, parts[place].deadSince].compactMap { $0 }.min()
        }
      }
    }
    written.append(WrittenPart(summary: output.summary, dead: dead, deadSince: since))
    return written
  }
}
