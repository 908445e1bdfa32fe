import Model

/// The values that one key has in one type, ascending, with the rows of each.
struct PostingColumn: Sendable {
  let type: ColumnType
  let valueCount: Int
  private let values: ByteRegion
  /// `valueCount + 1` numbers: where the rows of each value begin.
  private let starts: ByteRegion
  private let rows: ByteRegion
  /// What the offsets of strings count in; empty for other types.
  private let texts: ByteRegion

  init(
    type: ColumnType, valueCount: Int, body: ByteRegion, start: Int
  ) throws(BinaryError) {
    self.type = type
    self.valueCount = valueCount
    let (valueBytes, isTooLong) = valueCount.multipliedReportingOverflow(by: type.valueBytes)
    let extra = type.isText ? 4 : 0
    guard start <= body.count, !isTooLong, valueBytes <= body.count, valueCount <= body.count,
      let values = body.slice(start..<start + valueBytes + (valueCount > 0 ? extra : 0)),
      let starts = body.slice(start + values.count..<start + values.count + 4 * (valueCount + 1)),
      let total = starts.load(at: 4 * valueCount, as: UInt32.self)
    else { throw BinaryError("column of a metadata index is cut short") }
    let rowsStart = start + values.count + starts.count
    guard let rows = body.slice(rowsStart..<rowsStart + 4 * Int(total)) else {
      throw BinaryError("rows of a metadata index are cut short")
    }
    let textBytes =
      type.isText && valueCount > 0 ? Int(values.load(at: 4 * valueCount, as: UInt32.self) ?? 0) : 0
    guard let texts = body.slice(rowsStart + rows.count..<rowsStart + rows.count + textBytes)
    else { throw BinaryError("strings of a metadata index are cut short") }
    self.values = values
    self.starts = starts
    self.rows = rows
    self.texts = texts
  }

  // MARK: Finding values

  /// Adds the rows of the values for which a condition holds; never `.oneOf`.
  func add(_ condition: ScalarCondition, to set: inout RowSet) {
    switch condition {
    case .bool(let wanted):
      guard type.element == .bool else { return }
      addRows(ofValues: range { bool($0) == wanted ? 0 : bool($0) ? 1 : -1 }, to: &set)
    case .string(let wanted):
      guard type.element == .string else { return }
      addExactly(.string(wanted), to: &set)
    case .number(let relation, let operand):
      guard type.element == .int || type.element == .float else { return }
      addRows(ofValues: values(relation, operand), to: &set)
    case .oneOf: break
    }
  }

  /// Adds the rows of the value itself, of the column's own type.
  func addExactly(_ element: MetadataScalar, to set: inout RowSet) {
    switch (type.element, element) {
    case (.bool, .bool(let wanted)):
      addRows(ofValues: range { bool($0) == wanted ? 0 : bool($0) ? 1 : -1 }, to: &set)
    case (.int, .int(let wanted)):
      addRows(ofValues: range { int($0) < wanted ? -1 : int($0) > wanted ? 1 : 0 }, to: &set)
    case (.float, .float(let wanted)):
      addRows(ofValues: range { float($0) < wanted ? -1 : float($0) > wanted ? 1 : 0 }, to: &set)
    case (.string, .string(let wanted)):
      addRows(ofValues: range { compare($0, wanted) }, to: &set)
    default: break
    }
  }

  /// The values that stand in the relation to the operand: neighbours, since values are in order.
  private func values(_ relation: NumberRelation, _ operand: Filter.Number) -> Range<Int> {
    let notBelow = partition { NumberRelation.less.holds(number($0), operand) }
    let above = partition { NumberRelation.lessOrEqual.holds(number($0), operand) }
    // Where the operand is not a number nothing is below it, equal or above.
    guard NumberRelation.lessOrEqual.holds(operand, operand) else { return 0..<0 }
    switch relation {
    case .equal: return notBelow..<above
    case .less: return 0..<notBelow
    case .lessOrEqual: return 0..<above
    case .greater: return above..<valueCount
    case .greaterOrEqual: return notBelow..<valueCount
    }
  }

  /// The values for which `order` gives 0; it must give negative numbers before them, positive ones after.
  private func range(_ order: (Int) -> Int) -> Range<Int> {
    let lower = partition { order($0) < 0 }
    let upper = partition { order($0) <= 0 }
    return lower..<max(lower, upper)
  }

  /// The first value for which `isBefore` is false; it must be true for all before that.
  private func partition(_ isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = valueCount
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: Reading in place

  private func number(_ index: Int) -> Filter.Number {
    type.element == .int ? .int(int(index)) : .float(float(index))
  }

  private func bool(_ index: Int) -> Bool { values.load(at: index, as: UInt8.self) == 1 }
  private func int(_ index: Int) -> Int64 { values.load(at: index * 8) ?? 0 }

  private func float(_ index: Int) -> Double {
    Double(bitPattern: values.load(at: index * 8) ?? 0)
  }

  /// Negative where the value is below the text, by UTF-8 bytes.
  private func compare(_ index: Int, _ wanted: Text) -> Int {
    guard let start = values.load(at: index * 4, as: UInt32.self),
      let end = values.load(at: index * 4 + 4, as: UInt32.self), start <= end,
      let value = texts.slice(Int(start)..<Int(end))
    else { return 1 }
    return wanted.withUTF8 { wanted in
      value.withBytes { value in
        let common = min(value.count, wanted.count)
        for at in 0..<common where value[at] != wanted[at] {
          return value[at] < wanted[at] ? -1 : 1
        }
        return value.count - wanted.count
      }
    }
  }

  private func addRows(ofValues range: Range<Int>, to set: inout RowSet) {
    guard !range.isEmpty, let first = starts.load(at: range.lowerBound * 4, as: UInt32.self),
      let end = starts.load(at: range.upperBound * 4, as: UInt32.self)
    else { return }
    let last = min(Int(end), rows.count / 4)
    rows.withBytes { bytes in
      var index = Int(first)
      while index < last {
        let row = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
        if Int(row) < set.count { set[Int(row)] = true }
        index &+= 1
      }
    }
  }
}
