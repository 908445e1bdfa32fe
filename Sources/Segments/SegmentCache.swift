package import Model
package import ObjectStore
import Synchronization

/// The segments that this server has open, each once, and their local copies.
package final class SegmentCache: Sendable {
  private struct Opened {
    weak var segment: Segment?
  }

  private let store: any ObjectStore
  private let workspace: any Workspace
  private let limits: SegmentCacheLimits
  private let budget: SegmentBudget
  /// Bounds the ranged reads of all segments that are being loaded.
  private let readGate: Gate
  /// The same for large hot parts, for which a whole collection waits: they do not stand behind cold ones.
  private let hotGate = Gate(places: 8)
  private let opened = Mutex<[UniqueID: Opened]>([:])
  private let toLoad: LoadQueue

  package init(
    store: any ObjectStore, workspace: any Workspace,
    limits: SegmentCacheLimits = SegmentCacheLimits()
  ) {
    self.store = store
    self.workspace = workspace
    self.limits = limits
    budget = SegmentBudget(limits: limits, leftoverBytes: workspace.leftoverBytes)
    readGate = Gate(places: limits.readsAtOnce)
    toLoad = LoadQueue(budget: budget)
  }

  /// Bytes of the parts that are always at hand, and of those that the workspace has beside them.
  package var figures: (hotBytes: Int, coldBytes: Int) { (budget.hotBytes, budget.coldBytes) }

  /// What is read of cold parts is given back at once, and may have to be read from the disk the next time.
  package var isOverMemory: Bool { budget.isOverMemory }

  /// Whether an earlier process left local copies that nobody has claimed yet.
  package var hasLeftovers: Bool { workspace.leftoverBytes > 0 }

  /// Removes the local copies that an earlier process left and nobody has claimed.
  /// - Returns: The bytes that they took.
  package func removeLeftovers() -> Int {
    let bytes = workspace.removeLeftovers()
    budget.giveBack(leftovers: bytes)
    return bytes
  }

  /// Opens a segment: its hot part comes from what an earlier process left or by one ranged GET, the rest is checked
  /// or fetched in the background.
  package func open(
    _ summary: SegmentSummary, key: String
  ) async throws(SegmentError) -> Segment {
    if let segment = known(summary) { return segment }
    let leftover = workspace.claimLeftover(of: summary.id, size: summary.size)
    if let copy = leftover?.copy, Self.isReadable(copy, summary.hotOffset..<summary.size),
      let segment = try? Segment(
        summary: summary, key: key, copy: copy, isLeftover: true, store: store, budget: budget)
    {
      return admit(segment, leftover: leftover?.bytes ?? 0)
    }
    do throws(SegmentError) {
      return try await fetch(summary, key: key, into: leftover)
    } catch {
      // The copy goes.
      budget.giveBack(leftovers: leftover?.bytes ?? 0)
      throw error
    }
  }

  private func fetch(
    _ summary: SegmentSummary, key: String, into leftover: ClaimedLeftover?
  ) async throws(SegmentError) -> Segment {
    let copy: any LocalCopy
    if let left = leftover?.copy {
      copy = left
    } else {
      copy = try workspace.makeCopy(of: summary.id, size: summary.size)
    }
    try await fetchHot(summary, key: key, into: copy)
    let segment = try Segment(
      summary: summary, key: key, copy: copy, isLeftover: leftover?.copy != nil, store: store,
      budget: budget)
    return admit(segment, leftover: leftover?.bytes ?? 0)
  }

  /// By one request, or by several at the same time where it is large: one connection alone is slow.
  private func fetchHot(
    _ summary: SegmentSummary, key: String, into copy: any LocalCopy
  ) async throws(SegmentError) {
    let parts = Self.parts(
      of: summary.hotOffset..<summary.size, bytesMax: SegmentCacheLimits.largestRequestBytes)
    let failure = await withTaskGroup(of: SegmentError?.self) { group in
      for part in parts {
        group.addTask {
          if parts.count > 1 { await self.hotGate.enter() }
          defer { if parts.count > 1 { self.hotGate.leave() } }
          do throws(SegmentError) {
            try await self.fetchHot(part, of: summary, key: key, into: copy)
            return nil
          } catch {
            return error
          }
        }
      }
      var failure: SegmentError?
      for await found in group where failure == nil && found != nil {
        failure = found
        group.cancelAll()
      }
      return failure
    }
    if let failure { throw failure }
  }

  private func fetchHot(
    _ part: Range<Int>, of summary: SegmentSummary, key: String, into copy: any LocalCopy
  ) async throws(SegmentError) {
    if Task.isCancelled { throw .cancelled }
    let answer: GetAnswer
    do throws(ObjectStoreError) {
      answer = try await store.get(
        key, range: .from(offset: part.lowerBound, count: part.count))
    } catch {
      throw .store(error)
    }
    guard case .found(let object) = answer else { throw .missing(key: key) }
    guard object.size == summary.size, object.body.count == part.count else {
      throw .damaged(
        key: key, reason: "has \(object.size) bytes where the manifest says \(summary.size)")
    }
    try Self.write(object.body, to: copy, at: part.lowerBound)
  }

  private static func parts(of range: Range<Int>, bytesMax: Int) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: bytesMax).map {
      $0..<min($0 + bytesMax, range.upperBound)
    }
  }

  private func admit(_ segment: Segment, leftover: Int) -> Segment {
    // Whether it fits is known now; queries do not wait for what may never come.
    if !segment.takeRoom(leftover: leftover) { segment.settleRemote() }
    let kept = keep(segment)
    if kept === segment { toLoad.append(segment) }
    return kept
  }

  /// Proves that the bytes can be read, before they are read by way of a mapping: a disk that cannot read them would
  /// end the process there.
  private static func isReadable(_ copy: any LocalCopy, _ range: Range<Int>) -> Bool {
    let stepBytes = SegmentFormat.blockBytes
    return withUnsafeTemporaryAllocation(byteCount: stepBytes, alignment: 64) { buffer in
      stride(from: range.lowerBound, to: range.upperBound, by: stepBytes).allSatisfy {
        copy.read($0..<min($0 + stepBytes, range.upperBound), into: buffer)
      }
    }
  }

  /// Opens a segment that this server has just written: nothing is fetched.
  package func adopt(
    _ built: BuiltSegment, key: String
  ) async throws(SegmentError) -> Segment {
    let summary = built.summary
    let copy = try workspace.makeCopy(of: summary.id, size: summary.size)
    let isKept = budget.takeCold(
      summary.hotOffset,
      beside: summary.size - summary.hotOffset + SegmentBudget.roundingBytes)
    do throws(SegmentError) {
      // A write of all at once would take a thread for seconds.
      let pieceBytes = 16 << 20
      for start in stride(
        from: isKept ? 0 : summary.hotOffset, to: summary.size, by: pieceBytes)
      {
        let end = min(start + pieceBytes, summary.size)
        try Self.write(built.bytes, start..<end, to: copy, at: start)
        await Task.yield()
        if Task.isCancelled { throw .cancelled }
      }
      let segment = try Segment(
        summary: summary, key: key, copy: copy, store: store, budget: budget)
      segment.coldBytesTaken.withLock { $0 = isKept ? summary.hotOffset : 0 }
      let kept = keep(segment)
      if isKept {
        segment.settleLocal()
      } else {
        segment.settleRemote()
        if kept === segment { toLoad.append(segment) }
      }
      return kept
    } catch {
      if isKept { budget.giveBack(cold: summary.hotOffset) }
      throw error
    }
  }

  /// Writes some of the bytes, all where `range` is nil.
  private static func write(
    _ bytes: [UInt8], _ range: Range<Int>? = nil, to copy: any LocalCopy, at offset: Int
  ) throws(SegmentError) {
    let result: Result<Void, SegmentError> = bytes.withUnsafeBytes { bytes in
      do throws(SegmentError) {
        let part = UnsafeRawBufferPointer(rebasing: bytes[range ?? 0..<bytes.count])
        return .success(try copy.write(part, at: offset))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  private func known(_ summary: SegmentSummary) -> Segment? {
    guard let segment = opened.withLock({ $0[summary.id]?.segment }), segment.summary == summary
    else { return nil }
    return segment
  }

  /// Two tasks may open the same segment; the first one's stays.
  private func keep(_ segment: Segment) -> Segment {
    opened.withLock { opened in
      if let known = opened[segment.id]?.segment { return known }
      opened[segment.id] = Opened(segment: segment)
      if opened.count > 64, opened.count.isMultiple(of: 64) {
        opened = opened.filter { $0.value.segment != nil }
      }
      return segment
    }
  }

  // MARK: Loading the cold parts

  /// Fetches the cold parts of opened segments, a few at a time, until the task is cancelled. What finds no room is
  /// fetched once there is some; what fails is tried again after a pause.
  package func run(clock: any ServerClock) async {
    await withDiscardingTaskGroup { group in
      let places = Gate(places: Self.loadsAtOnceMax)
      while !Task.isCancelled {
        await places.enter()
        let now = clock.now()
        guard let next = toLoad.next(at: now) else {
          places.leave()
          await toLoad.wait(since: now, clock: clock)
          continue
        }
        group.addTask {
          defer { places.leave() }
          let isThere = await self.load(next.piece, of: next.segment)
          self.toLoad.finished(next)
          guard !Task.isCancelled else { return }
          if isThere {
            if next.segment.nextPiece == nil {
              next.segment.reader.leftover?.forget()
            } else {
              self.toLoad.append(next.segment)
            }
          } else {
            next.segment.settleRemote()
            let failures = next.failures + 1
            self.toLoad.append(
              next.segment, failures: failures,
              due: clock.now() + Self.pause(after: failures))
          }
        }
      }
      group.cancelAll()
    }
  }

  private static let loadsAtOnceMax = 4

  /// Doubles with each failure.
  private static func pause(after failures: Int) -> Duration {
    min(.seconds(1) * (1 << min(failures - 1, 16)), pauseMax)
  }

  private static let pauseMax = Duration.seconds(300)

  /// Fetches what is missing of a piece into the segment's local copy, for which room was taken.
  /// - Returns: Whether all of it is there now.
  private func load(_ piece: Segment.ColdPiece, of segment: Segment) async -> Bool {
    let missing =
      await segment.reader.leftover?.missing(in: piece.range, gap: ColdReader.gapBytesMax)
      ?? [piece.range]
    for range in missing {
      guard await fetch(range, of: segment) else { return false }
    }
    guard !Task.isCancelled else { return false }
    piece.isLocal.settle(.reached)
    return true
  }

  /// - Returns: Whether the bytes are in the local copy; each request is repeated a few times.
  private func fetch(_ range: Range<Int>, of segment: Segment) async -> Bool {
    let parts = Self.parts(of: range, bytesMax: limits.requestBytesMax)
    return await withTaskGroup(of: Bool.self) { group in
      var isWhole = true
      for (index, part) in parts.enumerated() {
        if index >= limits.readsAtOnce, await group.next() == false { isWhole = false }
        guard isWhole, !Task.isCancelled else { break }
        group.addTask { await self.fetch(part: part, of: segment) }
      }
      for await isThere in group where !isThere { isWhole = false }
      return isWhole && !Task.isCancelled
    }
  }

  private func fetch(part: Range<Int>, of segment: Segment) async -> Bool {
    await readGate.enter()
    defer { readGate.leave() }
    for _ in 0..<Self.attemptsMax where !Task.isCancelled {
      do throws(SegmentError) {
        let bytes = try await segment.reader.read(part)
        try Self.write(Array(bytes), to: segment.copy, at: part.lowerBound)
        if budget.isOverMemory { segment.copy.drop(part) }
        return true
      } catch {
        guard case .store = error else { return false }
      }
    }
    return false
  }

  private static let attemptsMax = 4
}
