import Model

/// A text that is looked for in others, as the text index sees it: the units that a text must have to contain it.
package struct TextPattern: Sendable {
  /// Where in a word of the text the unit must stand.
  enum Place: Sendable {
    case whole
    case prefix
    case suffix
    case anywhere
  }

  struct Unit: Sendable {
    let bytes: [UInt8]
    let place: Place
    let isSingle: Bool

    /// Whether it may be in a word that is too long to be indexed.
    var mayBeInLongWord: Bool {
      !isSingle && place != .whole || bytes.count > TextIndex.wordBytesMax
    }
  }

  let units: [Unit]
  /// Whether a text that has the unit contains the pattern: it is nothing but that.
  let isOneUnit: Bool

  /// More units rule hardly anything out that these do not.
  private static let unitsMax = 16

  /// Nil where the pattern has no unit, so that any text may contain it.
  init?(_ pattern: [UInt8]) {
    var units: [Unit] = []
    pattern.withUnsafeBufferPointer { bytes in
      var scanner = WordScanner(bytes)
      while units.count < Self.unitsMax, let unit = scanner.next() {
        let beginsInside = unit.range.lowerBound > 0
        let endsInside = unit.range.upperBound < bytes.count
        let place: Place =
          switch (beginsInside, endsInside) {
          case (true, true): .whole
          case (true, false): .prefix
          case (false, true): .suffix
          case (false, false): .anywhere
          }
        units.append(
          Unit(
            bytes: Array(bytes[unit.range]), place: unit.isSingle ? .whole : place,
            isSingle: unit.isSingle))
      }
    }
    guard let first = units.first else { return nil }
    self.units = units
    isOneUnit = units.count == 1 && first.bytes.count == pattern.count
  }
}
