import CKernels
package import Model

extension CodeSearch {
  /// Rows of one place whose codes are to be looked at.
  package struct CodedRows: Sendable {
    let codes: CodeColumn
    let fine: FineCodes
    let rows: RowSet?
    let part: Int
    let isUnfiltered: Bool

    /// - Parameters:
    ///   - codes: The coarse codes of all rows.
    ///   - fine: The fine codes of all rows or of some; the first row's number must be a multiple of 64.
    ///   - rows: The rows that may be in the answer; nil for all that have fine codes here.
    ///   - part: What the candidates are to be called by.
    ///   - isUnfiltered: Whether the rows are all, but for some anywhere among them. Only then may blocks be left out that are not
    ///     likely to have any of the nearest rows.
    package init(
      codes: CodeColumn, fine: FineCodes, rows: RowSet?, part: Int, isUnfiltered: Bool = false
    ) {
      self.codes = codes
      self.fine = fine
      self.rows = rows
      self.part = part
      self.isUnfiltered = isUnfiltered
    }

    /// Rows that have fine codes here.
    package var rowCount: Int { fine.rows.count }
  }

  /// Looks at the codes of rows in several places, one after the other. Those whose codes cannot be searched, for which
  /// `prepare` is false, are left out.
  ///
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package mutating func scan(_ places: [CodedRows]) async throws(CancellationError) {
    var (ranked, others): ([RankedRows], [CodedRows]) = ([], [])
    for place in places {
      if let ready = self.ranked(place) { ranked.append(ready) } else { others.append(place) }
    }
    try await scanRanked(ranked)
    try await scanInOrder(others)
  }

  /// The same, of all blocks one after the other.
  @concurrent
  private mutating func scanInOrder(_ places: [CodedRows]) async throws(CancellationError) {
    guard !places.isEmpty else { return }
    // With many queries there is enough else to do, and the lists would take more memory than they are worth.
    let isDeferring =
      queries.count <= Self.deferringQueriesMax
      && places.contains { $0.fine.rows.count > Self.batchRowsMax || !hasBounds }
    var walk = Walk(places: places.count, deferringQueries: isDeferring ? queries.count : 0)
    while true {
      scanPiece(places, &walk)
      guard walk.place < places.count || !walk.isDrained else { return }
      await Task.yield()
      if Task.isCancelled { throw CancellationError() }
    }
  }

  /// The same for one place.
  package mutating func scan(
    _ codes: CodeColumn, _ fine: FineCodes, rows: RowSet?, part: Int
  ) async throws(CancellationError) {
    try await scan([CodedRows(codes: codes, fine: fine, rows: rows, part: part)])
  }

  /// Where a scan of several places is.
  private struct Walk {
    /// The place, and whether its rows are being looked at.
    var place = 0
    var isUnderWay = false
    /// The next row, and where they end.
    var at = 0
    var end = 0
    /// Rows that are looked at together: few at first where there are no bounds yet, so that few of those behind have to be
    /// looked at closely.
    var batch = 0
    /// Per query, of all places; empty where nothing is deferred.
    let deferred: [DeferredRows]
    var hasFull = false
    /// Whether rows of this place are.
    var isDeferring = false
    /// The places of which rows may be deferred that were begun, and for each of them where in every query's deferred rows its own begin.
    var begun: [Int] = []
    var starts: [Int] = []
    /// The queries that were made ready for each.
    var ready: [[CodeQuery]] = []
    /// The next query whose deferred rows are to be looked at once all places were scanned.
    var query = 0

    init(places: Int, deferringQueries count: Int) {
      deferred = (0..<count).map { _ in DeferredRows() }
      guard count > 0 else { return }
      begun.reserveCapacity(places)
      starts.reserveCapacity(places * count)
      ready.reserveCapacity(places)
    }

    mutating func begin(
      _ rows: Range<Int>, _ queries: [CodeQuery], hasBounds: Bool, canDefer: Bool
    ) {
      (at, end) = (rows.lowerBound, max(rows.lowerBound, rows.upperBound))
      batch = hasBounds ? CodeSearch.batchRowsMax : CodeSearch.firstBatchRows
      // Of few rows little is known better by the end, and many such places have as many ends.
      isDeferring =
        canDefer && !deferred.isEmpty && (!hasBounds || rows.count > CodeSearch.batchRowsMax)
      if isDeferring {
        begun.append(place)
        for rows in deferred { starts.append(rows.count) }
        ready.append(queries)
      }
      isUnderWay = true
    }

    var isOver: Bool { at >= end }
    var isDrained: Bool { query >= deferred.count }

    /// Where in the query's deferred rows those of the `number`th place are that was begun.
    func range(_ number: Int, of query: Int) -> Range<Int> {
      let next = (number + 1) * deferred.count + query
      let end = next < starts.count ? starts[next] : deferred[query].count
      return starts[number * deferred.count + query]..<end
    }

    mutating func removeDeferred(of query: Int) {
      deferred[query].removeAll()
      for number in begun.indices { starts[number * deferred.count + query] = 0 }
    }
  }

  /// What was found of a query in a place, whose fine codes are on their way.
  private struct Found {
    let index: Int
    let query: CodeQuery
    let place: Int
    let part: Int
    let firstRow: Int
  }

  /// Looks at the codes of the next rows, for about a millisecond.
  private mutating func scanPiece(_ places: [CodedRows], _ walk: inout Walk) {
    memory.withTwo { scratch, waiting in
      var found: Found?
      var work = 0
      while walk.place < places.count, work < Self.pieceWork {
        if walk.isUnderWay || begin(places[walk.place], &walk, &work) {
          work += scanPlace(places, &walk, &found, &scratch, &waiting, upTo: Self.pieceWork - work)
          guard walk.isOver else { continue }
        }
        walk.place += 1
        walk.isUnderWay = false
      }
      while walk.place >= places.count, !walk.isDrained, work < Self.pieceWork {
        work += finishAll(places, &found, &waiting)
        work += drain(walk.query, places, &walk, &scratch, &waiting)
        walk.query += 1
      }
      _ = finishLast(places, found, &waiting)
    }
  }

  /// Whether all queries have a bound already.
  private var hasBounds: Bool { bounds.allSatisfy { $0.bound < .infinity } }

  /// Begins with another place.
  /// - Returns: Whether its codes can be searched.
  private mutating func begin(_ place: CodedRows, _ walk: inout Walk, _ work: inout Int) -> Bool {
    let preparedBefore = preparedCount
    let isReady = prepare(for: place.codes)
    work += (preparedCount - preparedBefore) * Self.queryWork + Self.placeWork
    guard isReady else { return false }
    let rows = place.fine.rows
    precondition(rows.lowerBound % 64 == 0 && rows.upperBound <= place.codes.count)
    let end = min(rows.upperBound, place.rows?.count ?? .max)
    // In an order of their own, rows may be anywhere.
    let range =
      place.codes.order == nil
      ? rows.lowerBound..<max(end, rows.lowerBound) : 0..<place.codes.count
    walk.begin(
      range, prepared?.queries ?? [], hasBounds: hasBounds, canDefer: place.codes.order == nil)
    return true
  }

  /// Looks at the codes of the next rows of the place, up to so much work. What is found last is left for later, when its fine codes
  /// have arrived.
  /// - Returns: How much work it was.
  private mutating func scanPlace(
    _ all: [CodedRows], _ walk: inout Walk, _ last: inout Found?, _ scratch: inout Scratch,
    _ waiting: inout Scratch, upTo most: Int
  ) -> Int {
    // `begin` made them ready.
    let ready = prepared?.queries ?? []
    let width = all[walk.place].codes.shape.width
    let (part, firstRow) = (all[walk.place].part, all[walk.place].fine.rows.lowerBound)
    let rows = all[walk.place].rows
    return all[walk.place].codes.blocks.withPlaces { places in
      all[walk.place].fine.withBytes { fine in
        Self.withWords(of: rows, all[walk.place].codes) { members, order in
          let target = Target(part: part, firstRow: firstRow, fine: fine.baseAddress)
          var work = 0
          while walk.at < walk.end, work < most {
            if walk.hasFull {
              work += finishAll(all, &last, &waiting)
              work += drainFull(all, &walk, &scratch, &waiting)
              continue
            }
            let range = walk.at..<min(walk.at + walk.batch, walk.end)
            walk.at = range.upperBound
            walk.batch = min(walk.batch * 2, Self.batchRowsMax)
            if let rows, order == nil, !rows.hasMember(in: range) { continue }
            let block = range.lowerBound / CodeColumn.blockRows
            let first = range.lowerBound - firstRow
            for index in queries.indices where !isUndecided[index] {
              // Once a step each: counting references to them takes as long as looking at some rows.
              let query = ready[index]
              let deferred = walk.isDeferring ? walk.deferred[index] : nil
              func coarse(_ later: UnsafeMutablePointer<apus_coarse_later>?) {
                scratch.coarse(
                  places, from: block, rowCount: range.count,
                  isFollowed: range.upperBound < walk.end && index + 1 == queries.count,
                  members: members.map { $0 + block }, query,
                  threshold: query.threshold(bounds[index].bound), later: later, kernels: kernels)
              }
              if let deferred {
                let limit = gaps[index].limit(below: bounds[index].bound)
                deferred.extend(above: limit, firstRow: first, coarse)
              } else {
                coarse(nil)
              }
              work += range.count / 8 * width
              // What an earlier step found has arrived in the cache by now.
              if !waiting.isExhausted, let place = last?.place, let before = last?.index {
                let looked =
                  place == walk.place
                  ? finish(before, before == index ? query : ready[before], &waiting, target)
                  : finishLast(all, last, &waiting)
                work += looked * 8 * width
              }
              // Most steps find nothing once there is a good bound.
              guard scratch.hasFound else {
                if let deferred, deferred.isFull { walk.hasFull = true }
                continue
              }
              let threshold = query.threshold(bounds[index].bound)
              if let deferred {
                scratch.keep(
                  from: first, below: threshold,
                  deferringAbove: gaps[index].limit(below: bounds[index].bound), to: deferred)
                if deferred.isFull { walk.hasFull = true }
              } else if let order {
                scratch.keep(
                  from: range.lowerBound, below: threshold, order,
                  in: all[walk.place].fine.rows, among: rows)
              } else {
                scratch.keep(from: first, below: threshold)
              }
              scratch.prefetch(target.fine, width: width)
              if last?.place != walk.place || last?.index != index {
                last = Found(
                  index: index, query: query, place: walk.place, part: target.part,
                  firstRow: firstRow)
              }
              swap(&scratch, &waiting)
              // Without a bound all rows of the next step would be found.
              if bounds[index].bound == .infinity {
                work += finish(index, query, &waiting, target) * 8 * width
              }
            }
          }
          return work
        }
      }
    }
  }

  /// Looks at the fine codes that are waited for, if any are.
  /// - Returns: How much work it was.
  private mutating func finishAll(
    _ all: [CodedRows], _ last: inout Found?, _ waiting: inout Scratch
  ) -> Int {
    defer { last = nil }
    return finishLast(all, last, &waiting) * 8 * (last?.query.residual.count ?? 0)
  }

  /// - Returns: The number of rows looked at.
  private mutating func finishLast(
    _ all: [CodedRows], _ last: Found?, _ waiting: inout Scratch
  ) -> Int {
    guard let last else { return 0 }
    return all[last.place].fine.withBytes { fine in
      let target = Target(part: last.part, firstRow: last.firstRow, fine: fine.baseAddress)
      return finish(last.index, last.query, &waiting, target)
    }
  }

  /// Looks at the first of the full lists of deferred rows. Nothing else may be waiting.
  /// - Returns: How much work it was.
  private mutating func drainFull(
    _ all: [CodedRows], _ walk: inout Walk, _ scratch: inout Scratch, _ waiting: inout Scratch
  ) -> Int {
    var work = 0
    if let index = walk.deferred.firstIndex(where: \.isFull) {
      work = drain(index, all, &walk, &scratch, &waiting)
    }
    walk.hasFull = walk.deferred.contains(where: \.isFull)
    return work
  }

  /// Looks at what was deferred for a query and is still of interest, place by place. Nothing else may be waiting.
  /// - Returns: How much work it was.
  private mutating func drain(
    _ index: Int, _ all: [CodedRows], _ walk: inout Walk, _ scratch: inout Scratch,
    _ waiting: inout Scratch
  ) -> Int {
    var work = 0
    for (number, place) in walk.begun.enumerated() where !isUndecided[index] {
      let range = walk.range(number, of: index)
      guard !range.isEmpty else { continue }
      let query = walk.ready[number][index]
      work += all[place].fine.withBytes { fine in
        let target = Target(
          part: all[place].part, firstRow: all[place].fine.rows.lowerBound, fine: fine.baseAddress)
        return finish(
          walk.deferred[index], range, of: index, query, &scratch, &waiting, target)
      }
    }
    walk.removeDeferred(of: index)
    return work
  }

  /// Looks at the fine codes of those of some deferred rows of a place that are still of interest. Nothing else may be waiting.
  /// - Returns: How much work it was.
  mutating func finish(
    _ deferred: DeferredRows, _ range: Range<Int>, of index: Int, _ query: CodeQuery,
    _ scratch: inout Scratch, _ waiting: inout Scratch, _ target: Target,
    _ order: RowsOfPositions? = nil, among rows: RowSet? = nil
  ) -> Int {
    var rest = range
    var looked = 0
    var isWaiting = false
    while !rest.isEmpty, !isUndecided[index] {
      let threshold = query.threshold(bounds[index].bound)
      if let order {
        scratch.keep(deferred, from: &rest, below: threshold, order, among: rows)
      } else {
        scratch.keep(deferred, from: &rest, below: threshold)
      }
      scratch.prefetch(target.fine, width: query.residual.count)
      if isWaiting { looked += finish(index, query, &waiting, target) }
      swap(&scratch, &waiting)
      isWaiting = true
    }
    if isWaiting { looked += finish(index, query, &waiting, target) }
    return range.count * 16 + looked * 8 * query.residual.count
  }

  /// Calls `body` with a bit for each row that may be in the answer, or else with the order that the rows' codes have.
  private static func withWords<R>(
    of rows: RowSet?, _ codes: CodeColumn,
    _ body: (UnsafePointer<UInt64>?, RowsOfPositions?) -> R
  ) -> R {
    if let order = codes.order { return order.withRows { body(nil, $0) } }
    guard let rows else { return body(nil, nil) }
    return rows.words.withUnsafeBufferPointer { body($0.baseAddress, nil) }
  }

  /// Multiples of 64.
  fileprivate static let firstBatchRows = 128
  fileprivate static let deferringQueriesMax = 16
  fileprivate static let batchRowsMax = Scratch.rows
  /// About what a usual query finds on its way.
  private static let foundReserved = 128
  /// About a millisecond.
  static let pieceWork = 32 << 20
  /// To begin with another place, and to make a query ready.
  private static let (placeWork, queryWork) = (16 << 10, 128 << 10)

  /// Rows whose codes are looked at.
  struct Target {
    let part: Int
    /// The first of those that have fine codes here, and these.
    let firstRow: Int
    let fine: UnsafePointer<UInt8>?
  }

  /// Looks at the fine codes of what was found for a query, which are on their way since then.
  /// - Returns: The number of rows looked at.
  mutating func finish(
    _ index: Int, _ query: CodeQuery, _ waiting: inout Scratch, _ target: Target
  ) -> Int {
    // Taken out, so that each of their elements is reached without asking first whether anybody else has them.
    var (bounds, found) = (LeastBounds(capacity: 0), [CodeCandidate]())
    swap(&bounds, &self.bounds[index])
    swap(&found, &self.found[index])
    var gap = gaps[index]
    defer {
      swap(&bounds, &self.bounds[index])
      swap(&found, &self.found[index])
      gaps[index] = gap
    }
    var looked = 0
    var threshold = query.threshold(bounds.bound)
    while true {
      let chosen = waiting.next(below: threshold)
      guard chosen > 0 else {
        if found.count > candidatesMax { limit(&found, of: index, bound: bounds.bound) }
        return looked
      }
      looked += chosen
      waiting.fine(target.fine, chosen, query, kernels: kernels)
      for i in 0..<chosen {
        let (lower, upper) = (waiting.lower[i], waiting.upper[i])
        if upper < bounds.bound {
          bounds.offer(upper)
          threshold = query.threshold(bounds.bound)
        }
        gap.note((lower + upper) / 2 - waiting.chosenBounds[i])
        guard lower <= threshold else { continue }
        if found.isEmpty { found.reserveCapacity(Self.foundReserved) }
        found.append(
          CodeCandidate(
            part: target.part, row: Int(waiting.chosen[i]) + target.firstRow, lowerBound: lower))
      }
    }
  }
}
