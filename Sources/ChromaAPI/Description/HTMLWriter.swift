/// Writes a page; every text that is not `raw` is escaped.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ html: String) { bytes.append(contentsOf: html.utf8) }

  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "\""): raw("&quot;")
      default: bytes.append(byte)
      }
    }
  }

  mutating func element(_ name: String, _ content: String, class style: String? = nil) {
    raw(style.map { "<\(name) class=\"\($0)\">" } ?? "<\(name)>")
    text(content)
    raw("</\(name)>\n")
  }

  mutating func link(_ content: String, to anchor: String) {
    raw("<a href=\"#\(anchor)\">")
    text(content)
    raw("</a>")
  }

  /// A type: its members if it is an object, and links to the types that it names.
  mutating func type(_ type: TypeSchema) {
    if let members = type.members, !members.isEmpty {
      raw("<dl>")
      for member in members {
        element(
          "dt", "\(member.name): \(member.type.summary)" + (member.isRequired ? "" : " (optional)"))
        if let note = member.type.note { element("dd", note) }
      }
      raw("</dl>")
    } else {
      element("p", type.summary)
    }
    let names = Set(type.references).sorted()
    guard !names.isEmpty else { return }
    raw("<p>See ")
    for name in names {
      link(name, to: "type-\(name)")
      raw(" ")
    }
    raw("</p>\n")
  }
}
