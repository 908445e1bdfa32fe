import Engine
import Model
import Synchronization

extension RecordScenario {
  /// One client: one request after the other, to any server, with pauses.
  func runClient(_ client: Int, _ address: CollectionAddress) async {
    for _ in 0..<size.operationsPerClient {
      let server = cluster.servers[Int(random.next(below: UInt64(size.servers)))]
      let id = Int(random.next(below: UInt64(size.ids)))
      await perform(drawOperation(), on: id, through: server, address)
      let longest = UInt64(size.pauseMax.wholeMilliseconds)
      let pause =
        random.next(below: 4) == 0 ? random.next(below: longest) : random.next(below: 60)
      try? await clientNode.clock.sleep(for: .milliseconds(Int64(pause)))
    }
  }

  private func drawOperation() -> RecordRegister.Operation {
    switch random.next(below: 12) {
    case 0...2: .add(nextNumber())
    case 3...4: .upsert(nextNumber())
    case 5...6: .update(nextNumber())
    case 7: .delete
    case 8...9: .deleteWhere
    default: .read
    }
  }

  private func nextNumber() -> Int {
    lastNumber.withLock { number in
      number += 1
      return number
    }
  }

  /// Sends the request and writes into the history what the client learnt.
  func perform(
    _ operation: RecordRegister.Operation, on id: Int, through server: SimulatedServer,
    _ address: CollectionAddress
  ) async {
    let called = simulation.now
    let result = await server.call(in: simulation) { engine throws(EngineError) in
      try await self.send(operation, id, to: engine, address)
    }
    let returned = simulation.now
    switch result {
    case .answered(let response):
      simulation.note("answered \(response)", "\(operation) record-\(id)")
      record(
        HistoryEvent(operation, called: called, returned: returned, response: response), id)
    case .unknown:
      record(HistoryEvent(operation, called: called, returned: nil, response: nil), id)
    case .refused(.unavailable), .refused(.overloaded), .refused(.dimensionMismatch):
      break
    case .refused(.damaged) where size.corruption > 0:
      break
    case .refused(let error):
      complain("\(operation) on record-\(id) was refused: \(error)")
    }
  }

  private func record(_ event: HistoryEvent<RecordRegister>, _ id: Int) {
    history.withLock { $0[id, default: []].append(event) }
  }

  private func send(
    _ operation: RecordRegister.Operation, _ id: Int, to engine: Engine,
    _ address: CollectionAddress
  ) async throws(EngineError) -> RecordRegister.Response {
    switch operation {
    case .add(let number):
      _ = try await engine.add(batch(id, number), to: address)
      return .done
    case .upsert(let number):
      _ = try await engine.upsert(batch(id, number), to: address)
      return .done
    case .update(let number):
      _ = try await engine.update(batch(id, number), in: address)
      return .done
    case .delete:
      let selection = RecordSelection(ids: [name(id)])
      _ = try await engine.delete(DeleteRequest(selection: selection), from: address)
      return .done
    case .deleteWhere:
      let filter = Filter.compare(key: "key", .equal(.int(Int64(id))))
      let answer = try await engine.delete(
        DeleteRequest(selection: RecordSelection(filter: filter)), from: address)
      return .deleted(answer.deleted)
    case .read:
      return .value(try await read(id, from: engine, address))
    }
  }

  /// The number of the operation that wrote the record last, by a strong read.
  func read(
    _ id: Int, from engine: Engine, _ address: CollectionAddress
  ) async throws(EngineError) -> Int? {
    let answer = try await engine.get(
      GetRequest(
        selection: RecordSelection(ids: [name(id)]), fields: [.metadatas, .embeddings]),
      from: address, options: ReadOptions(isStrong: true))
    guard let record = answer.records.first else { return nil }
    guard case .int(let number) = record.metadata["number"] else {
      complain("record-\(id) has no number")
      return nil
    }
    if record.embedding?.first != Float(number) {
      complain("record-\(id) is half of operation \(number), half of another")
    }
    return Int(number)
  }

  private func name(_ id: Int) -> Text { Text("record-\(id)") }

  private func batch(_ id: Int, _ number: Int) -> RecordBatch {
    let dimension = acknowledgedDimensions.withLock { $0.min() } ?? 2
    var vector = [Float](repeating: 0, count: dimension)
    vector[0] = Float(number)
    return RecordBatch(
      ids: [name(id)], embeddings: EmbeddingColumn(dimension: dimension, components: vector),
      metadatas: [
        MetadataChange([
          .init(key: "key", value: .int(Int64(id))),
          .init(key: "number", value: .int(Int64(number))),
          .init(key: "marker", value: .string(Text("operation-\(number)."))),
        ])
      ])
  }
}
