import Engine
import Model
import Synchronization

/// The settings of collections that were asked for lately, by the text that they are stored as: each query needs some.
final class SettingsCache: Sendable {
  private let known = Mutex<[Text: CollectionSettings]>([:])
  private static let countMax = 1000
  /// A longer text is read each time.
  private static let textBytesMax = 16 << 10

  /// Errors: see `CollectionSettings`.
  func settings(stored text: Text) throws(EngineError) -> CollectionSettings {
    guard text.utf8Count <= Self.textBytesMax else { return try CollectionSettings(stored: text) }
    if let settings = known.withLock({ $0[text] }) { return settings }
    let settings = try CollectionSettings(stored: text)
    known.withLock { known in
      if known.count >= Self.countMax { known.removeAll() }
      known[text] = settings
    }
    return settings
  }
}
