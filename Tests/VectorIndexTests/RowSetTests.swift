import Model
import Testing
import VectorIndex

@Suite struct RowSetTests {
  @Test("a row set does what a set of integers does")
  func againstSet() {
    let samples = Samples()
    for _ in 0..<300 {
      let counts = [samples.int(below: 300), samples.int(below: 300)]
      let sets = counts.map {
        samples.rowSet(count: $0, density: samples.random.nextUnit() * 1.5 - 0.25)
      }
      let plain = sets.map(Set.init)
      let (a, b) = (sets[0], sets[1])
      #expect(a.memberCount == plain[0].count)
      #expect(a.isEmpty == plain[0].isEmpty)
      #expect(Array(a) == plain[0].sorted())
      #expect((-3..<400).allSatisfy { a[$0] == plain[0].contains($0) && a.contains($0) == a[$0] })
      #expect(Set(a.intersection(b)) == plain[0].intersection(plain[1]))
      #expect(Set(a.union(b)) == plain[0].union(plain[1]))
      #expect(Set(a.subtracting(b)) == plain[0].subtracting(plain[1]))
      #expect(Set(a.complemented()) == Set(0..<counts[0]).subtracting(plain[0]))
      #expect(a.intersection(b).count == counts[0])
      #expect(a.union(b).count == max(counts[0], counts[1]))
      #expect(a.complemented().complemented() == a)
      let start = samples.int(below: 350)
      let range = start..<start + samples.int(below: 200)
      #expect(a.part(range).count == range.count)
      #expect(Set(a.part(range)) == Set(plain[0].filter(range.contains).map { $0 - start }))
    }
  }

  @Test("no operation leaves bits behind the bound", arguments: 0...130)
  func tail(count: Int) {
    let full = RowSet(count: count, filledWith: true)
    let none = RowSet(count: count, filledWith: false)
    #expect(full.memberCount == count)
    #expect(none.isEmpty)
    #expect(none.complemented() == full)
    #expect(RowSet(count: count, words: [.max, .max, .max, .max]) == full)
    #expect(RowSet(count: count, words: []) == none)
    #expect(none.union(full) == full)
    #expect(Array(full) == Array(0..<count))
  }

  @Test("growing keeps the members and fills the rest")
  func growing() {
    let samples = Samples()
    for _ in 0..<200 {
      var rows = RowSet(count: 0, filledWith: false)
      var plain: [Bool] = []
      for _ in 0..<8 {
        let isMember = samples.int(below: 2) == 1
        if samples.int(below: 2) == 0 {
          let added = samples.int(below: 150)
          rows.grow(to: plain.count + added, filledWith: isMember)
          plain += repeatElement(isMember, count: added)
        } else {
          rows.append(isMember)
          plain.append(isMember)
        }
        #expect(rows.count == plain.count)
        #expect(plain.indices.allSatisfy { rows[$0] == plain[$0] })
        #expect(rows.memberCount == plain.count { $0 })
      }
    }
  }

  @Test("setting and clearing changes one row, in this copy alone")
  func subscripts() {
    var rows = RowSet(count: 200, filledWith: false)
    let before = rows
    rows[64] = true
    rows[199] = true
    #expect(Array(rows) == [64, 199])
    rows[64] = false
    #expect(Array(rows) == [199])
    #expect(before.isEmpty)
  }

  @Test("a range is taken out, wherever it begins and ends")
  func remove() {
    let samples = Samples()
    for _ in 0..<500 {
      let count = samples.int(below: 300)
      var rows = samples.rowSet(count: count, density: 0.7)
      let start = samples.int(below: 320)
      let range = start..<start + samples.int(below: 200)
      let expected = rows.filter { !range.contains($0) }
      rows.remove(range)
      #expect(Array(rows) == expected)
      #expect(rows.count == count)
    }
  }
}
