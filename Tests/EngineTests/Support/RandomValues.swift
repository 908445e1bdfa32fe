import Engine
import Model

/// Random values of everything that stands in a log, small but with every case and every limit.
extension RandomSource {
  func flip() -> Bool { next(below: 2) == 0 }

  func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(next(below: UInt64(elements.count)))]
  }

  func list<Element>(upTo count: UInt64, _ element: () -> Element) -> [Element] {
    (0..<next(below: count + 1)).map { _ in element() }
  }

  func text() -> Text {
    let pieces = ["", "a", "b", "\0", "\u{e9}", "e\u{301}", "\u{1f600}", "chroma:x", "\u{ffff}"]
    return Text(list(upTo: 3) { pick(pieces) }.joined())
  }

  /// Any bit pattern, but no NaN: that is not equal to itself.
  func double() -> Double {
    let double = Double(bitPattern: next())
    return double.isNaN ? pick([0, -0.0, .infinity, -.infinity, 1]) : double
  }

  func float() -> Float {
    let float = Float(bitPattern: UInt32(truncatingIfNeeded: next()))
    return float.isNaN ? 0.5 : float
  }

  func id() -> UniqueID { UniqueID(high: next(), low: next()) }

  func value() -> MetadataValue {
    switch next(below: 8) {
    case 0: .bool(flip())
    case 1: .int(pick([.min, -1, 0, 1, .max]))
    case 2: .float(double())
    case 3: .string(text())
    case 4: .bools(list(upTo: 3) { flip() })
    case 5: .ints(list(upTo: 3) { Int64(bitPattern: next()) })
    case 6: .floats(list(upTo: 3) { double() })
    default: .strings(list(upTo: 3) { text() })
    }
  }

  func metadata() -> Metadata { Metadata(list(upTo: 4) { (text(), value()) }) }

  func change() -> MetadataChange {
    MetadataChange(
      list(upTo: 4) { MetadataChange.Entry(key: text(), value: flip() ? value() : nil) })
  }

  private func column<Element>(_ rows: Int, _ element: () -> Element) -> [Element?]? {
    flip() ? (0..<rows).map { _ in flip() ? element() : nil } : nil
  }

  /// A batch as a request may bring it; with gaps in its vectors only if `isPartial`.
  func batch(isPartial: Bool, dimension: Int) -> RecordBatch {
    let rows = Int(next(below: 6))
    var embeddings: EmbeddingColumn?
    if !isPartial {
      embeddings = EmbeddingColumn(
        dimension: dimension, components: (0..<rows * dimension).map { _ in float() })
    } else if flip() {
      var present: Int32 = 0
      let slots = (0..<rows).map { _ -> Int32 in
        guard flip() else { return -1 }
        present += 1
        return present - 1
      }
      embeddings = EmbeddingColumn(
        dimension: dimension, components: (0..<Int(present) * dimension).map { _ in float() },
        slots: slots)
    }
    return RecordBatch(
      ids: (0..<rows).map { _ in text() }, embeddings: embeddings,
      documents: column(rows) { text() }, uris: column(rows) { text() },
      metadatas: column(rows) { change() })
  }

  func collectionOperation() -> CollectionOperation {
    let dimension = Int(1 + next(below: 5))
    return switch next(below: 10) {
    case 0...2: .add(batch(isPartial: false, dimension: dimension))
    case 3...5: .upsert(batch(isPartial: false, dimension: dimension))
    case 6...7: .update(batch(isPartial: true, dimension: dimension))
    case 8: .delete(list(upTo: 4) { text() })
    default: .seal
    }
  }

  func definition() -> CollectionDefinition {
    CollectionDefinition(
      name: text(), metadata: flip() ? metadata() : nil,
      distance: pick([.l2, .cosine, .innerProduct]), configuration: text())
  }

  func catalogOperation() -> CatalogOperation {
    switch next(below: 8) {
    case 0: .createTenant(text())
    case 1: .createDatabase(DatabaseInfo(id: id(), name: text(), tenant: text()))
    case 2: .deleteDatabase(tenant: text(), name: text())
    case 3:
      .createCollection(
        CatalogEntry(id: id(), tenant: text(), database: text(), definition: definition()))
    case 4: .defineCollection(id(), definition())
    case 5: .deleteCollection(id())
    case 6: .bury(list(upTo: 4) { id() })
    default: .reset
    }
  }
}
