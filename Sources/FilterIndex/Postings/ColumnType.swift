import Model

/// What a column of the metadata index holds: scalars, or the elements of lists.
struct ColumnType: Hashable, Sendable {
  let element: MetadataType
  let isList: Bool

  private static let listFlag: UInt8 = 0x80

  init(element: MetadataType, isList: Bool) {
    self.element = element
    self.isList = isList
  }

  init?(code: UInt8) {
    guard let element = MetadataType(rawValue: code & ~Self.listFlag) else { return nil }
    self.init(element: element, isList: code & Self.listFlag != 0)
  }

  var code: UInt8 { element.rawValue | (isList ? Self.listFlag : 0) }

  /// Of a value, or of its offset among the strings.
  var valueBytes: Int {
    switch element {
    case .bool: 1
    case .int, .float: 8
    case .string: 4
    }
  }

  var isText: Bool { element == .string }
}
