import Model
import ObjectStore

/// Rule S4: what the store says of a slot counts only close to a proof that the newest manifest is known.
extension LogReplica {
  /// Whether an answer with this date and arrival counts without confirming again.
  func covers(date: StoreTime?, arrival: Duration) -> Bool {
    guard let confirmation else { return false }
    guard configuration.rules.contains(.checksDates) else { return true }
    let isTimed = configuration.rules.contains(.checksOwnClock)
    return confirmation.covers(
      date: date, arrival: isTimed ? arrival : confirmation.sent, grace: configuration.grace)
  }

  /// Returns when an answer with this date and arrival counts; confirms first where it must.
  func believe(date: StoreTime?, arrival: Duration) async throws(ReadError) {
    if covers(date: date, arrival: arrival) { return }
    try await confirm()
  }

  /// Proves by a GET of the next manifest that there is none. Follows those that there are.
  /// - Throws: `.outrun` where one of them covers more than the state holds.
  func confirm() async throws(ReadError) {
    while true {
      let number = newestManifest + 1
      let sent = clock.now()
      switch try await fetchManifest(number) {
      case .notFound(let date):
        guard newestManifest + 1 == number else { continue }
        if let confirmation, confirmation.sent > sent { return }
        confirmation = Confirmation(date: date, sent: sent)
        return
      case .found(let object):
        try await follow(number, object.body)
      }
    }
  }

  func fetchManifest(_ number: UInt64) async throws(ReadError) -> GetAnswer {
    do throws(ObjectStoreError) {
      return try await store.get(configuration.keys.manifest(number))
    } catch {
      throw .store(error)
    }
  }

  /// Takes note of manifest `number`, or of a newer one where that was emptied.
  private func follow(_ number: UInt64, _ object: [UInt8]) async throws(ReadError) {
    var number = number
    var found = try decodeManifest(object, number)
    while found == nil {
      // It says "not the newest": that is found by LIST.
      guard let newer = try await newestManifestNumber(), newer > number else {
        throw .fault(emptied(number))
      }
      number = newer
      guard case .found(let object) = try await fetchManifest(number) else { throw .outrun }
      found = try decodeManifest(object.body, number)
    }
    if let found { try take(found) }
  }

  /// Remembers a manifest as the newest known.
  /// - Throws: `.outrun` where it covers more than the state holds, `.fault` where it contradicts it.
  func take(_ manifest: Manifest) throws(ReadError) {
    guard manifest.number > newestManifest else { return }
    if isPositioned {
      guard manifest.position <= position else { throw .outrun }
      try checkChain(manifest)
    }
    newest = manifest
    adoptionSignal.raise()
  }

  /// The entry that a manifest ends with must be the one that this server has there.
  func checkChain(_ manifest: Manifest) throws(ReadError) {
    let known: LogHash? =
      if manifest.position == base?.position ?? 0 {
        base?.entryHash ?? .start
      } else {
        retained.first { $0.number == manifest.position }?.hash
      }
    guard known == manifest.entryHash else {
      throw .fault(
        .damaged(
          "object \(configuration.keys.manifest(manifest.number)) does not fit the log: entry "
            + "\(manifest.position) has another hash"))
    }
  }

  func emptied(_ number: UInt64) -> LogFault {
    .damaged(
      "object \(configuration.keys.manifest(number)) is empty, and no newer manifest is there")
  }

  func decodeManifest(_ object: [UInt8], _ number: UInt64) throws(ReadError) -> Manifest? {
    do throws(LogObjectError) {
      return try ManifestCodec.decode(
        object, number: number, key: configuration.keys.manifest(number))
    } catch {
      throw .fault(LogFault(error))
    }
  }

  /// The number of the newest manifest, by a LIST of one key; nil if there is none.
  func newestManifestNumber() async throws(ReadError) -> UInt64? {
    let answer: ListAnswer
    do throws(ObjectStoreError) {
      answer = try await store.list(
        prefix: configuration.keys.manifestPrefix, startAfter: nil, maxKeys: 1)
    } catch {
      throw .store(error)
    }
    guard let key = answer.items.first?.key else { return nil }
    guard let number = configuration.keys.manifestNumber(of: key) else {
      throw .fault(.damaged("object \(key) is not a manifest and does not belong there"))
    }
    return number
  }

  /// Renews the confirmation while the log is in use, so that no request has to wait for it.
  func renewLoop() async {
    while isServing {
      try? await clock.sleep(for: configuration.grace / 4)
      guard isUsedSinceRenewal, isServing else { continue }
      isUsedSinceRenewal = false
      do throws(ReadError) {
        try await confirm()
      } catch {
        if case .store = error { continue }
        note(error)
      }
    }
  }
}
