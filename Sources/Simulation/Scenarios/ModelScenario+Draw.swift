import Engine
import Model

/// Random requests: small values, so that filters select some records, distances are often equal and ids meet
/// again. Every document and every value of the key "t" has a text of its own between tildes (`ByteScan`). No other
/// text looks like one: in a file it may stand between two tildes that belong to something else.
struct RequestDraw {
  let random: any RandomSource
  /// Of the operation; unique.
  let number: Int
  /// Numbers of ids.
  let ids: Range<Int>

  private static let keys: [Text] = ["a", "b", "n"]

  private func below(_ bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }
  private func flip() -> Bool { below(2) == 0 }

  func operation() -> PlainCollection.Operation {
    switch below(16) {
    case 0...1: .add(changes(isPartial: false))
    case 2...4: .upsert(changes(isPartial: false))
    case 5...6: .update(changes(isPartial: true))
    case 7: .delete(ids: someIDs(upTo: 3))
    case 8:
      .deleteWhere(
        ids: flip() ? someIDs(upTo: 8) : nil, filter(), limit: flip() ? below(3) : nil)
    default: read()
    }
  }

  func read() -> PlainCollection.Operation {
    switch below(8) {
    case 0: .count
    case 1...4: .get(get())
    default: .query(query())
    }
  }

  func get() -> GetRequest {
    GetRequest(
      selection: selection(), limit: flip() ? below(8) : nil, offset: flip() ? 0 : below(5),
      fields: fields())
  }

  func query() -> QueryRequest {
    QueryRequest(
      embeddings: [vector()], count: 1 + below(8), selection: selection(), fields: fields())
  }

  private func fields() -> RecordFields {
    flip()
      ? [.embeddings, .documents, .metadatas, .uris] : RecordFields(rawValue: UInt8(below(16)))
  }

  private func selection() -> RecordSelection {
    RecordSelection(
      ids: below(3) == 0 ? someIDs(upTo: 10) : nil, filter: below(3) > 0 ? filter() : nil)
  }

  /// Different ones, at least one.
  func someIDs(upTo count: Int) -> [Text] {
    var numbers: [Int] = []
    for _ in 0...below(count) {
      let number = ids.lowerBound + below(ids.count)
      if !numbers.contains(number) { numbers.append(number) }
    }
    return numbers.map { Text("~~i\($0)~~") }
  }

  private func vector() -> [Float] { (0..<3).map { _ in Float(below(5)) } }

  private func changes(isPartial: Bool) -> [PlainChange] {
    someIDs(upTo: 5).enumerated().map { row, id in
      PlainChange(
        id: id, vector: isPartial && flip() ? nil : vector(),
        document: below(3) == 0
          ? nil : Text("word\(below(6)) and word\(below(6)) ~~d\(number).\(row)~~"),
        uri: below(4) == 0 ? Text(flip() ? "uri\(below(3))" : "~~u\(number).\(row)~~") : nil,
        metadata: metadata(row))
    }
  }

  private func metadata(_ row: Int) -> [Text: MetadataValue?] {
    var values: [Text: MetadataValue?] = [:]
    guard below(4) > 0 else { return values }
    values.updateValue(.string(Text("~~m\(number).\(row)~~")), forKey: "t")
    for key in Self.keys {
      switch below(8) {
      case 0: values.updateValue(.int(Int64(below(5))), forKey: key)
      case 1: values.updateValue(.float(Double(below(9)) / 2), forKey: key)
      case 2: values.updateValue(.string(Text("value\(below(4))")), forKey: key)
      case 3: values.updateValue(.bool(flip()), forKey: key)
      case 4: values.updateValue(.ints([Int64(below(4)), Int64(below(4))]), forKey: key)
      case 5: values.updateValue(nil, forKey: key)
      default: break
      }
    }
    return values
  }

  private func filter(depth: Int = 2) -> Filter {
    let key = Self.keys[below(3)]
    switch below(depth > 0 ? 16 : 12) {
    case 0: return .compare(key: key, .equal(.int(Int64(below(5)))))
    case 1: return .compare(key: key, .notEqual(.string(Text("value\(below(4))"))))
    case 2: return .compare(key: key, .less(.float(Double(below(9)) / 2)))
    case 3: return .compare(key: key, .greaterOrEqual(.int(Int64(below(5)))))
    case 4: return .compare(key: key, .isIn([.float(1), .float(2.5), .float(3)]))
    case 5: return .compare(key: key, .notIn([.bool(true)]))
    case 6: return .compare(key: key, .equal(.bool(flip())))
    case 7: return .listContains(key: key, element: .int(Int64(below(4))), negated: flip())
    case 8: return .documentContains(Text("word\(below(6))"), negated: flip())
    case 9:
      let patterns = PlainPattern.all
      return .documentMatches(pattern: patterns[below(patterns.count)].pattern, negated: flip())
    case 10: return .compare(key: "chroma:uri", .equal(.string(Text("uri\(below(3))"))))
    case 11: return .compare(key: key, .lessOrEqual(.int(Int64(below(5)))))
    case 12...13: return .all([filter(depth: depth - 1), filter(depth: depth - 1)])
    default: return .any([filter(depth: depth - 1), filter(depth: depth - 1)])
    }
  }
}
