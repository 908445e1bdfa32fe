import Model
import Testing
import VectorIndex

@Suite("Where the components of coarse codes are")
struct CodeShapeTests {
  @Test("how many components are in columns is what a section says, if that can be")
  func storedShapes() throws {
    let dimension = 1024
    let samples = Samples()
    var encoder = CodeEncoder(
      basis: CodeBasis(centre: [Float](repeating: 0, count: dimension), isUnit: false),
      distance: .l2)
    for vector in samples.vectors(70, dimension: dimension) {
      vector.withUnsafeBufferPointer { encoder.append($0) }
    }
    encoder.useRests(true)
    let sections = encoder.finish()
    func read(_ first: UInt32) throws -> CodeColumn {
      var coarse = sections.coarse
      withUnsafeBytes(of: first.littleEndian) { coarse.replaceSubrange(44..<48, with: $0) }
      return try CodeColumn(
        ByteRegion(copying: coarse), layout: .withRests, rowCount: 70, dimension: dimension)
    }
    for first: UInt32 in [128, 512, 640, 896] {
      #expect(throws: Never.self) { try read(first) }
    }
    for first: UInt32 in [0, 32, 64, 192, 576, 1024, 1152, 1 << 31, .max] {
      #expect(throws: BinaryError.self) { try read(first) }
    }
    // The same bytes, of vectors of which none can have rests.
    #expect(throws: BinaryError.self) {
      try CodeColumn(
        ByteRegion(copying: sections.coarse), layout: .withRests, rowCount: 70 * 1024 / 64,
        dimension: 64)
    }
  }

  @Test("wide vectors have rests where the nearest are much nearer than most, and else not")
  func chosenShape() throws {
    let samples = Samples("chosenShape")
    func layout(_ vectors: [[Float]], _ distance: Distance) -> CodeColumn.Layout {
      let column = column(vectors, dimension: vectors[0].count)
      var encoder = CodeEncoder(
        basis: CodeBasis.fitting(column, distance: distance), distance: distance)
      for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
      encoder.chooseShape()
      return encoder.finish().layout
    }
    /// Around points of a space of few dimensions.
    func near(_ count: Int, _ dimension: Int) -> [[Float]] {
      let directions = samples.vectors(12, dimension: dimension)
      return (0..<count).map { _ in
        var vector = samples.vector(dimension, scale: 0.2)
        for direction in directions {
          let length = samples.vector(1, scale: 1)[0]
          for i in vector.indices { vector[i] += length * direction[i] }
        }
        return vector
      }
    }
    for distance in Distance.all {
      #expect(layout(near(5_000, 1024), distance) == .withRests)
      #expect(layout(samples.vectors(5_000, dimension: 1024), distance) == .inColumns)
    }
    #expect(layout(near(3_000, 1024), .l2) == .inColumns)
    #expect(layout(near(5_000, 640), .l2) == .inColumns)
    let zeros = [[Float]](repeating: [Float](repeating: 0, count: 1024), count: 5_000)
    #expect(layout(zeros, .l2) == .inColumns)
    let unknown = [[Float]](repeating: [Float](repeating: 1e30, count: 1024), count: 5_000)
    #expect(layout(unknown, .l2) == .inColumns)
  }
}
