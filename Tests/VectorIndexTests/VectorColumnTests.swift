import Model
import Testing
import VectorIndex

@Suite struct VectorColumnTests {
  @Test(
    "rows come back as they were appended, one by one or many at once",
    arguments: [1, 3, 384, 5000])
  func rows(dimension: Int) {
    let samples = Samples()
    let vectors = samples.vectors(dimension == 1 ? 70_000 : 900, dimension: dimension)
    var column = VectorColumn(dimension: dimension)
    var next = 0
    while next < vectors.count {
      let end = min(next + 1 + samples.int(below: 300), vectors.count)
      let joined = Array(vectors[next..<end].joined())
      switch samples.int(below: 3) {
      case 0: column.append(joined)
      case 1: column.append(([7] + joined)[1...])
      default: for vector in vectors[next..<end] { column.append(vector) }
      }
      next = end
      #expect(column.count == end)
    }
    #expect(vectors.indices.allSatisfy { column[$0] == vectors[$0] })
    #expect(column.withRow(5) { Array($0) } == vectors[5])
    #expect(column.memoryBytes >= vectors.count * (dimension + 1) * 4)
  }

  @Test("a small column takes little memory")
  func smallColumn() {
    var column = VectorColumn(dimension: 384)
    #expect(column.memoryBytes == 0)
    column.append([Float](repeating: 1, count: 384))
    #expect(column.memoryBytes < 16 << 10)
  }

  /// Of the wide ones few rows make a chunk.
  @Test("a copy keeps its rows while the original grows, and both can go on", arguments: [2, 5000])
  func snapshots(dimension: Int) {
    let samples = Samples()
    // Each column with the rows that it must have.
    var pairs = [(column: VectorColumn(dimension: dimension), rows: [[Float]]())]
    for _ in 0..<(dimension == 2 ? 2_000 : 100) {
      let index = samples.int(below: pairs.count)
      if samples.int(below: 10) == 0, pairs.count < 20 { pairs.append(pairs[index]) }
      let vectors = samples.vectors(1 + samples.int(below: 40), dimension: dimension)
      pairs[index].column.append(Array(vectors.joined()))
      pairs[index].rows += vectors
    }
    for pair in pairs {
      #expect(pair.column.count == pair.rows.count)
      #expect(pair.rows.indices.allSatisfy { pair.column[$0] == pair.rows[$0] })
    }
  }

  @Test("readers on other threads see exactly the rows of their copy while a writer appends")
  func concurrentReaders() async {
    let dimension = 5
    var column = VectorColumn(dimension: dimension)
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<1_500 {
        column.append([Float](repeating: Float(number), count: dimension))
        guard number.isMultiple(of: 10) else { continue }
        let snapshot = column
        group.addTask {
          snapshot.count == number + 1
            && (0...number).allSatisfy { row in
              snapshot.withRow(row) { $0.allSatisfy { $0 == Float(row) } }
            }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("two copies that append at the same time each get their own rows")
  func concurrentWriters() async {
    var column = VectorColumn(dimension: 1)
    column.append([0, 1, 2])
    let start = column
    await withTaskGroup(of: [Float].self) { group in
      for writer in 0..<8 {
        group.addTask {
          var mine = start
          for _ in 0..<100 { mine.append([Float(writer)]) }
          return (0..<mine.count).map { mine[$0][0] } + [Float(writer)]
        }
      }
      for await rows in group {
        #expect(Array(rows[..<3]) == [0, 1, 2])
        #expect(rows[3...].allSatisfy { $0 == rows.last })
        #expect(rows.count == 104)
      }
    }
  }

  @Test(
    "inverse norms are right from the shortest to the longest vectors",
    arguments: [Float(1), 1e-10, 1e-20, 1e-30, 0x1p-140, 1e10, 1e25, 3e38])
  func inverseNorms(scale: Float) {
    let samples = Samples()
    for dimension in [1, 17, 384] {
      let vector = samples.vector(dimension, scale: scale)
      var column = VectorColumn(dimension: dimension)
      column.append([Float](repeating: 0, count: dimension) + vector)
      #expect(column.inverseNorm(0) == 1e32)
      let expected = 1 / (Reference.norm(vector) + 1e-32)
      #expect(abs(Double(column.inverseNorm(1)) - expected) <= 1e-5 * expected)
    }
  }
}
