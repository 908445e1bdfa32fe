import FoundationEssentials

extension EnvironmentFile {
  /// The file at `path`; nil where there is none. Throws on everything that hinders reading it.
  package static func read(_ path: String) throws(SettingsError) -> EnvironmentFile? {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      return nil
    } catch {
      throw SettingsError(
        variable: nil, "\(path) cannot be read: make it a readable file, or remove it")
    }
    guard data.count <= byteCountMax else {
      throw SettingsError(
        variable: nil, "\(path) has \(data.count) bytes, at most \(byteCountMax) are read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw SettingsError(variable: nil, "\(path) is not UTF-8")
    }
    return try EnvironmentFile(parsing: text)
  }
}
