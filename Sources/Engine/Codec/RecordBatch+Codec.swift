import Model

extension RecordBatch {
  func encode(into writer: inout BinaryWriter) {
    writer.write(length: count)
    for id in ids { writer.write(id) }
    writer.write(optional: embeddings) { $1.encode(into: &$0) }
    writer.write(optional: documents) { writer, texts in
      for text in texts { writer.write(optional: text) { $0.write($1) } }
    }
    writer.write(optional: uris) { writer, texts in
      for text in texts { writer.write(optional: text) { $0.write($1) } }
    }
    writer.write(optional: metadatas) { writer, changes in
      for change in changes { writer.write(optional: change) { $1.encode(into: &$0) } }
    }
  }

  init(from reader: inout BinaryReader) throws(BinaryError) {
    let count = try reader.readLength()
    var ids: [Text] = []
    ids.reserveCapacity(min(count, 4096))
    for _ in 0..<count { ids.append(try reader.readText()) }
    self.init(ids: ids)
    embeddings = try reader.readOptional { reader throws(BinaryError) in
      try EmbeddingColumn(from: &reader, rows: count)
    }
    documents = try Self.readTexts(&reader, count: count)
    uris = try Self.readTexts(&reader, count: count)
    metadatas = try reader.readOptional { reader throws(BinaryError) in
      var changes: [MetadataChange?] = []
      for _ in 0..<count {
        changes.append(
          try reader.readOptional { reader throws(BinaryError) in
            try MetadataChange(from: &reader)
          })
      }
      return changes
    }
  }

  private static func readTexts(
    _ reader: inout BinaryReader, count: Int
  ) throws(BinaryError) -> [Text?]? {
    try reader.readOptional { reader throws(BinaryError) in
      var texts: [Text?] = []
      for _ in 0..<count {
        texts.append(
          try reader.readOptional { reader throws(BinaryError) in try reader.readText() })
      }
      return texts
    }
  }
}

extension EmbeddingColumn {
  /// Dimension; whether every row has a vector, else a flag per row; the vectors.
  fileprivate func encode(into writer: inout BinaryWriter) {
    writer.write(length: dimension)
    writer.write(optional: slots) { writer, slots in
      for slot in slots { writer.write(slot >= 0) }
    }
    guard let slots else {
      writer.write(floats: components)
      return
    }
    for row in slots.indices {
      if let vector = self[row] { writer.write(floats: vector) }
    }
  }

  fileprivate init(from reader: inout BinaryReader, rows: Int) throws(BinaryError) {
    let dimension = try reader.readLength(unit: 0)
    guard (1...1 << 28).contains(dimension) else {
      throw BinaryError("vectors of dimension \(dimension)")
    }
    var present = rows
    let slots = try reader.readOptional { reader throws(BinaryError) in
      var slots: [Int32] = []
      slots.reserveCapacity(rows)
      var next: Int32 = 0
      for _ in 0..<rows {
        let isPresent = try reader.readBool()
        slots.append(isPresent ? next : -1)
        if isPresent { next += 1 }
      }
      present = Int(next)
      return slots
    }
    let (total, isTooLarge) = present.multipliedReportingOverflow(by: dimension)
    guard !isTooLarge else { throw BinaryError("\(present) vectors of dimension \(dimension)") }
    self.init(dimension: dimension, components: try reader.readFloats(total), slots: slots)
  }
}
