import JSON
import Model

/// A seeded generator; the seed is printed and can be given as APUS_SEED.
func seededSource(_ name: String) -> SeededRandomSource {
  let seed = environment("APUS_SEED").flatMap { UInt64($0) } ?? SystemRandomSource().next()
  print("\(name): APUS_SEED=\(seed)")
  return SeededRandomSource(seed: seed)
}

/// Reads every value of the text by its kind.
func readAll(_ text: some Sequence<UInt8>) -> JSONError? {
  failure { () throws(JSONError) in
    var reader = JSONReader(Array(text))
    try readValue(&reader)
    try reader.finish()
  }
}

func readValue(_ reader: inout JSONReader) throws(JSONError) {
  switch try reader.peek() {
  case .null: try reader.null()
  case .bool: _ = try reader.bool()
  case .number: _ = try reader.number()
  case .string: _ = try reader.text()
  case .array:
    try reader.beginArray()
    while try reader.nextElement() { try readValue(&reader) }
  case .object:
    try reader.beginObject()
    while try reader.nextKey() != nil { try readValue(&reader) }
  }
}

func skipAll(_ text: some Sequence<UInt8>) -> JSONError? {
  failure { () throws(JSONError) in
    var reader = JSONReader(Array(text))
    try reader.skip()
    try reader.finish()
  }
}

func failure(_ body: () throws(JSONError) -> Void) -> JSONError? {
  do throws(JSONError) {
    try body()
    return nil
  } catch {
    return error
  }
}

func written(_ body: (inout JSONWriter) -> Void) -> String {
  var writer = JSONWriter()
  body(&writer)
  return String(decoding: writer.finish(), as: UTF8.self)
}
