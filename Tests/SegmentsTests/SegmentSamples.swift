import FilterIndex
import Model
import ObjectStore
import Segments
import VectorIndex

/// A row as tests write and compare it.
struct SampleRow: Hashable {
  var offset: UInt64
  var id: Text
  var vector: [Float]
  var document: Text?
  var uri: Text?
  var metadata: Metadata
}

enum Samples {
  static let key = "p/collections/x/segments/y"

  static func rows(_ count: Int, dimension: Int = 3, seed: UInt64) -> [SampleRow] {
    let random = SeededRandomSource(seed: seed)
    var offset: UInt64 = 0
    return (0..<count).map { row in
      offset += 1 + random.next(below: 3)
      let kind = random.next(below: 6)
      return SampleRow(
        offset: offset, id: Text("id-\(row)-\(random.next(below: 1000))"),
        vector: (0..<dimension).map { _ in Float(random.nextUnit()) },
        document: kind == 0
          ? nil : Text(String(repeating: "h\u{e9} \(kind) ", count: Int(random.next(below: 40)))),
        uri: kind == 1 ? Text("uri\(row)") : nil,
        metadata: Metadata(
          [
            ("n", .int(Int64(random.next(below: 7)))), ("s", .string(Text("v\(kind)"))),
            ("chroma:x", .bool(true)),
          ].prefix(Int(random.next(below: 4)))))
    }
  }

  static func build(
    _ rows: [SampleRow], dimension: Int = 3, codes: CodeBasis? = nil
  ) throws(SegmentError) -> BuiltSegment {
    var builder = try builder(rows, dimension: dimension, codes: codes)
    return builder.finish()
  }

  static func builder(
    _ rows: [SampleRow], dimension: Int = 3, codes: CodeBasis? = nil
  ) throws(SegmentError) -> SegmentBuilder {
    var builder = SegmentBuilder(
      id: UniqueID(high: 1, low: 2), dimension: dimension, hashSeed: 77,
      codes: codes.map { CodeEncoder(basis: $0, distance: $0.suits(.cosine) ? .cosine : .l2) })
    for row in rows {
      let result: Result<Void, SegmentError> = row.vector.withUnsafeBufferPointer { vector in
        func add(_ document: UnsafeBufferPointer<UInt8>?) -> Result<Void, SegmentError> {
          do throws(SegmentError) {
            return .success(
              try builder.append(
                offset: row.offset, id: row.id, vector: vector, document: document, uri: row.uri,
                metadata: row.metadata))
          } catch {
            return .failure(error)
          }
        }
        return row.document.map { $0.withUTF8 { add($0) } } ?? add(nil)
      }
      try result.get()
    }
    return builder
  }

  /// What a manifest would say of the object.
  static func summary(of bytes: [UInt8]) throws -> SegmentSummary {
    var trailer = BinaryReader(bytes.suffix(12))
    let footerBytes = Int(try trailer.readInteger(UInt32.self))
    let checksum = try trailer.readInteger(UInt32.self)
    var footer = BinaryReader(bytes.dropLast(12).suffix(footerBytes))
    _ = try footer.readInteger(UInt16.self)
    let rows = try footer.readLength(unit: 0)
    let dimension = try footer.readLength(unit: 0)
    _ = try footer.readInteger(UInt64.self)
    return SegmentSummary(
      id: UniqueID(high: 1, low: 2), size: bytes.count, rowCount: rows, dimension: dimension,
      hotOffset: try footer.readLength(unit: 0), footerChecksum: checksum)
  }

  /// What codes of vectors with random components may be relative to.
  static func basis(dimension: Int, isUnit: Bool = false) -> CodeBasis {
    CodeBasis(
      centre: (0..<dimension).map { isUnit ? 0 : Float($0 % 3) / 4 }, isUnit: isUnit)
  }

  static func store() -> MemoryStore {
    MemoryStore { StoreTime(millisecondsSince1970: 1_800_000_000_000) }
  }
}

extension Segment {
  /// Everything that the segment says of its rows.
  func allRows() async throws(SegmentError) -> [SampleRow] {
    let all = Array(0..<rowCount)
    let documents = try await documents(all)
    let vectors = try await vectors(all)
    let rows = all.map { row in
      SampleRow(
        offset: offset(row), id: id(row), vector: vectors[row], document: documents[row],
        uri: uri(row), metadata: metadata(row))
    }
    try checkIntegrity()
    return rows
  }
}
