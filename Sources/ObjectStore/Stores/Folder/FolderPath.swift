/// Where a key's file lies below the folder that stands in for a bucket.
///
/// A key's components become names of folders, the last one the name of a file. Whatever is not a
/// lower-case ASCII letter, a digit, `-`, `_` or an inner `.` is written `%xx`, so that no key can
/// name a place outside (`..`, NUL), and upper and lower case stay apart on file systems that mix
/// them. Comma is never left bare and marks what a name stands for: `a` is a folder, `a,o` an
/// object, and `a,c` a folder that holds the rest of a component of `pieceBytes` bytes or more. An
/// empty component is written `%`.
///
/// No piece is longer than 3 * `pieceBytes` + 2 = 242 bytes; file systems allow 255.
package struct FolderPath: Equatable {
  /// Names of the folders from the root on.
  package var folders: [String]
  /// Name of the file in the last of them.
  package var file: String

  static let pieceBytes = 80

  package init(key: String) {
    var folders = Self.folders(ofComponents: key.utf8)
    // The last component has no folder of its own: its last piece is the file.
    file = folders.removeLast() + Kind.object.suffix
    self.folders = folders
  }

  /// The names of all components of these bytes, which are separated by `/`; never empty.
  static func folders(ofComponents bytes: some Collection<UInt8>) -> [String] {
    var names: [String] = []
    let components = bytes.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for component in components {
      var rest = component[...]
      // `>=`, not `>`: no other name in the folder then begins with all of a continued piece, and
      // the order of names is the order of keys.
      while rest.count >= pieceBytes {
        names.append(encode(rest.prefix(pieceBytes)) + Kind.continued.suffix)
        rest = rest.dropFirst(pieceBytes)
      }
      names.append(encode(rest))
    }
    return names
  }

  /// The path relative to the root.
  package var relative: String { (folders + [file]).joined(separator: "/") }
}

/// A name in a folder and what it stands for.
package struct FolderName {
  /// What all keys at or below the name go on with after the folder's own part: the piece of the
  /// key, and `/` where it is a whole component. In the order of these bytes names are in the order
  /// of their keys.
  package let keyPart: [UInt8]
  let kind: FolderPath.Kind

  /// The name as it is on disk.
  package var encoded: String {
    let piece = kind == .folder ? keyPart.dropLast() : keyPart[...]
    return FolderPath.encode(piece) + kind.suffix
  }

  /// Nil if no key has such a name: it is not ours.
  package init?(encoded name: UnsafeRawBufferPointer) {
    var piece = name[...]
    let kind = FolderPath.Kind(name)
    if kind != .folder { piece = piece.dropLast(2) }
    guard var bytes = FolderPath.decode(piece) else { return nil }
    guard (kind == .continued) == (bytes.count == FolderPath.pieceBytes) else { return nil }
    guard bytes.count <= FolderPath.pieceBytes else { return nil }
    if kind == .folder { bytes.append(UInt8(ascii: "/")) }
    self.keyPart = bytes
    self.kind = kind
  }
}

extension FolderPath {
  enum Kind {
    case object, folder, continued

    init(_ name: UnsafeRawBufferPointer) {
      guard name.count >= 2, name[name.count - 2] == UInt8(ascii: ",") else {
        self = .folder
        return
      }
      switch name[name.count - 1] {
      case UInt8(ascii: "o"): self = .object
      case UInt8(ascii: "c"): self = .continued
      default: self = .folder
      }
    }

    var suffix: String {
      switch self {
      case .object: ",o"
      case .folder: ""
      case .continued: ",c"
      }
    }
  }

  static func encode(_ piece: some Collection<UInt8>) -> String {
    if piece.isEmpty { return "%" }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.count)
    for byte in piece {
      if isPlain(byte, first: bytes.isEmpty) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The bytes of which `name` is the one and only encoding, or nil.
  static func decode(_ name: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
    if name.elementsEqual(CollectionOfOne(UInt8(ascii: "%"))) { return [] }
    if name.isEmpty { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(name.count + 1)
    var index = name.startIndex
    while index < name.endIndex {
      let byte = name[index]
      if isPlain(byte, first: bytes.isEmpty) {
        bytes.append(byte)
        index += 1
        continue
      }
      guard byte == UInt8(ascii: "%"), name.endIndex - index >= 3,
        let high = hexValue(name[index + 1]), let low = hexValue(name[index + 2])
      else { return nil }
      let decoded = high << 4 | low
      guard decoded != UInt8(ascii: "/"), !isPlain(decoded, first: bytes.isEmpty) else {
        return nil
      }
      bytes.append(decoded)
      index += 3
    }
    return bytes
  }

  private static func isPlain(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    case UInt8(ascii: "."): !first
    default: false
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
