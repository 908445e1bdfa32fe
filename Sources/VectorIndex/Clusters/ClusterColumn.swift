import CKernels
package import Model

/// Rows in clusters, each row in two of them: per cluster the coarse codes of its rows, and which they are. What is in
/// its bytes is described in docs/FORMAT.md.
package struct ClusterColumn: Sendable {
  package let count: Int
  package let probes: ClusterProbes
  /// Codes of the clusters' centres, less the centre of the rows' codes.
  let centres: CodeColumn
  let fineCentres: FineCodes
  /// Per cluster its first block and its rows, copies included.
  private let places: [(block: Int, rows: Int)]
  private let rowNumbers: ByteRegion
  private let blocks: CoarseBlocks
  /// Bytes of memory of its own: most of them where they had to be converted.
  package let ownBytes: Int

  static let headerBytes = 64
  /// Of clusters whose rows have rests, and of others.
  private static let (versionWithRests, versionInColumns): (UInt32, UInt32) = (4, 3)
  /// Where what the screens are relative to is in the header.
  private static let screenStart = 20
  static let alignment = 64
  static let unused = UInt32.max
  private static let prefetchedBlocks = 8

  /// Whether this version of Apus knows this kind of section. Others may be passed over.
  package static func isKnown(_ section: ByteRegion) -> Bool { layout(of: section) != nil }

  static func version(of layout: CodeColumn.Layout) -> UInt32 {
    layout == .withRests ? versionWithRests : versionInColumns
  }

  private static func layout(of section: ByteRegion) -> CodeColumn.Layout? {
    switch section.load(at: 0, as: UInt32.self) {
    case versionWithRests: .withRests
    case versionInColumns: .inColumns
    case 2: .withFactors
    case 1: .halves
    default: nil
    }
  }

  /// Reads a section of a segment with so many rows.
  package init(_ section: ByteRegion, rowCount: Int, dimension: Int) throws(BinaryError) {
    guard let codes = Self.layout(of: section), let count: UInt32 = section.load(at: 4), count > 0,
      let blockCount: UInt32 = section.load(at: 8), let ten: UInt32 = section.load(at: 12),
      let hundred: UInt32 = section.load(at: 16), Int(count) <= rowCount,
      Rotation.width(of: dimension) <= CodeColumn.widthMax
    else { throw BinaryError("clusters are of a kind that is not known") }
    self.count = Int(count)
    probes = ClusterProbes(forTen: Int(ten), forHundred: Int(hundred))
    let layout = ClusterLayout(
      clusters: Int(count), blocks: Int(blockCount), dimension: dimension, codes: codes)
    guard layout.end == section.count, let coarse = section.slice(layout.coarse),
      let fine = section.slice(layout.fine), let table = section.slice(layout.table),
      let rowNumbers = section.slice(layout.rowNumbers), let blocks = section.slice(layout.blocks)
    else { throw BinaryError("clusters have another size") }
    centres = try CodeColumn(
      coarse, layout: codes.ofCentres, rowCount: Int(count), dimension: dimension)
    fineCentres = FineCodes(fine, rows: 0..<Int(count), dimension: dimension)
    let rowCounts = (0..<Int(count)).map { Int(table.load(at: $0 * 4, as: UInt32.self) ?? 0) }
    var places: [(block: Int, rows: Int)] = []
    places.reserveCapacity(rowCounts.count)
    var (block, storedBlock) = (0, 0)
    for rows in rowCounts {
      places.append((block, rows))
      block += (rows + CodeColumn.blockRows - 1) / CodeColumn.blockRows
      storedBlock += (rows + codes.blockRows - 1) / codes.blockRows
    }
    guard storedBlock == Int(blockCount), !centres.basis.isUnit else {
      throw BinaryError("clusters have another number of rows")
    }
    self.places = places
    let width = Rotation.width(of: dimension)
    switch codes {
    case .withRests, .inColumns:
      let screen = CoarseScreen(section, at: Self.screenStart)
      let shape = try codes.shape(
        width: width, in: section, at: Self.screenStart + CoarseScreen.bytes)
      guard let read = CoarseBlocks(blocks, count: block, shape: shape, screen: screen) else {
        throw BinaryError("clusters have another size")
      }
      self.rowNumbers = rowNumbers
      self.blocks = read
      ownBytes = 0
    case .withFactors:
      self.rowNumbers = rowNumbers
      self.blocks = CoarseBlocks(withFactors: blocks, width: width)
      ownBytes = 0
    case .halves:
      self.rowNumbers = Self.convertedNumbers(rowNumbers, rowCounts, blockCount: block)
      let converted = Self.convertedBlocks(blocks, rowCounts, blockCount: block, width: width)
      self.blocks = CoarseBlocks(withFactors: converted, width: width)
      ownBytes = self.rowNumbers.count + converted.count + centres.ownBytes
    }
    let areInside = self.rowNumbers.withBytes { bytes in
      (0..<bytes.count / 4).allSatisfy { index in
        let row = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        return row < rowCount || row == Self.unused
      }
    }
    guard areInside else { throw BinaryError("clusters have rows that are not there") }
  }

  /// Places for blocks of 64 rows, of those for blocks of 32.
  private static func convertedNumbers(
    _ stored: ByteRegion, _ rowCounts: [Int], blockCount: Int
  ) -> ByteRegion {
    ByteRegion(count: blockCount * CodeColumn.blockRows * 4) { numbers in
      numbers.initializeMemory(as: UInt8.self, repeating: 0xff)
      let storedRows = CodeColumn.Layout.halves.blockRows
      stored.withBytes { stored in
        var (from, to) = (0, 0)
        for rows in rowCounts {
          UnsafeMutableRawBufferPointer(rebasing: numbers[to..<to + rows * 4]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: stored[from..<from + rows * 4]))
          from += (rows + storedRows - 1) / storedRows * storedRows * 4
          to += (rows + CodeColumn.blockRows - 1) / CodeColumn.blockRows * CodeColumn.blockRows * 4
        }
      }
    }
  }

  /// Blocks of 64 rows, of those of 32: each cluster has its own.
  private static func convertedBlocks(
    _ stored: ByteRegion, _ rowCounts: [Int], blockCount: Int, width: Int
  ) -> ByteRegion {
    let blockBytes = CoarseBlocks.bytesWithFactors(width: width)
    return ByteRegion(count: blockCount * blockBytes) { blocks in
      let storedRows = CodeColumn.Layout.halves.blockRows
      var (from, to) = (0, 0)
      for rows in rowCounts {
        let storedCount = (rows + storedRows - 1) / storedRows
        let (fromEnd, toEnd) = (
          from + storedCount * (blockBytes / 2), to + (storedCount + 1) / 2 * blockBytes
        )
        if let cluster = stored.slice(from..<fromEnd) {
          CodeColumn.convert(
            cluster, count: storedCount, width: width,
            into: UnsafeMutableRawBufferPointer(rebasing: blocks[to..<toEnd]))
        }
        (from, to) = (fromEnd, toEnd)
      }
    }
  }

  func rowCount(of cluster: Int) -> Int { places[cluster].rows }

  /// Where the components of rows are that are relative to a basis.
  func shape(of basis: CodeBasis) -> CoarseShape {
    CoarseShape(width: basis.rotation.width, firstWidth: blocks.firstWidth)
  }

  /// How many rows of a cluster are among these.
  func memberCount(of cluster: Int, among rows: RowSet) -> Int {
    withCluster(cluster, fromBlock: 0) { _, _, numbers in
      (0..<rowCount(of: cluster)).count { index in
        let number = numbers.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
        return rows[Int(UInt32(littleEndian: number))]
      }
    }
  }

  /// Has the codes of a cluster brought into the cache meanwhile: all of them, but for the few clusters that are large.
  func prefetch(_ cluster: Int) {
    let (block, rows) = places[cluster]
    let blockCount = min(CoarseBlocks.count(rows: rows), Self.prefetchedBlocks)
    blocks.withPlaces { places in
      guard let codes = places.codes(of: block) else { return }
      apus_prefetch_bytes(codes, blockCount * places.codeStride)
    }
  }

  /// Calls `body` with where the blocks are, the number of a block of a cluster, from its first one on, and the rows that it and
  /// those behind it are of.
  func withCluster<R>(
    _ cluster: Int, fromBlock first: Int,
    _ body: (CoarsePlaces, Int, UnsafeRawBufferPointer) -> R
  ) -> R {
    let block = places[cluster].block + first
    return blocks.withPlaces { places in
      rowNumbers.withBytes { rows in
        body(
          places, block, UnsafeRawBufferPointer(rebasing: rows[(block * CoarseBlocks.rows * 4)...]))
      }
    }
  }
}

/// Where the parts of the section are.
struct ClusterLayout {
  let coarse: Range<Int>
  let fine: Range<Int>
  /// Per cluster its number of rows, u32.
  let table: Range<Int>
  /// Per place in the blocks its row, u32.
  let rowNumbers: Range<Int>
  let blocks: Range<Int>
  var end: Int { blocks.upperBound }

  init(
    clusters: Int, blocks: Int, dimension: Int, codes: CodeColumn.Layout
  ) {
    let blockBytes = codes.blockBytes(width: Rotation.width(of: dimension))
    func part(from start: Int, _ bytes: Int) -> Range<Int> {
      let alignment = ClusterColumn.alignment
      let start = (start + alignment - 1) / alignment * alignment
      return start..<start + bytes
    }
    coarse = part(
      from: ClusterColumn.headerBytes,
      CodeColumn.sectionBytes(rows: clusters, dimension: dimension, layout: codes.ofCentres))
    fine = part(
      from: coarse.upperBound, CodeColumn.fineBytes(rows: clusters, dimension: dimension))
    table = part(from: fine.upperBound, clusters * 4)
    rowNumbers = part(from: table.upperBound, blocks * codes.blockRows * 4)
    self.blocks = part(from: rowNumbers.upperBound, blocks * blockBytes)
  }
}

extension CodeColumn.Layout {
  /// How the centres' codes are laid out where those of rows are so.
  fileprivate var ofCentres: CodeColumn.Layout { self == .withRests ? .inColumns : self }
}

/// Writes the section.
struct ClusterSectionWriter {
  private let layout: ClusterLayout
  private let codes: CodeEncoder
  private let shape: CoarseShape
  private let blockCount: Int
  private var bytes: [UInt8]
  private var block = 0

  /// Of rows with these codes.
  init(
    centres: VectorList, rowCounts: [Int], probes: ClusterProbes, codes rowCodes: CodeEncoder,
    distance: Distance
  ) {
    codes = rowCodes
    shape = rowCodes.shape
    let blockCount = rowCounts.reduce(0) { $0 + CoarseBlocks.count(rows: $1) }
    self.blockCount = blockCount
    layout = ClusterLayout(
      clusters: centres.count, blocks: blockCount, dimension: centres.dimension,
      codes: shape.layout)
    let basis = CodeBasis(
      centre: [Float](repeating: 0, count: centres.dimension), isUnit: false)
    var encoder = CodeEncoder(basis: basis, distance: Self.distanceOfCentres(distance))
    for index in 0..<centres.count { centres.withVector(index) { encoder.append($0) } }
    let centreCodes = encoder.finish()
    var writer = BinaryWriter(reservingCapacity: layout.end)
    writer.write(ClusterColumn.version(of: shape.layout))
    for number in [centres.count, blockCount, probes.forTen, probes.forHundred] {
      writer.write(UInt32(number))
    }
    CoarseScreen.write(codes.screen, into: &writer)
    if shape.hasRests { writer.write(UInt32(shape.firstWidth)) }
    func pad(to end: Int) { writer.write(raw: repeatElement(0, count: end - writer.count)) }
    pad(to: layout.coarse.lowerBound)
    writer.write(raw: centreCodes.coarse)
    pad(to: layout.fine.lowerBound)
    writer.write(raw: centreCodes.fine)
    pad(to: layout.table.lowerBound)
    for count in rowCounts { writer.write(UInt32(count)) }
    pad(to: layout.rowNumbers.lowerBound)
    bytes = writer.bytes
    bytes.append(contentsOf: repeatElement(0xff, count: layout.rowNumbers.count))
    bytes.append(contentsOf: repeatElement(0, count: layout.end - bytes.count))
  }

  /// The next cluster, with these rows.
  mutating func append(_ rows: [UInt32]) {
    let columnBytes = CoarseShape(width: shape.width).blockBytes
    let (clusterBlocks, factorBytes) = (CoarseBlocks.count(rows: rows.count), apus_factor_bytes())
    let restsStart = layout.blocks.lowerBound + blockCount * shape.blockBytes
    let factorsStart = restsStart + blockCount * shape.restBytes
    var columns = [UInt8](repeating: 0, count: clusterBlocks * columnBytes)
    bytes.withUnsafeMutableBytes { bytes in
      columns.withUnsafeMutableBytes { columns in
        for (index, row) in rows.enumerated() {
          let (offset, slot) = index.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
          let place = block + offset
          bytes.storeBytes(
            of: row.littleEndian,
            toByteOffset: layout.rowNumbers.lowerBound + (place * CoarseBlocks.rows + slot) * 4,
            as: UInt32.self)
          let (to, factors) = (offset * columnBytes, factorsStart + place * factorBytes)
          codes.copyCoarse(
            Int(row), to: UnsafeMutableRawBufferPointer(rebasing: columns[to..<to + columnBytes]),
            factors: UnsafeMutableRawBufferPointer(
              rebasing: bytes[factors..<factors + factorBytes]),
            slot: slot)
        }
      }
      let (blocksStart, ownRests) = (
        layout.blocks.lowerBound + block * shape.blockBytes, restsStart + block * shape.restBytes
      )
      columns.withUnsafeBufferPointer { columns in
        shape.split(
          columns, count: clusterBlocks,
          to: UnsafeMutableRawBufferPointer(
            rebasing: bytes[blocksStart..<blocksStart + clusterBlocks * shape.blockBytes]),
          rests: UnsafeMutableRawBufferPointer(
            rebasing: bytes[ownRests..<ownRests + clusterBlocks * shape.restBytes]))
      }
    }
    block += clusterBlocks
  }

  /// How centres are compared where rows are compared so. Those of vectors of length 1 have other lengths.
  static func distanceOfCentres(_ distance: Distance) -> Distance {
    distance == .innerProduct ? .innerProduct : .l2
  }

  consuming func finish() -> [UInt8] { bytes }
}
