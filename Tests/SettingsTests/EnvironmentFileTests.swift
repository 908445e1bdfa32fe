import FoundationEssentials
import Settings
import Testing

@Suite("a .env file")
struct EnvironmentFileTests {
  @Test(
    "a line gives its name and its value",
    arguments: [
      ("A=b", "b"),
      ("A=", ""),
      ("  A =  b  ", "b"),
      ("export A=b", "b"),
      ("export\tA=b", "b"),
      ("A=b c", "b c"),
      ("A=b # comment", "b"),
      ("A= # comment", ""),
      ("A=b#c", "b#c"),
      ("A=#c", "#c"),
      ("A=b=c", "b=c"),
      ("A='b # c'", "b # c"),
      ("A='b\\n\"$C'  # comment", "b\\n\"$C"),
      ("A=\"b # c\"", "b # c"),
      ("A=\"b\\\"c\\\\d\\ne\\$f\\q\" # comment", "b\"c\\d\ne$f\\q"),
      ("A=\"\"", ""),
      ("A=$HOME", "$HOME"),
      ("A=wJalr/XUtn+FEMI=", "wJalr/XUtn+FEMI="),
      ("A=\u{E9}\u{1F600}", "\u{E9}\u{1F600}"),
    ])
  func value(line: String, value: String) throws {
    let file = try EnvironmentFile(parsing: line)
    #expect(file.values == ["A": value])
    #expect(file.entries.map(\.line) == [1])
  }

  @Test("lines may end in LF, CRLF or CR", arguments: ["\n", "\r\n", "\r"])
  func lineEnds(end: String) throws {
    let text = ["# first", "A=1", "", "B='2'", "C=3 # x", ""].joined(separator: end)
    let file = try EnvironmentFile(parsing: text)
    #expect(file.values == ["A": "1", "B": "2", "C": "3"])
    #expect(file.entries.map(\.line) == [2, 4, 5])
  }

  @Test("a byte order mark at the beginning is not part of the first name")
  func byteOrderMark() throws {
    #expect(try EnvironmentFile(parsing: "\u{FEFF}A=1\r\nB=2").values == ["A": "1", "B": "2"])
  }

  @Test("a name that begins with export is a name")
  func exportAsName() throws {
    #expect(try EnvironmentFile(parsing: "exported=1\nexport=2").values.count == 2)
  }

  @Test("of two lines with one name the last counts")
  func lastCounts() throws {
    let file = try EnvironmentFile(parsing: "A=1\nA=2")
    #expect(file.values == ["A": "2"])
    #expect(file.entries.count == 2)
  }

  @Test("an empty file has no entries", arguments: ["", "\n\n", "# only\n#A=1", "\u{FEFF}"])
  func empty(text: String) throws {
    #expect(try EnvironmentFile(parsing: text).entries.isEmpty)
  }

  @Test(
    "a line that cannot be read is named by its number and its text is not shown",
    arguments: [
      "topsecret", "=topsecret", "1A=topsecret", "A B=topsecret", "A='topsecret",
      "A=\"topsecret", "A=\"topsecret\\", "A='a'topsecret", "A=\"a\"topsecret",
      "A=topsecret\u{0}",
    ])
  func unreadable(line: String) {
    let error = #expect(throws: SettingsError.self) {
      try EnvironmentFile(parsing: "B=1\n\(line)\n")
    }
    #expect(error?.message.hasPrefix(".env, line 2: ") == true)
    #expect(error?.message.contains("topsecret") == false)
  }
}

@Suite("reading .env from disk")
struct EnvironmentFileReadTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "apus-settings-tests-\(UInt64.random(in: .min ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("a file is read, and a missing one is none")
  func read() throws {
    try withFolder { folder in
      let file = folder.appending(path: ".env")
      #expect(try EnvironmentFile.read(file.path) == nil)
      try Data("A=1\r\n".utf8).write(to: file)
      #expect(try EnvironmentFile.read(file.path)?.values == ["A": "1"])
    }
  }

  @Test("a folder, bytes that are not UTF-8 and a file over the limit are errors")
  func unreadable() throws {
    try withFolder { folder in
      #expect(throws: SettingsError.self) { try EnvironmentFile.read(folder.path) }
      let file = folder.appending(path: ".env")
      try Data([0x41, 0x3D, 0xFF]).write(to: file)
      #expect(throws: SettingsError.self) { try EnvironmentFile.read(file.path) }
      try Data(repeating: 0x0A, count: EnvironmentFile.byteCountMax).write(to: file)
      #expect(try EnvironmentFile.read(file.path)?.entries.isEmpty == true)
      try Data(repeating: 0x0A, count: EnvironmentFile.byteCountMax + 1).write(to: file)
      #expect(throws: SettingsError.self) { try EnvironmentFile.read(file.path) }
    }
  }
}
