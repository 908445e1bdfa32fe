import Model
import Segments
import Testing

@Suite("Dead rows as bytes")
struct DeletionVectorTests {
  @Test("come back, few or many, and take no more than a bit per row", arguments: [0, 1, 9, 1000])
  func roundTrip(count: Int) throws {
    let random = SeededRandomSource(seed: UInt64(count))
    for density in [0.0, 0.01, 0.3, 0.9, 1.0] {
      var rows = RowSet(count: count, filledWith: false)
      for row in 0..<count where random.nextUnit() < density { rows[row] = true }
      let bytes = DeletionVector.encode(rows)
      #expect(bytes.count <= (count + 7) / 8 + 2)
      #expect(try DeletionVector.decode(bytes, rowCount: count) == rows)
      let object = DeletionVector.encodeObject(rows)
      #expect(try DeletionVector.decodeObject(object, rowCount: count, key: "k") == rows)
      #expect(throws: SegmentError.self) {
        try DeletionVector.decodeObject(object, rowCount: count + 1, key: "k")
      }
      for at in object.indices {
        var changed = object
        changed[at] ^= 0x10
        #expect(throws: SegmentError.self) {
          try DeletionVector.decodeObject(changed, rowCount: count, key: "k")
        }
      }
    }
  }

  @Test("random bytes give an error or a set, and never a trap")
  func hostile() {
    let random = SeededRandomSource(seed: 8)
    for _ in 0..<5000 {
      let bytes = (0..<random.next(below: 20)).map { _ in UInt8(random.next(below: 256)) }
      _ = try? DeletionVector.decode([UInt8(random.next(below: 2))] + bytes, rowCount: 50)
    }
  }
}
