import CKernels
import Model
import VectorIndex

/// Sections as earlier versions wrote them, made of those of today as docs/FORMAT.md has both.
struct OldLayout {
  let dimension: Int
  let layout: CodeColumn.Layout

  private var width: Int { (dimension + 63) / 64 * 64 }
  /// Of today.
  private var firstWidth: Int { apus_first_width(width) }
  private var codeBytes: Int { 64 * (firstWidth / 8 + 3) }
  private var restBytes: Int { 64 * (width - firstWidth) / 8 }
  private static let factorBytes = 64 * 12
  /// Of today, before the centre.
  private var headerBytes: Int { restBytes > 0 ? 48 : 44 }

  /// What follows the first of some blocks of today, so many in all.
  private func parts(
    of count: Int, from start: Int
  ) -> (rests: Int, factors: Int, end: Int) {
    let rests = start + count * codeBytes
    let factors = rests + count * restBytes
    return (rests, factors, factors + count * Self.factorBytes)
  }

  /// Blocks with all components in columns and their screens, so many, of those of today and their rows' rests.
  private func columns(
    _ codes: ArraySlice<UInt8>, _ rests: ArraySlice<UInt8>, count: Int
  ) -> [UInt8] {
    (0..<count).flatMap { block in
      let code = codes.startIndex + block * codeBytes
      let rest = rests.startIndex + block * restBytes
      var columns = Array(codes[code..<code + firstWidth * 8])
      for column in 0..<restBytes / 64 {
        columns += (0..<64).map { rests[rest + $0 * (restBytes / 64) + column] }
      }
      return columns + codes[code + firstWidth * 8..<code + codeBytes]
    }
  }

  private static func aligned(_ at: Int) -> Int { (at + 63) / 64 * 64 }

  /// Blocks with factors behind their codes, so many, of those with columns only and their factors.
  private func joined(
    _ columns: [UInt8], _ factors: ArraySlice<UInt8>, count: Int
  ) -> [UInt8] {
    (0..<count).flatMap { block in
      let code = block * 64 * (width / 8 + 3)
      let factor = factors.startIndex + block * Self.factorBytes
      return columns[code..<code + width * 8] + factors[factor..<factor + Self.factorBytes]
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

  /// Blocks of rows, so many, without screens.
  private func blocks(
    _ columns: [UInt8], _ factors: ArraySlice<UInt8>, rows: Int
  ) -> [UInt8] {
    let joined = joined(columns, factors, count: (rows + 63) / 64)
    return layout == .halves ? Self.halves(joined[...], rows: rows, width: width) : joined
  }

  /// The section of the coarse codes of so many rows.
  func coarse(_ current: [UInt8], rows: Int) -> [UInt8] {
    let start = Self.aligned(headerBytes + dimension * 4)
    let count = (rows + 63) / 64
    let parts = parts(of: count, from: start)
    let columns = columns(current[start...], current[parts.rests...], count: count)
    let factors = current[parts.factors..<parts.end]
    let centre = current[headerBytes..<headerBytes + dimension * 4]
    var old = current[..<(layout == .inColumns ? 44 : 16)] + centre
    while old.count % 64 != 0 { old.append(0) }
    if layout == .inColumns { return old + columns + factors }
    return old + blocks(columns, factors, rows: rows)
  }

  /// The section of clusters.
  func clusters(_ current: [UInt8]) -> [UInt8] {
    let region = ByteRegion(copying: current)
    func number(_ at: Int) -> Int { Int(region.load(at: at, as: UInt32.self) ?? 0) }
    let (count, blockCount) = (number(4), number(8))
    let coarse =
      64..<parts(of: (count + 63) / 64, from: 64 + Self.aligned(headerBytes + dimension * 4)).end
    let fineStart = Self.aligned(coarse.upperBound)
    let fine = fineStart..<fineStart + count * (width + 16)
    let table = Self.aligned(fine.upperBound)
    let rowCounts = (0..<count).map { number(table + $0 * 4) }
    let numbers = Self.aligned(table + count * 4)
    let codes = Self.aligned(numbers + blockCount * 64 * 4)
    let parts = parts(of: blockCount, from: codes)
    let blockRows = layout == .halves ? 32 : 64

    var writer = BinaryWriter()
    func pad() { while writer.count % 64 != 0 { writer.write(UInt8(0)) } }
    writer.write(UInt32(layout == .halves ? 1 : layout == .withFactors ? 2 : 3))
    writer.write(UInt32(count))
    writer.write(UInt32(rowCounts.reduce(0) { $0 + ($1 + blockRows - 1) / blockRows }))
    writer.write(raw: current[12..<20])
    if layout == .inColumns { writer.write(raw: current[20..<48]) }
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
    let columns = columns(current[codes...], current[parts.rests...], count: blockCount)
    guard layout != .inColumns else {
      writer.write(raw: columns)
      writer.write(raw: current[parts.factors...])
      return writer.bytes
    }
    var block = 0
    for rows in rowCounts {
      let columns = columns[(block * 64 * (width / 8 + 3))...]
      let factors = current[(parts.factors + block * Self.factorBytes)...]
      writer.write(raw: blocks(Array(columns), factors, rows: rows))
      block += (rows + 63) / 64
    }
    return writer.bytes
  }
}
