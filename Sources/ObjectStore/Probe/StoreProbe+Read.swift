import Model

/// Lists, parts of objects, and times.
extension StoreProbe {
  /// Lists show at once what was written and deleted, in the order of the keys, and start where
  /// they are told.
  func checkLists() async throws(StoreProbeError) -> StoreProbeReport {
    let listed = keys.listed
    // Not in the order of the keys, should a store list by age.
    var report = try await together(listed.reversed().map { .write($0, Array($0.utf8)) })
    report.merge(
      try await together([
        .list(after: nil, max: listed.count + 1, expected: listed),
        .list(after: nil, max: 2, expected: Array(listed.prefix(2))),
        .list(after: listed[1], max: 2, expected: Array(listed[2..<4])),
        // Logs are listed from a number on whose entry may be gone.
        .list(after: listed[2] + "0", max: 9, expected: Array(listed[3...])),
      ]))
    report.note(
      date: try await answer { () async throws(ObjectStoreError) in
        try await store.delete(listed)
      })
    report.merge(try await checkList(after: nil, max: 9, is: []))
    return report
  }

  func checkList(
    after: String?, max: Int, is expected: [String]
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let list = try await answer { () async throws(ObjectStoreError) in
      try await store.list(prefix: keys.listedPrefix, startAfter: after, maxKeys: max)
    }
    let found = list.items.map(\.key)
    var report = StoreProbeReport()
    report.note(date: list.date)
    if found == expected {
      if list.items.contains(where: { $0.lastModified == nil }) {
        report.lastModifiedMissing = true
      }
      return report
    }
    let names = { (keys: [String]) in
      keys.isEmpty
        ? "nothing"
        : keys.map { "'\($0.dropFirst(self.keys.listedPrefix.count))'" }.joined(separator: ", ")
    }
    let missing = expected.filter { !found.contains($0) }
    let request = after.map { "a list that starts after \(names([$0]))" } ?? "a list"
    let reason =
      if Set(found) == Set(expected) {
        "this store lists the keys of one folder in another order than that of their bytes"
      } else if expected.isEmpty {
        "this store's lists show what was just deleted"
      } else if let after, found.contains(where: { $0 <= after }) {
        "this store ignores where a list shall start"
      } else if found.count < expected.count {
        "this store's lists do not show what was just written: \(names(missing)) is missing"
      } else {
        "this store's lists are wrong"
      }
    throw .refused("\(reason); \(request) gave \(names(found)) instead of \(names(expected))")
  }

  /// Parts of an object are the right ones, and its time is the store's.
  func checkRanges() async throws(StoreProbeError) -> StoreProbeReport {
    let key = keys.ranged
    let body = (0..<1000).map { UInt8(truncatingIfNeeded: $0 / 4 + $0 % 4) }
    let start = clock.now()
    let created = try await answer { () async throws(ObjectStoreError) in
      try await settledCreate(key, body)
    }
    let createDuration = clock.now() - start
    guard case .created(let date) = created else {
      throw .refused("this store says of the new key '\(key)' that it exists")
    }
    let ranges: [(ByteRange, Range<Int>)] = [
      (.from(offset: 0, count: 10), 0..<10), (.from(offset: 500, count: 100), 500..<600),
      (.from(offset: 990, count: 100), 990..<1000), (.from(offset: 1000, count: 10), 1000..<1000),
      (.last(100), 900..<1000), (.last(2000), 0..<1000),
    ]
    let checks = ranges.map { range, bounds in
      Check.range(range, expected: Array(body[bounds]), size: body.count)
    }
    return try await together(
      checks + [.times(key, created: date, createDuration: createDuration)])
  }

  func checkRange(
    _ range: ByteRange, is expected: [UInt8], of size: Int
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let key = keys.ranged
    let read = try await answer { () async throws(ObjectStoreError) in
      try await store.get(key, range: range)
    }
    let asked =
      switch range {
      case .from(let offset, let count): "\(count) bytes from byte \(offset)"
      case .last(let count): "the last \(count) bytes"
      }
    guard case .found(let object) = read else {
      throw .refused(
        "this store does not show what was just written: a read of \(asked) of '\(key)' answers 404"
      )
    }
    guard object.body == expected else {
      throw .refused(
        """
        this store reads parts of objects wrongly: asked for \(asked) of \(size) it gave \
        \(object.body.count) bytes instead of \(expected.count), or others
        """)
    }
    guard object.size == size || expected.isEmpty else {
      throw .refused(
        "this store says of an object of \(size) bytes that it has \(object.size), asked for \(asked)"
      )
    }
    var report = StoreProbeReport()
    report.note(date: object.date)
    return report
  }

  /// `Last-Modified` of an object is the store's time when it was written, give or take G/8:
  /// whether a manifest is G old is told by both (rule S4).
  func checkTimes(
    _ key: String, created: StoreTime?, createDuration: Duration
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let object = try await read(key, after: "create")
    var report = StoreProbeReport()
    report.note(date: created)
    report.note(date: object.date)
    guard let lastModified = object.lastModified else {
      report.lastModifiedMissing = true
      return report
    }
    guard let created else { return report }
    // A store may stamp the object when the request begins and the answer when it ends.
    let early = max(.zero, created.since(lastModified) - createDuration)
    let distance = max(early, lastModified.since(created))
    guard distance <= dateDistanceMax else {
      throw .refused(
        """
        this store's clocks disagree: `Last-Modified` of an object just written is \
        \(distance.wholeMilliseconds / 1000) s away from the `Date` of the answer, more than \
        \(dateDistanceMax.wholeMilliseconds / 1000) s; set the store's clock
        """)
    }
    report.dateDistance = distance
    return report
  }
}
