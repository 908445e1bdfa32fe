import Engine
import Testing

@Suite("apus.json")
struct BucketHeaderTests {
  private func failure(_ text: String) -> String? {
    do throws(EngineStartError) {
      _ = try BucketHeader.decode(Array(text.utf8), key: "p/apus.json")
      return nil
    } catch {
      return error.message
    }
  }

  @Test("is these bytes, and comes back")
  func goldenBytes() throws {
    let header = BucketHeader(grace: .seconds(86_400))
    #expect(
      String(decoding: header.encode(), as: UTF8.self)
        == "{\"format\":1,\"grace_ms\":86400000,\"crc32c\":4069036114}\n")
    #expect(try BucketHeader.decode(header.encode(), key: "apus.json") == header)
  }

  @Test("further members are passed over, and the order does not matter")
  func furtherMembers() throws {
    let text =
      "{\"grace_ms\": 1500, \"x\": {\"format\": [9]}, \"crc32c\": 3751436465, \"format\": 1}"
    let header = try BucketHeader.decode(Array(text.utf8), key: "apus.json")
    #expect(header == BucketHeader(format: 1, grace: .milliseconds(1500)))
  }

  @Test("a single changed digit is found")
  func changedDigits() {
    let text = Array(BucketHeader(grace: .seconds(86_400)).encode())
    for index in text.indices where (0x30...0x39).contains(text[index]) {
      for digit in UInt8(0x30)...0x39 where digit != text[index] {
        var changed = text
        changed[index] = digit
        #expect(failure(String(decoding: changed, as: UTF8.self)) != nil, "byte \(index)")
      }
    }
  }

  @Test("a newer format is refused with both numbers and the key")
  func newerFormat() {
    let message = failure("{\"format\":2,\"grace_ms\":1,\"crc32c\":65953369}")
    #expect(message?.contains("p/apus.json has format version 2") == true)
  }

  @Test(
    "anything else is damaged, and the message names the object",
    arguments: [
      "", "{}", "[]", "{\"format\":1}", "{\"grace_ms\":1}", "{\"format\":1,\"grace_ms\":0}",
      "{\"format\":1,\"grace_ms\":-5}", "{\"format\":1.5,\"grace_ms\":5}",
      "{\"format\":1,\"grace_ms\":1}x", "{\"format\":1,\"grace_ms\":86400000}",
      "{\"format\":1,\"grace_ms\":86400001,\"crc32c\":4069036114}",
      "{\"format\":99999999999999999999,\"grace_ms\":1}",
    ])
  func damaged(text: String) {
    #expect(failure(text)?.hasPrefix("object p/apus.json is damaged: ") == true)
  }
}
