import ObjectStore
import Testing

@Suite("keys as paths")
struct FolderPathTests {
  @Test(
    "a key never names a place outside, and names stay within what file systems allow",
    arguments: ListConformanceTests.nastyKeys + ListConformanceTests.nastiestKeys)
  func safe(key: String) {
    let path = FolderPath(key: key)
    for name in path.folders + [path.file] {
      #expect(!name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 242)
      #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") })
    }
    #expect(path.file.hasSuffix(",o"))
    #expect(!path.folders.contains { $0.hasSuffix(",o") })
  }

  @Test(
    "names read back as the parts of the key they were made from",
    arguments: ListConformanceTests.nastyKeys + ListConformanceTests.nastiestKeys)
  func roundTrip(key: String) throws {
    let path = FolderPath(key: key)
    var bytes: [UInt8] = []
    for name in path.folders + [path.file] {
      let part = try #require(folderName(name))
      #expect(part.encoded == name)
      bytes += part.keyPart
    }
    #expect(bytes == Array(key.utf8))
  }

  @Test("usual keys stay readable")
  func readable() {
    #expect(FolderPath(key: "vector_db/apus.json").relative == "vector_db/apus.json,o")
    #expect(
      FolderPath(key: "catalog/log/00000000000000000001").relative
        == "catalog/log/00000000000000000001,o")
  }

  @Test(
    "a name that is not the one encoding of a key is not ours",
    arguments: [
      "%61,o", "%41,O", "A,o", "%2F,o", "%2f,o", "%2,o", "a%,o", "%4,o", ".hidden,o", ".apus-tmp",
      ",o",
      "a b", "lost+found", "a,d", "%4G", "%,c", "short,c", "\u{e4},o",
    ])
  func foreign(name: String) {
    #expect(folderName(name) == nil)
  }

  @Test("a piece of 80 bytes is continued in a folder, one of 79 is not")
  func pieces() {
    let piece = String(repeating: "x", count: 79)
    #expect(FolderPath(key: piece) == FolderPath(key: piece))
    #expect(FolderPath(key: piece).folders.isEmpty)
    #expect(FolderPath(key: piece + "x").folders == [piece + "x,c"])
    #expect(FolderPath(key: piece + "x").file == "%,o")
    #expect(folderName(piece + "x,o") == nil)
    #expect(folderName(piece + "x") == nil)
  }

  private func folderName(_ name: String) -> FolderName? {
    Array(name.utf8).withUnsafeBytes { FolderName(encoded: $0) }
  }
}
