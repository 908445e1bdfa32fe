import Model

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct TestPlaceError: Error {
  let reason: String
}

/// Calls `body` with the path of a new folder, and removes it afterwards.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
  let parent = environment("TMPDIR") ?? "/tmp"
  var template = Array("\(parent)/apus-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else {
    throw TestPlaceError(reason: "no temporary folder in \(parent): errno \(errno)")
  }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  do {
    try await body(path)
  } catch {
    removeTree(path)
    throw error
  }
  removeTree(path)
}

func environment(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// From APUS_SEED, or new.
func testSeed() -> UInt64 {
  environment("APUS_SEED").flatMap { UInt64($0) } ?? SystemRandomSource().next()
}

/// Names in a folder, without `.` and `..`.
func names(in path: String) -> [String] {
  guard let stream = opendir(path) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Removes a file, a link itself, or a folder with all in it. Never follows a link: what lies behind one
/// belongs to somebody else.
func removeTree(_ path: String) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  if status.st_mode & S_IFMT == S_IFDIR {
    chmod(path, 0o700)
    for name in names(in: path) { removeTree("\(path)/\(name)") }
  }
  remove(path)
}
