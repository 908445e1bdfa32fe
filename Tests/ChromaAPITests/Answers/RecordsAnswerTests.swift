import ChromaAPI
import Engine
import Model
import Testing

@Suite struct RecordsAnswerTests {
  private func record(
    _ id: Text, document: Text? = nil, uri: Text? = nil, _ metadata: [(Text, MetadataValue)] = [],
    embedding: [Float]? = nil
  ) -> RecordView {
    RecordView(
      id: id, document: document, uri: uri, metadata: .values(Metadata(metadata)),
      embedding: embedding)
  }

  private func text(_ answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }

  @Test("get has all six keys, null where nothing was asked for, and no metadata is not {}")
  func get() {
    let answer = GetAnswer(
      records: [
        record("a", document: "d", [("i", .int(1)), ("f", .float(1)), ("l", .ints([]))]),
        record("b"), record("c", uri: "u"), record("d", [("chroma:x", .int(1))]),
      ], logPosition: 9
    ).answer(include: [.metadatas, .documents, .documents])
    #expect(
      text(answer)
        == #"{"ids":["a","b","c","d"],"embeddings":null,"documents":["d",null,null,null],"#
        + #""uris":null,"metadatas":[{"f":1.0,"i":1,"l":[]},null,{},{}],"#
        + #""include":["metadatas","documents","documents"]}"#)
    #expect(answer.logPosition == 9)
  }

  @Test("metadata that is still encoded is written as if it had been decoded")
  func encodedMetadata() throws {
    let full: [(Text, MetadataValue)] = [
      ("a\"b", .string("q\"\\\n")), ("chroma:x", .string("hidden")), ("chroma", .int(-1)),
      ("f", .float(1e16)), ("inf", .float(.infinity)), ("nan", .float(.nan)), ("no", .bool(false)),
      ("yes", .bool(true)), ("é", .string("€")),
    ]
    let cases: [([(Text, MetadataValue)], Text?, String)] = [
      (
        full, nil,
        #"{"a\"b":"q\"\\\n","chroma":-1,"f":1e+16,"inf":null,"nan":null,"no":false,"#
          + #""yes":true,"é":"€"}"#
      ),
      ([], nil, "null"), ([], "u", "{}"), ([("chroma:x", .int(1))], nil, "{}"),
    ]
    for (pairs, uri, expected) in cases {
      let metadata = Metadata(pairs)
      var writer = BinaryWriter()
      metadata.encode(into: &writer)
      let encoded = try #require(EncodedMetadata(ByteRegion(copying: writer.bytes)))
      for stored in [StoredMetadata.encoded(encoded), .values(metadata)] {
        let view = RecordView(id: "i", document: nil, uri: uri, metadata: stored, embedding: nil)
        let answer = GetAnswer(records: [view], logPosition: 0).answer(include: [.metadatas])
        #expect(text(answer).contains("\"metadatas\":[\(expected)]"))
      }
    }
  }

  @Test("query has one list per vector, and numbers are spelled as serde_json spells them")
  func query() {
    let match = { (embedding: [Float], distance: Float) in
      QueryAnswer.Match(record: record("a", embedding: embedding), distance: distance)
    }
    let answer = QueryAnswer(
      matches: [
        [match([0.1, .leastNonzeroMagnitude, 3.4028235e38, 16_777_216, -0.0], 0.39999998)], [],
      ],
      logPosition: 0
    ).answer(include: [.embeddings, .distances, .uris])
    #expect(
      text(answer)
        == #"{"ids":[["a"],[]],"embeddings":[[[0.1,1e-45,3.4028235e+38,16777216.0,-0.0]],[]],"#
        + #""documents":null,"uris":[[null],[]],"metadatas":null,"distances":[[0.39999998],[]],"#
        + #""include":["embeddings","distances","uris"]}"#)
  }
}
