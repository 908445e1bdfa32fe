import ChromaAPI
import Model
import Testing

/// The texts were taken from Chroma 1.5.9.
@Suite struct UUIDTextTests {
  private static let id = "11111111-1111-4111-8111-111111111111"

  @Test(
    "an id may be in braces, a URN, in capitals or without dashes",
    arguments: [
      id, "{\(id)}", "urn:uuid:\(id)", "11111111111141118111111111111111",
    ])
  func forms(text: String) {
    #expect(UniqueID(inAnyForm: text)?.description == Self.id)
  }

  @Test(
    "what is no id is told in the words of Rust's crate",
    arguments: [
      (
        "not-a-uuid",
        "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
          + "found `n` at 1"
      ),
      ("123", "invalid length: expected length 32 for simple format, found 3"),
      (
        "{x}",
        "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
          + "found `x` at 2"
      ),
      (
        "11111111-1111-4111-8111-11111111111",
        "invalid group length in group 4: expected 12, found 11"
      ),
      (
        "urn:uuid:11111111-1111-4111-8111-11111111111g",
        "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
          + "found `g` at 36"
      ),
      ("{11111111-1111-4111-8111-1111111111-1}", "invalid group count: expected 5, found 6"),
    ])
  func complaints(text: String, complaint: String) {
    #expect(UniqueID(inAnyForm: text) == nil)
    #expect(UniqueID.complaint(text) == complaint)
  }
}
