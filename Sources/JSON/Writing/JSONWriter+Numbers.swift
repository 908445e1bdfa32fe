package import Model

extension JSONWriter {
  package mutating func int(_ value: some BinaryInteger) {
    startValue()
    bytes.append(contentsOf: value.description.utf8)
  }

  /// The shortest spelling that reads back as the same double; `null` where it is not finite.
  package mutating func double(_ value: Double) {
    startValue()
    if value.isFinite { NumberText.append(value, to: &bytes) } else { append("null") }
  }

  /// The shortest spelling that reads back as the same float; `null` where it is not finite.
  package mutating func float(_ value: Float) {
    startValue()
    appendFloat(value)
  }

  /// An array of floats.
  package mutating func floats(_ values: [Float]) {
    startValue()
    bytes.append(Byte.openBracket)
    var first = true
    for value in values {
      if !first { bytes.append(Byte.comma) }
      first = false
      appendFloat(value)
    }
    bytes.append(Byte.closeBracket)
  }

  /// The value of a record's metadata: a scalar or an array.
  package mutating func metadata(_ value: MetadataValue) {
    switch value {
    case .bool(let value): bool(value)
    case .int(let value): int(value)
    case .float(let value): double(value)
    case .string(let value): string(value)
    case .bools(let values): array(values) { $0.bool($1) }
    case .ints(let values): array(values) { $0.int($1) }
    case .floats(let values): array(values) { $0.double($1) }
    case .strings(let values): array(values) { $0.string($1) }
    }
  }

  private mutating func array<Element>(
    _ values: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    beginArray()
    for value in values { write(&self, value) }
    endArray()
  }

  @inline(__always)
  private mutating func appendFloat(_ value: Float) {
    if value.isFinite { NumberText.append(value, to: &bytes) } else { append("null") }
  }
}
