/// An element of one of S3's answers.
package struct XMLElement: Sendable {
  package let name: String
  /// The characters of an element without children; empty for one that has any.
  package fileprivate(set) var text: String = ""
  package fileprivate(set) var children: [XMLElement] = []

  package init(name: String) { self.name = name }

  /// The first child with this name.
  package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

package struct XMLError: Error, CustomStringConvertible {
  package let description: String
}

extension XMLElement {
  /// Elements may be nested this deep; S3's are at most 5.
  package static let depthMax = 32

  /// The root element of a document: elements, character data, entities and CDATA are understood,
  /// attributes, comments and processing instructions skipped, document types refused.
  package init(parsing bytes: [UInt8]) throws(XMLError) {
    var scanner = XMLScanner(bytes: bytes)
    var open: [XMLElement] = []
    var text: [UInt8] = []
    while let token = try scanner.next() {
      switch token {
      case .text(let part):
        text.append(contentsOf: part)
      case .open(let name):
        guard open.count < Self.depthMax else {
          throw XMLError(description: "elements are nested deeper than \(Self.depthMax)")
        }
        text.removeAll(keepingCapacity: true)
        open.append(XMLElement(name: name))
      case .close(let name):
        guard var element = open.popLast(), element.name == name else {
          throw XMLError(description: "</\(name)> closes no open element")
        }
        if element.children.isEmpty {
          guard let string = String(validating: text, as: UTF8.self) else {
            throw XMLError(description: "the text of \(name) is not valid utf-8")
          }
          element.text = string
        }
        text.removeAll(keepingCapacity: true)
        guard let parent = open.indices.last else {
          self = element
          return
        }
        open[parent].children.append(element)
      }
    }
    throw XMLError(description: "the document ends within \(open.last?.name ?? "its beginning")")
  }
}
