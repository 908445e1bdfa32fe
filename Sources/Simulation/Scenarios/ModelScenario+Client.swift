import Engine
import Model
import Synchronization

/// A request's answer, and the position of the log that it shows.
struct PositionedResponse: Sendable {
  let response: PlainCollection.Response
  let position: UInt64
}

extension ModelScenario {
  /// One client: one request after the other, to any server and collection, with pauses.
  func runClient() async {
    for _ in 0..<size.operationsPerRound {
      let servers = cluster.servers
      let server = servers[Int(random.next(below: UInt64(servers.count)))]
      let index = Int(random.next(below: UInt64(collections.withLock { $0.count })))
      await perform(draw().operation(), on: index, through: server, drawFreshness(index, server))
      let longest = UInt64(size.pauseMax.wholeMilliseconds)
      let pause =
        random.next(below: 4) == 0 ? random.next(below: longest) : random.next(below: 60)
      try? await clientNode.clock.sleep(for: .milliseconds(Int64(pause)))
    }
  }

  func draw() -> RequestDraw {
    let number = lastNumber.withLock { number in
      number += 1
      return number
    }
    let oldest = number / 8
    return RequestDraw(random: random, number: number, ids: oldest..<oldest + size.ids)
  }

  /// How new a read must be: what it asks for, and the moment and the position whose state it must show at least.
  struct Freshness: Sendable {
    var options = ReadOptions(isStrong: true)
    /// Nil: that of the request.
    var since: Duration?
    var position: UInt64 = 0
  }

  private func drawFreshness(_ index: Int, _ server: SimulatedServer) -> Freshness {
    let mark = marks.withLock { $0[index] }
    let isCalm = !size.isStormy && size.naps == nil && size.napsAfterUploads == nil
    switch random.next(below: 4) {
    case 0:
      // A server shows its own writes at once; others' at any time, or within the sync interval in calm weather.
      let synced = simulation.now - size.syncInterval - .seconds(5)
      return Freshness(
        options: ReadOptions(), since: isCalm ? max(synced, .zero) : .zero,
        position: mark.byNode[server.node.name] ?? 0)
    case 1 where mark.position > 0:
      return Freshness(
        options: ReadOptions(minimumLogPosition: mark.position), since: .zero,
        position: mark.position)
    default: return Freshness()
    }
  }

  /// Sends the request and writes into the history what the client learnt.
  /// - Returns: Whether it was answered.
  @discardableResult
  func perform(
    _ operation: PlainCollection.Operation, on index: Int, through server: SimulatedServer,
    _ freshness: Freshness = Freshness()
  ) async -> Bool {
    let address = collections.withLock { $0[index].address }
    let isRead = PlainCollection.isRead(operation)
    let called = isRead ? freshness.since ?? simulation.now : simulation.now
    let result = await server.call(in: simulation) { engine throws(EngineError) in
      try await Self.send(operation, to: engine, address, freshness.options)
    }
    let returned = simulation.now
    switch result {
    case .answered(let answer):
      if !isRead { remember(answer.position, index, server) }
      if answer.position < freshness.position {
        complain(
          "\(operation) shows position \(answer.position), where it must show "
            + "\(freshness.position)")
      }
      record(
        HistoryEvent(operation, called: called, returned: returned, response: answer.response),
        index, at: answer.position)
      return true
    case .unknown:
      guard !isRead else { break }
      record(
        HistoryEvent(operation, called: called, returned: nil, response: nil), index, at: nil)
    case .refused(.unavailable), .refused(.overloaded): break
    case .refused(let error): complain("\(operation) was refused: \(error)")
    }
    return false
  }

  private func remember(_ position: UInt64, _ index: Int, _ server: SimulatedServer) {
    marks.withLock { marks in
      marks[index].byNode[server.node.name, default: 0].raise(to: position)
      marks[index].position.raise(to: position)
    }
  }

  private func record(
    _ event: HistoryEvent<PlainCollection>, _ index: Int, at position: UInt64?
  ) {
    if case .upsert(let changes) = event.operation, let every = size.forgetsEvery,
      position != nil, changes.count.isMultiple(of: every)
    {
      return
    }
    history.withLock { $0[index].append(PositionedEvent(event, position: position)) }
  }

  static func send(
    _ operation: PlainCollection.Operation, to engine: Engine, _ address: CollectionAddress,
    _ options: ReadOptions
  ) async throws(EngineError) -> PositionedResponse {
    switch operation {
    case .add(let changes):
      let answer = try await engine.add(changes.batch, to: address)
      return PositionedResponse(response: .done, position: answer.logPosition)
    case .upsert(let changes):
      let answer = try await engine.upsert(changes.batch, to: address)
      return PositionedResponse(response: .done, position: answer.logPosition)
    case .update(let changes):
      let answer = try await engine.update(changes.batch, in: address)
      return PositionedResponse(response: .done, position: answer.logPosition)
    case .delete(let ids):
      let answer = try await engine.delete(
        DeleteRequest(selection: RecordSelection(ids: ids)), from: address)
      return PositionedResponse(response: .done, position: answer.logPosition)
    case .deleteWhere(let ids, let filter, let limit):
      let answer = try await engine.delete(
        DeleteRequest(selection: RecordSelection(ids: ids, filter: filter), limit: limit),
        from: address)
      return PositionedResponse(
        response: .deleted(answer.deleted), position: answer.logPosition)
    case .get(let request):
      let answer = try await engine.get(request, from: address, options: options)
      return PositionedResponse(
        response: .records(answer.records.map { PlainRecord($0, fields: request.fields) }),
        position: answer.logPosition)
    case .query(let request):
      let answer = try await engine.query(request, in: address, options: options)
      return PositionedResponse(
        response: .matches(
          answer.matches[0].map { match in
            PlainCollection.Match(
              record: PlainRecord(match.record, fields: request.fields), distance: match.distance)
          }),
        position: answer.logPosition)
    case .count:
      let answer = try await engine.count(in: address, options: options)
      return PositionedResponse(response: .count(answer.count), position: answer.logPosition)
    }
  }
}

extension UInt64 {
  fileprivate mutating func raise(to other: UInt64) { self = Swift.max(self, other) }
}
