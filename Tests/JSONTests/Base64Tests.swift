import JSON
import Model
import Testing

@Suite("Base64")
struct Base64Tests {
  private func decode(_ text: String) -> Result<[Float], Base64Error> {
    var floats: [Float] = [7]
    do throws(Base64Error) {
      let count = try Array(text.utf8).withUnsafeBufferPointer {
        (bytes) throws(Base64Error) -> Int in try Base64.decodeFloats(bytes, into: &floats)
      }
      #expect(count == floats.count - 1)
      return .success(Array(floats.dropFirst()))
    } catch {
      #expect(floats == [7])
      return .failure(error)
    }
  }

  private func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=")
      }
    }
    return text
  }

  @Test("floats of any number come back bit for bit")
  func roundTrip() {
    let random = seededSource("base64")
    for count in 0..<200 {
      let patterns = (0..<count).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      let bytes = patterns.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      let floats = try? decode(encode(bytes)).get()
      #expect(floats?.map(\.bitPattern) == patterns)
    }
  }

  @Test(
    "malformed text is refused in the words of Rust's base64 crate",
    arguments: [
      ("!!!!", "Invalid symbol 33, offset 0."), ("A", "Invalid input length: 1"),
      ("AAAAA", "Invalid input length: 5"), ("AA", "Invalid padding"), ("AAA", "Invalid padding"),
      ("AAAAAA=", "Invalid padding"), ("A===", "Invalid symbol 61, offset 1."),
      ("====", "Invalid symbol 61, offset 0."), ("AA=A", "Invalid symbol 61, offset 2."),
      ("AA==AAAA", "Invalid symbol 61, offset 2."), ("AAAA\n", "Invalid symbol 10, offset 4."),
      ("AAAAA=", "Invalid symbol 61, offset 5."), ("AB==", "Invalid last symbol 66, offset 1."),
      ("AAAAAAB=", "Invalid last symbol 66, offset 6."),
      ("AAAAAA-_", "Invalid symbol 45, offset 6."),
      ("AAAAAAAAAAAAAAAAAAA*AAAAAAAAAAAAAAAA", "Invalid symbol 42, offset 19."),
      (
        "AAAAAAA=", "5 bytes cannot be converted to f32 values (must be divisible by 4)"
      ),
    ])
  func malformed(_ text: String, _ message: String) {
    guard case .failure(let error) = decode(text) else {
      Issue.record("\(text) was accepted")
      return
    }
    #expect(error.description == message)
  }

  @Test("a byte outside of the alphabet is found wherever it stands")
  func everyPlace() {
    let valid = Array(encode([UInt8](repeating: 0x5a, count: 48)).utf8)
    for offset in valid.indices {
      for byte in [UInt8(ascii: "="), UInt8(ascii: "-"), 0x00, 0x7f] {
        var text = valid
        text[offset] = byte
        // Padding in the last place is legal, though it makes a text of another length.
        let isPadding = byte == UInt8(ascii: "=") && offset == valid.count - 1
        guard case .failure(let error) = decode(String(decoding: text, as: UTF8.self)), !isPadding
        else {
          #expect(isPadding)
          continue
        }
        #expect(error == .invalidByte(offset: offset, byte: byte))
      }
    }
  }
}
