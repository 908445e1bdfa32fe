import CKernels
import Model

extension CodeSearch {
  /// Looks at the codes of blocks in several places whose codes have an order, those first that are likely to have the nearest rows,
  /// until the nearest that are known stayed the same while `patience` of all blocks were looked at.
  ///
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  mutating func scanRanked(_ places: [RankedRows]) async throws(CancellationError) {
    guard !places.isEmpty else { return }
    for index in queries.indices where !isUndecided[index] {
      var walk = rankedWalk(places, of: index)
      while true {
        scanPiece(places, &walk)
        guard !walk.isOver, !isUndecided[index] else { break }
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
      }
      rankedBlocks.all += walk.ranking.numbers.count
      rankedBlocks.looked += walk.looked
      rankedBlocks.opened += walk.opened
      if Task.isCancelled { throw CancellationError() }
    }
  }

  /// A place whose blocks can be ranked, and the queries made ready for it.
  struct RankedRows: Sendable {
    let rows: CodedRows
    let order: CodeOrder
    /// For the rows' codes, and for the centres', of which all components are in columns.
    let ready: [CodeQuery]
    let readyForCentres: [CodeQuery]
  }

  /// Makes a place ready; nil where its blocks cannot be ranked.
  mutating func ranked(_ place: CodedRows) -> RankedRows? {
    guard let order = place.codes.order, place.fine.rows == 0..<place.codes.count,
      order.count > 0,
      prepare(for: place.codes.basis, CoarseShape(width: place.codes.shape.width)),
      let readyForCentres = prepared?.queries, prepare(for: place.codes),
      let ready = prepared?.queries
    else { return nil }
    return RankedRows(
      rows: place, order: order, ready: ready, readyForCentres: readyForCentres)
  }

  /// Where a query's scan of blocks in their order is.
  private struct RankedWalk {
    let query: Int
    let ranking: BlockRanking
    var patience: Patience
    /// Per place.
    let deferred: [DeferredRows]
    /// The next step, and the next place whose deferred rows are looked at once all were made.
    var step = 0
    var drained = 0
    /// Blocks that were looked at.
    var looked = 0
    /// Of those, the ones that were looked at in full.
    var opened = 0
    /// Per place.
    var glances: [Glances]

    var hasSteps: Bool { step < ranking.steps.count && !patience.isOver }
    var isOver: Bool { !hasSteps && drained >= deferred.count }
  }

  private func rankedWalk(_ places: [RankedRows], of index: Int) -> RankedWalk {
    let counts = places.map(\.order.blockCount)
    let total = counts.reduce(0, +)
    let ranking = withUnsafeTemporaryAllocation(
      of: Float.self, capacity: total + CoarseBlocks.rows
    ) { estimates in
      var start = 0
      for place in places {
        place.order.estimate(
          place.readyForCentres[index], kernels: kernels,
          into: UnsafeMutableBufferPointer(rebasing: estimates[start...]))
        start += place.order.blockCount
      }
      return BlockRanking(
        UnsafeBufferPointer(rebasing: estimates[..<total]), counts: counts,
        blocksMax: BlockRanking.blocksMax(of: total), kernels: kernels)
    }
    // Where a filter leaves some rows, nobody knows in which blocks the nearest of them are.
    let isUnfiltered = places.allSatisfy(\.rows.isUnfiltered)
    return RankedWalk(
      query: index, ranking: ranking,
      patience: isUnfiltered
        ? Patience(patience, neighbours: count, blocks: total) : Patience(),
      deferred: places.map { _ in DeferredRows() }, glances: places.map { _ in Glances() })
  }

  /// Makes the next steps, for about a millisecond.
  private mutating func scanPiece(_ places: [RankedRows], _ walk: inout RankedWalk) {
    var opened: [OpenPlace] = []
    opened.reserveCapacity(places.count)
    Self.withOpened(places, &opened) { opened in
      memory.withTwo { scratch, waiting in
        var last: Int?
        var work = 0
        while walk.hasSteps, !isUndecided[walk.query], work < Self.pieceWork {
          let number = Int(walk.ranking.steps[walk.step].place)
          if walk.deferred[number].isFull {
            work += finishLast(opened, places, walk.query, &last, &waiting)
            work += drain(number, opened, places, &walk, &scratch, &waiting)
          }
          work += makeStep(in: number, opened, places, &walk, &last, &scratch, &waiting)
        }
        work += finishLast(opened, places, walk.query, &last, &waiting)
        while !walk.hasSteps, walk.drained < walk.deferred.count, work < Self.pieceWork {
          work += drain(walk.drained, opened, places, &walk, &scratch, &waiting)
          walk.drained += 1
        }
      }
    }
  }

  /// Where the codes of a place are; valid only during a call.
  private struct OpenPlace {
    let coarse: CoarsePlaces
    let target: Target
    let rows: RowsOfPositions
    let rowCount: Int
  }

  /// Calls `body` with where the codes of all places are. Each is opened once for many steps, that are now in one and now in another.
  private static func withOpened(
    _ places: [RankedRows], _ opened: inout [OpenPlace],
    _ body: (UnsafeBufferPointer<OpenPlace>) -> Void
  ) {
    guard opened.count < places.count else {
      return opened.withUnsafeBufferPointer { body($0) }
    }
    let place = places[opened.count]
    place.rows.codes.blocks.withPlaces { coarse in
      place.rows.fine.withBytes { fine in
        place.order.withRows { rows in
          opened.append(
            OpenPlace(
              coarse: coarse,
              target: Target(part: place.rows.part, firstRow: 0, fine: fine.baseAddress),
              rows: rows, rowCount: place.order.count))
          withOpened(places, &opened, body)
        }
      }
    }
  }

  /// Makes the next step, which is in the place with this number. What it finds is left for later, when its fine codes have arrived.
  /// - Returns: How much work it was.
  private mutating func makeStep(
    in number: Int, _ opened: UnsafeBufferPointer<OpenPlace>, _ places: [RankedRows],
    _ walk: inout RankedWalk, _ last: inout Int?, _ scratch: inout Scratch,
    _ waiting: inout Scratch
  ) -> Int {
    let (index, deferred) = (walk.query, walk.deferred[number])
    let query = places[number].ready[index]
    let width = query.residual.count
    let count = Int(walk.ranking.steps[walk.step].count)
    walk.step += 1
    let isFollowed = walk.hasSteps && Int(walk.ranking.steps[walk.step].place) == number
    let bound = bounds[index].bound
    walk.ranking.numbers.withUnsafeBufferPointer { numbers in
      deferred.extend(above: gaps[index].limit(below: bound), firstRow: 0) { later in
        // Without a bound no row is too far away.
        let hasGlance = walk.glances[number].isNextWith && bound < .infinity
        let inFull = scratch.coarse(
          opened[number].coarse, numbers: numbers.baseAddress.map { $0 + walk.looked },
          count: count, rowCount: opened[number].rowCount, isFollowed: isFollowed,
          hasGlance: hasGlance, query, threshold: query.threshold(bound), later: later,
          kernels: kernels)
        walk.opened += inFull
        if bound < .infinity {
          walk.glances[number].note(opened: inFull, of: count, hadGlance: hasGlance)
        }
      }
    }
    walk.looked += count
    var work = count * (CoarseBlocks.rows / 8) * width
    // What an earlier step found has arrived in the cache by now.
    if !waiting.isExhausted { work += finishLast(opened, places, walk.query, &last, &waiting) }
    // Most steps find nothing once there is a good bound.
    if scratch.hasFound {
      scratch.keep(
        below: query.threshold(bounds[index].bound),
        deferringAbove: gaps[index].limit(below: bounds[index].bound), to: deferred,
        opened[number].rows, among: places[number].rows.rows)
      scratch.prefetch(opened[number].target.fine, width: width)
      last = number
      swap(&scratch, &waiting)
      // Without a bound all rows of the next step would be found.
      if bounds[index].bound == .infinity {
        work += finishLast(opened, places, walk.query, &last, &waiting)
      }
    }
    walk.patience.note(bounds[index].bound, looked: walk.looked)
    return work
  }

  /// Looks at the fine codes that are waited for, if any are.
  /// - Returns: How much work it was.
  private mutating func finishLast(
    _ opened: UnsafeBufferPointer<OpenPlace>, _ places: [RankedRows], _ index: Int,
    _ last: inout Int?, _ waiting: inout Scratch
  ) -> Int {
    guard let number = last else { return 0 }
    last = nil
    let query = places[number].ready[index]
    return finish(index, query, &waiting, opened[number].target) * 8 * query.residual.count
  }

  /// Looks at what was deferred of a place and is still of interest. Nothing else may be waiting.
  /// - Returns: How much work it was.
  private mutating func drain(
    _ number: Int, _ opened: UnsafeBufferPointer<OpenPlace>, _ places: [RankedRows],
    _ walk: inout RankedWalk, _ scratch: inout Scratch, _ waiting: inout Scratch
  ) -> Int {
    let deferred = walk.deferred[number]
    guard deferred.count > 0 else { return 0 }
    defer { deferred.removeAll() }
    return finish(
      deferred, 0..<deferred.count, of: walk.query, places[number].ready[walk.query],
      &scratch, &waiting,
      opened[number].target, opened[number].rows, among: places[number].rows.rows)
  }
}
