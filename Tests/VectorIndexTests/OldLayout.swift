import Model

/// Sections as the first version wrote them, in blocks of 32 rows, made of those of today as docs/FORMAT.md has both.
enum OldLayout {
  private static func width(_ dimension: Int) -> Int { (dimension + 63) / 64 * 64 }
  private static func header(_ dimension: Int) -> Int { (16 + dimension * 4 + 63) / 64 * 64 }

  /// Blocks with so many rows.
  static func blocks(_ current: ArraySlice<UInt8>, rows: Int, dimension: Int) -> [UInt8] {
    let width = width(dimension)
    let (newBytes, oldBytes) = (64 * (width / 8 + 12), 32 * (width / 8 + 12))
    var old = [UInt8](repeating: 0, count: (rows + 31) / 32 * oldBytes)
    for row in 0..<rows {
      let from = current.startIndex + row / 64 * newBytes
      let to = row / 32 * oldBytes
      for component in 0..<width {
        let byte = current[from + component / 8 * 64 + row % 64]
        guard byte & 1 << UInt8(component % 8) != 0 else { continue }
        let bit = component % 4 + (row % 32 < 16 ? 0 : 4)
        old[to + component / 4 * 16 + row % 16] |= 1 << UInt8(bit)
      }
      for factor in 0..<3 {
        for byte in 0..<4 {
          old[to + width * 4 + (factor * 32 + row % 32) * 4 + byte] =
            current[from + width * 8 + (factor * 64 + row % 64) * 4 + byte]
        }
      }
    }
    return old
  }

  /// The section of the coarse codes of so many rows.
  static func coarse(_ current: [UInt8], rows: Int, dimension: Int) -> [UInt8] {
    let start = header(dimension)
    return current[..<start] + blocks(current[start...], rows: rows, dimension: dimension)
  }

  /// The section of clusters.
  static func clusters(_ current: [UInt8], dimension: Int) -> [UInt8] {
    let region = ByteRegion(copying: current)
    func number(_ at: Int) -> Int { Int(region.load(at: at, as: UInt32.self) ?? 0) }
    func aligned(_ at: Int) -> Int { (at + 63) / 64 * 64 }
    let width = width(dimension)
    let (count, blockBytes) = (number(4), 64 * (width / 8 + 12))
    let coarse = 64..<64 + header(dimension) + (count + 63) / 64 * blockBytes
    let fine = aligned(coarse.upperBound)..<aligned(coarse.upperBound) + count * (width + 16)
    let table = aligned(fine.upperBound)
    let rowCounts = (0..<count).map { number(table + $0 * 4) }
    let numbers = aligned(table + count * 4)
    let blocks = aligned(numbers + number(8) * 64 * 4)

    var writer = BinaryWriter()
    func pad() { while writer.count % 64 != 0 { writer.write(UInt8(0)) } }
    writer.write(UInt32(1))
    writer.write(UInt32(count))
    writer.write(UInt32(rowCounts.reduce(0) { $0 + ($1 + 31) / 32 }))
    writer.write(raw: current[12..<20])
    pad()
    writer.write(raw: Self.coarse(Array(current[coarse]), rows: count, dimension: dimension))
    pad()
    writer.write(raw: current[fine])
    pad()
    for rows in rowCounts { writer.write(UInt32(rows)) }
    pad()
    var place = 0
    for rows in rowCounts {
      let places = (rows + 31) / 32 * 32
      for index in 0..<places {
        let row = index < rows ? UInt32(number(numbers + (place + index) * 4)) : UInt32.max
        writer.write(row)
      }
      place += (rows + 63) / 64 * 64
    }
    pad()
    var block = 0
    for rows in rowCounts {
      writer.write(
        raw: Self.blocks(
          current[(blocks + block * blockBytes)...], rows: rows, dimension: dimension))
      block += (rows + 63) / 64
    }
    return writer.bytes
  }
}
