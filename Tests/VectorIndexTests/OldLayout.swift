import Model

/// Sections as earlier versions wrote them, made of those of today as docs/FORMAT.md has both.
struct OldLayout {
  let dimension: Int
  /// In blocks of 32 rows, as in the first version; else with factors behind the codes of each block, as in the next.
  let isInHalves: Bool

  private var width: Int { (dimension + 63) / 64 * 64 }
  private var codeBytes: Int { 64 * (width / 8 + 3) }
  private static let factorBytes = 64 * 12

  private static func aligned(_ at: Int) -> Int { (at + 63) / 64 * 64 }

  /// Blocks with factors behind their codes, so many, of those of today and their factors.
  private func joined(
    _ codes: ArraySlice<UInt8>, _ factors: ArraySlice<UInt8>, count: Int
  ) -> [UInt8] {
    (0..<count).flatMap { block in
      let code = codes.startIndex + block * codeBytes
      let factor = factors.startIndex + block * Self.factorBytes
      return codes[code..<code + width * 8] + factors[factor..<factor + Self.factorBytes]
    }
  }

  /// Blocks with so many rows of those with factors behind their codes.
  static func halves(_ blocks: ArraySlice<UInt8>, rows: Int, width: Int) -> [UInt8] {
    let (newBytes, oldBytes) = (64 * (width / 8 + 12), 32 * (width / 8 + 12))
    var old = [UInt8](repeating: 0, count: (rows + 31) / 32 * oldBytes)
    for row in 0..<rows {
      let from = blocks.startIndex + row / 64 * newBytes
      let to = row / 32 * oldBytes
      for component in 0..<width {
        let byte = blocks[from + component / 8 * 64 + row % 64]
        guard byte & 1 << UInt8(component % 8) != 0 else { continue }
        let bit = component % 4 + (row % 32 < 16 ? 0 : 4)
        old[to + component / 4 * 16 + row % 16] |= 1 << UInt8(bit)
      }
      for factor in 0..<3 {
        for byte in 0..<4 {
          old[to + width * 4 + (factor * 32 + row % 32) * 4 + byte] =
            blocks[from + width * 8 + (factor * 64 + row % 64) * 4 + byte]
        }
      }
    }
    return old
  }

  private func blocks(
    _ codes: ArraySlice<UInt8>, _ factors: ArraySlice<UInt8>, rows: Int
  ) -> [UInt8] {
    let joined = joined(codes, factors, count: (rows + 63) / 64)
    return isInHalves ? Self.halves(joined[...], rows: rows, width: width) : joined
  }

  /// The section of the coarse codes of so many rows.
  func coarse(_ current: [UInt8], rows: Int) -> [UInt8] {
    let start = Self.aligned(44 + dimension * 4)
    let factors = start + (rows + 63) / 64 * codeBytes
    var old = current[..<16] + current[44..<44 + dimension * 4]
    while old.count % 64 != 0 { old.append(0) }
    return old + blocks(current[start...], current[factors...], rows: rows)
  }

  /// The section of clusters.
  func clusters(_ current: [UInt8]) -> [UInt8] {
    let region = ByteRegion(copying: current)
    func number(_ at: Int) -> Int { Int(region.load(at: at, as: UInt32.self) ?? 0) }
    let (count, blockCount) = (number(4), number(8))
    let coarseBytes =
      Self.aligned(44 + dimension * 4) + (count + 63) / 64 * (codeBytes + Self.factorBytes)
    let coarse = 64..<64 + coarseBytes
    let fineStart = Self.aligned(coarse.upperBound)
    let fine = fineStart..<fineStart + count * (width + 16)
    let table = Self.aligned(fine.upperBound)
    let rowCounts = (0..<count).map { number(table + $0 * 4) }
    let numbers = Self.aligned(table + count * 4)
    let codes = Self.aligned(numbers + blockCount * 64 * 4)
    let factors = codes + blockCount * codeBytes
    let blockRows = isInHalves ? 32 : 64

    var writer = BinaryWriter()
    func pad() { while writer.count % 64 != 0 { writer.write(UInt8(0)) } }
    writer.write(UInt32(isInHalves ? 1 : 2))
    writer.write(UInt32(count))
    writer.write(UInt32(rowCounts.reduce(0) { $0 + ($1 + blockRows - 1) / blockRows }))
    writer.write(raw: current[12..<20])
    pad()
    writer.write(raw: self.coarse(Array(current[coarse]), rows: count))
    pad()
    writer.write(raw: current[fine])
    pad()
    for rows in rowCounts { writer.write(UInt32(rows)) }
    pad()
    var place = 0
    for rows in rowCounts {
      let places = (rows + blockRows - 1) / blockRows * blockRows
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
        raw: blocks(
          current[(codes + block * codeBytes)...],
          current[(factors + block * Self.factorBytes)...], rows: rows))
      block += (rows + 63) / 64
    }
    return writer.bytes
  }
}
