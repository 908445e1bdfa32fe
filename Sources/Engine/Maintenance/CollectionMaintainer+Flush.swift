import CommitLog
import Model
import ObjectStore
import Segments

extension CollectionMaintainer {
  /// Makes a segment of the tail and publishes a manifest that covers it.
  func flush(_ view: MaintenanceView<CollectionState>) async -> StepResult {
    guard !view.entries.isEmpty else { return .nothingToDo }
    var built: BuiltSegment?
    do throws(SegmentError) {
      built = try await view.state.buildTailSegment(
        id: .random(from: random), hashSeed: hashSeed(), codes: codePolicy, memory: memory)
    } catch {
      note("the newest records could not be made into a segment", "\(error)")
      return .inVain
    }
    var output: Segment?
    do {
      // While more comes, the next one is built where this one was.
      let isLoading =
        view.isPressed || view.entryBytes >= configuration.flushBytes
        || view.entries.count >= configuration.flushEntries
      defer {
        if isLoading { memory.keep(&built) }
        built = nil
      }
      if let built {
        guard await upload(built.bytes, id: built.summary.id),
          let segment = await adopt(built, by: .flush)
        else { return .inVain }
        output = segment
      }
    }
    return await publishFlush(of: output, view)
  }

  /// Publishes the state at the view's position with its tail in `output`; a publisher that lost goes on only on
  /// a manifest that ends where the flush begins (S5).
  private func publishFlush(
    of output: Segment?, _ view: MaintenanceView<CollectionState>
  ) async -> StepResult {
    var number = view.manifestNumber
    var parts = view.state.segments.map { (segment: $0.segment, dead: $0.dead) }
    var bases = (try? view.base.map { try ManifestPayload(encoded: $0.payload).parts }) ?? []
    while !Task.isCancelled {
      let payload = await payload(of: view.state, parts, output, bases, view)
      guard let payload else { return .inVain }
      let draft = ManifestDraft(
        position: view.position, entryHash: view.entryHash, payload: payload)
      switch await replica.publish(draft, after: number) {
      case .published: return .done
      case .unclear(let reason):
        note("a manifest could not be published", reason)
        return .inVain
      case .lost(let lost):
        guard let winner = goesOn(after: lost, output?.id, view) else { return .inVain }
        guard let moved = await rebased(view, onto: winner) else { return .inVain }
        number = winner.number
        parts = moved.parts
        bases = moved.bases
      }
    }
    return .inVain
  }

  /// The manifest on which a flush that lost may go on, if any.
  private func goesOn(
    after lost: LostPublication, _ output: UniqueID?, _ view: MaintenanceView<CollectionState>
  ) -> Manifest? {
    guard let winner = lost.newest, !winner.isFinal, !lost.metEmptied else { return nil }
    if let output, lost.condemned.contains(output) { return nil }
    let isExact = winner.position == view.base?.position ?? 0
    if rules.contains(.flushesOnExactBase) { return isExact ? winner : nil }
    return winner.position < view.position ? winner : nil
  }

  /// The winner's segments with the rows dead that the flushed entries kill in them.
  private func rebased(
    _ view: MaintenanceView<CollectionState>, onto winner: Manifest
  ) async -> (parts: [(segment: Segment, dead: RowSet)], bases: [ManifestPayload.Part])? {
    do {
      let bases = try ManifestPayload(encoded: winner.payload).parts
      var state = try await CollectionState.open(winner, with: opener)
      if rules.contains(.looksUpAnew) {
        for entry in view.entries where entry.number > winner.position {
          try state.apply(entry.payload)
          await Task.yield()
        }
      } else {
        state.killWhereTheyWere(in: view.state)
      }
      return (state.segments.map { ($0.segment, $0.dead) }, bases)
    } catch {
      note("the manifest of another server cannot be used", "\(error)")
      return nil
    }
  }

  /// The payload of a manifest at the view's position: `parts`, and behind them the flushed rows.
  private func payload(
    of state: CollectionState, _ parts: [(segment: Segment, dead: RowSet)], _ output: Segment?,
    _ bases: [ManifestPayload.Part], _ view: MaintenanceView<CollectionState>
  ) async -> [UInt8]? {
    let died = view.entries.compactMap(\.date).min() ?? view.storeTime
    var written: [WrittenPart] = parts.map { part in
      let known = bases.first { $0.summary.id == part.segment.id }
      return WrittenPart(
        summary: part.segment.summary, dead: part.dead, deadSince: known?.deadSince ?? died,
        known: known)
    }
    if let output {
      written.append(
        WrittenPart(
          summary: output.summary, dead: RowSet(count: output.rowCount, filledWith: false),
          deadSince: nil))
    }
    return await encode(
      written, nextOffset: state.nextOffset, dimension: state.dimension,
      liveCount: UInt64(state.count), liveChecksum: state.liveChecksum)
  }
}
