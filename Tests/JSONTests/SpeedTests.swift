import JSON
import Model
import Testing

@Suite("JSON speed (printed, not asserted)")
struct SpeedTests {
  private func report(_ name: String, bytes: Int, rounds: Int = 50, _ body: () throws -> Void)
    rethrows
  {
    let clock = ContinuousClock()
    var best = Duration.seconds(3600)
    for _ in 0..<rounds { best = min(best, try clock.measure(body)) }
    let seconds = best.inSeconds
    let megabytesPerSecond = Int(Double(bytes) / 1e6 / seconds)
    print("\(name): \(megabytesPerSecond) MB/s (\(bytes) bytes in \(Int(seconds * 1e6)) us)")
  }

  @Test("vectors")
  func vectors() throws {
    let random = SeededRandomSource(seed: 1)
    let values = (0..<38_400).map { _ in Float(random.nextUnit() * 2 - 1) }
    for (name, spelled) in [
      ("floats of 17 digits", values.map { Double($0).description }),
      ("floats of 9 digits", values.map { $0.description }),
    ] {
      let rows = stride(from: 0, to: values.count, by: 384).map {
        "[" + spelled[$0..<$0 + 384].joined(separator: ",") + "]"
      }
      let json = Array(("[" + rows.joined(separator: ",") + "]").utf8)
      var read: [Float] = []
      try report("read \(name)", bytes: json.count) {
        read = []
        read.reserveCapacity(values.count)
        var reader = JSONReader(json)
        try reader.beginArray()
        while try reader.nextElement() { _ = try reader.floats(into: &read) }
        try reader.finish()
      }
      #expect(read == values)
      try report("skip \(name)", bytes: json.count) {
        var reader = JSONReader(json)
        try reader.skip()
      }
    }
    var size = 0
    report("write 38,400 floats", bytes: values.count * 12) {
      var writer = JSONWriter(reservingBytes: values.count * 14)
      writer.floats(values)
      size = writer.count
    }
    #expect(size > values.count * 8)
  }

  @Test("base64 and strings")
  func strings() throws {
    let symbols = [UInt8](repeating: UInt8(ascii: "P"), count: 2048)
    var floats: [Float] = []
    try report("base64", bytes: symbols.count * 100) {
      floats = []
      for _ in 0..<100 {
        _ = try symbols.withUnsafeBufferPointer { try Base64.decodeFloats($0, into: &floats) }
      }
    }
    #expect(floats.count == 38_400)
    let text = String(repeating: "a document of some words, ", count: 40)
    let json = Array(
      written { writer in
        writer.beginArray()
        for _ in 0..<100 { writer.string(text) }
        writer.endArray()
      }.utf8)
    try report("read texts", bytes: json.count) {
      var reader = JSONReader(json)
      try reader.beginArray()
      while try reader.nextElement() { _ = try reader.text() }
    }
  }
}
