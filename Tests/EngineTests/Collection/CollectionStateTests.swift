import Engine
import Model
import Testing

@Suite("What commands do to a collection")
struct CollectionStateTests {
  @Test("add skips ids that are there, and writes nothing if all are")
  func addSkips() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1, 0], "first"))))
    try await twins.run(.add(batch(Row("a", [9, 9], "second"), Row("b", [0, 1], "third"))))
    #expect(try await twins.rows() == [Row("a", [1, 0], "first"), Row("b", [0, 1], "third")])
    try await twins.run(.add(batch(Row("b", [5, 5]), Row("a", [5, 5]))))
    #expect(twins.written == 0)
    #expect(try await twins.rows().count == 2)
  }

  @Test("of an id that comes twice in one add the first counts, and in one upsert both, in order")
  func duplicates() async throws {
    var twins = Twins()
    try await twins.run(
      .add(batch(Row("a", [1], "first", [("x", .int(1))]), Row("a", [2], "second"))))
    #expect(try await twins.rows() == [Row("a", [1], "first", [("x", .int(1))])])
    try await twins.run(
      .upsert(
        batch(
          Row("b", [3], "third", [("x", .int(3))]), Row("b", [4], nil, [("y", .int(4))]))))
    #expect(
      try await twins.rows()[1]
        == Row("b", [4], "third", [("x", .int(3)), ("y", .int(4))]))
  }

  @Test("ids that differ only in how a character is spelled are two records")
  func spellings() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("\u{e9}", [1]), Row("e\u{301}", [2]))))
    #expect(try await twins.rows().count == 2)
  }

  @Test("upsert inserts what is not there and merges into what is")
  func upsertMerges() async throws {
    var twins = Twins()
    try await twins.run(
      .add(batch(Row("a", [1, 1], "doc", uri: "u", [("keep", .int(1)), ("over", .int(2))]))))
    try await twins.run(
      .upsert(batch(Row("a", [2, 2], nil, [("over", .string("x"))]), Row("b", [3, 3]))))
    #expect(
      try await twins.rows() == [
        Row("a", [2, 2], "doc", uri: "u", [("keep", .int(1)), ("over", .string("x"))]),
        Row("b", [3, 3]),
      ])
  }

  @Test(
    "update changes what it gives, passes over ids that are not there, and may bring no vectors")
  func update() async throws {
    var twins = Twins()
    try await twins.run(
      .add(batch(Row("a", [1, 1], "a"), Row("b", [2, 2], "b"), Row("c", [3, 3]))))
    try await twins.run(
      .update(
        RecordBatch(
          ids: ["c", "nobody", "a"],
          embeddings: EmbeddingColumn(
            dimension: 2, components: [7, 7, 8, 8], slots: [0, 1, -1]),
          documents: ["c", "x", nil], uris: [nil, nil, "uri"])))
    #expect(
      try await twins.rows() == [
        Row("a", [1, 1], "a", uri: "uri"), Row("b", [2, 2], "b"), Row("c", [7, 7], "c"),
      ])
    try await twins.run(.update(RecordBatch(ids: ["nobody"], documents: ["x"])))
    #expect(twins.written == 0)
  }

  @Test(
    "what is put under chroma:uri, a null too, takes the place of the URI, and a URI that of it")
  func uriKey() async throws {
    func change(_ value: MetadataValue?) -> RecordBatch {
      RecordBatch(
        ids: ["a"],
        metadatas: [MetadataChange([.init(key: "chroma:uri", value: value)])])
    }
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1], uri: "u"))))
    try await twins.run(.update(change(nil)))
    #expect(try await twins.rows() == [Row("a", [1])])
    try await twins.run(.update(RecordBatch(ids: ["a"], uris: ["v"])))
    try await twins.run(.update(change(.int(5))))
    #expect(try await twins.rows() == [Row("a", [1], nil, [("chroma:uri", .int(5))])])
    let five = GetRequest(
      selection: RecordSelection(filter: .compare(key: "chroma:uri", .equal(.int(5)))),
      fields: [.embeddings, .metadatas, .uris])
    #expect(try await twins.writer.rows(five).count == 1)
    try await twins.run(.update(RecordBatch(ids: ["a"], uris: ["w"])))
    #expect(try await twins.rows() == [Row("a", [1], uri: "w")])
  }

  @Test("a null removes its key, of a new record as of an old one")
  func nullRemoves() async throws {
    var twins = Twins()
    var new = batch(Row("a", [1]))
    new.metadatas = [
      MetadataChange([.init(key: "x", value: nil), .init(key: "y", value: .int(1))])
    ]
    try await twins.run(.add(new))
    #expect(try await twins.rows() == [Row("a", [1], nil, [("y", .int(1))])])
    try await twins.run(
      .update(
        RecordBatch(
          ids: ["a"],
          metadatas: [
            MetadataChange([.init(key: "y", value: nil), .init(key: "z", value: .bool(true))])
          ])))
    #expect(try await twins.rows() == [Row("a", [1], nil, [("z", .bool(true))])])
  }

  @Test("order is that of first insertion: kept by an update, given up by a delete")
  func order() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1]), Row("b", [2]), Row("c", [3]))))
    try await twins.run(.upsert(batch(Row("a", [4]))))
    #expect(try await twins.rows().map(\.id) == ["a", "b", "c"])
    try await twins.run(try delete(ids: ["a"]))
    try await twins.run(.add(batch(Row("a", [5]))))
    #expect(try await twins.rows() == [Row("b", [2]), Row("c", [3]), Row("a", [5])])
  }

  @Test("a delete where means the first records that match, up to its limit")
  func deleteWhere() async throws {
    var twins = Twins()
    let rows = (0..<10).map {
      Row(Text("r\($0)"), [Float($0)], nil, [("even", .bool($0 % 2 == 0))])
    }
    try await twins.run(.add(batch(rows)))
    let even = Filter.compare(key: "even", .equal(.bool(true)))
    #expect(try await twins.run(try delete(where: even, limit: 2)) == .deleted(2))
    #expect(
      try await twins.rows().map(\.id) == ["r1", "r3", "r4", "r5", "r6", "r7", "r8", "r9"])
    #expect(
      try await twins.run(try delete(ids: ["r9", "r8", "r4", "r8"], where: even, limit: 1))
        == .deleted(1)
    )
    #expect(try await twins.rows().map(\.id) == ["r1", "r3", "r5", "r6", "r7", "r8", "r9"])
    #expect(try await twins.run(try delete(where: even, limit: 0)) == .deleted(0))
    #expect(twins.written == 0)
    #expect(try await twins.run(try delete(where: even)) == .deleted(2))
    #expect(try await twins.run(try delete(where: even)) == .deleted(0))
    #expect(twins.written == 0)
    #expect(try await twins.rows().map(\.id) == ["r1", "r3", "r5", "r7", "r9"])
  }

  @Test("a delete by ids counts each record once and passes over what is not there")
  func deleteIDs() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1]), Row("b", [2]), Row("c", [3]))))
    #expect(try await twins.run(try delete(ids: ["c", "a", "c", "nobody"])) == .deleted(2))
    #expect(try await twins.rows() == [Row("b", [2])])
  }

  @Test("the first record fixes the dimension for good, also when all records are gone")
  func dimension() async throws {
    var twins = Twins()
    #expect(twins.writer.dimension == nil)
    try await twins.run(.add(batch(Row("a", [1, 2, 3]))))
    try await twins.run(try delete(ids: ["a"]))
    #expect(twins.writer.dimension == 3)
    let wrong = batch(Row("b", [1, 2]))
    for command in [CollectionCommand.add(wrong), .upsert(wrong), .update(wrong)] {
      await #expect(throws: EngineError.dimensionMismatch(expected: 3, got: 2)) {
        try await twins.run(command)
      }
      #expect(twins.written == 0)
    }
    #expect(try await twins.rows().isEmpty)
  }

  @Test("keys stay observed with every type they had, but for removed ones and Chroma's own")
  func observedKeys() async throws {
    var twins = Twins()
    try await twins.run(
      .add(batch(Row("a", [1], nil, [("k", .int(1)), ("chroma:d", .int(1)), ("l", .floats([1]))]))))
    try await twins.run(.add(batch(Row("a", [1], nil, [("not inserted", .int(1))]), Row("b", [1]))))
    try await twins.run(.upsert(batch(Row("a", [1], nil, [("k", .string("x"))]))))
    try await twins.run(try delete(ids: ["a", "b"]))
    #expect(
      twins.follower.observedKeys.sorted() == [
        ObservedKey(key: "k", type: .int), ObservedKey(key: "k", type: .string),
        ObservedKey(key: "l", type: .float),
      ])
  }

  @Test("after the end nothing is taken, and a second end writes nothing")
  func seal() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1]))))
    #expect(try await twins.run(.seal) == .sealed)
    #expect(twins.follower.isSealed)
    await #expect(throws: EngineError.collectionIDNotFound(.zero)) {
      try await twins.run(.add(batch(Row("b", [1]))))
    }
    #expect(try await twins.run(.seal) == .sealed)
    #expect(twins.written == 0)
    #expect(throws: BinaryError.self) {
      var writer = BinaryWriter()
      CollectionOperation.delete(["a"]).encode(into: &writer)
      try twins.follower.apply(writer.bytes[...])
    }
  }

  @Test("what no server would have written is refused: no vector, another dimension")
  func contradictions() async throws {
    var state = CollectionState(id: .zero)
    func payload(_ operation: CollectionOperation) -> [UInt8] {
      var writer = BinaryWriter()
      operation.encode(into: &writer)
      return writer.bytes
    }
    try state.apply(payload(.add(batch(Row("a", [1, 2]))))[...])
    let gap = EmbeddingColumn(dimension: 2, components: [1, 2], slots: [0, -1])
    for operation: CollectionOperation in [
      .add(RecordBatch(ids: ["b"])), .upsert(RecordBatch(ids: ["b"])),
      .add(RecordBatch(ids: ["b", "c"], embeddings: gap)), .upsert(batch(Row("a", [1]))),
      .update(batch(Row("a", [1, 2, 3]))),
    ] {
      var copy = state
      #expect(throws: BinaryError.self) { try copy.apply(payload(operation)[...]) }
    }
  }

  @Test("a copy that somebody reads never changes")
  func snapshots() async throws {
    var twins = Twins()
    try await twins.run(.add(batch(Row("a", [1], "old"), Row("b", [2]))))
    let kept = twins.writer
    let before = try await kept.rows()
    try await twins.run(.upsert(batch(Row("a", [9], "new"), Row("c", [3]))))
    try await twins.run(try delete(ids: ["b"]))
    #expect(try await kept.rows() == before)
    #expect(try await twins.rows() == [Row("a", [9], "new"), Row("c", [3])])
  }
}
