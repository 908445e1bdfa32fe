/// One setting: a variable, and everything that `--help`, `.env.example` and the documentation say about it.
package struct Setting: Sendable, Hashable {
  /// The variable's name in the environment and in `.env`.
  package let name: String
  /// The command-line option without its dashes; nil where a value on a command line would be seen by others.
  package let option: String?
  package let group: SettingGroup
  package let kind: SettingKind
  /// What holds when the variable is not set: a value that can be written, or nil where there is none.
  package let defaultValue: String?
  /// What holds without a value, in words, where `defaultValue` cannot say it.
  package let defaultInWords: String?
  /// When it must be set, in words; nil if never.
  package let requiredWhen: String?
  /// A value that is never shown, logged or put into an error.
  package let isSecret: Bool
  /// What it does, in one or two sentences.
  package let meaning: String

  init(
    _ name: String, option: String?, group: SettingGroup, kind: SettingKind,
    defaultValue: String? = nil, defaultInWords: String? = nil, requiredWhen: String? = nil,
    isSecret: Bool = false, meaning: String
  ) {
    self.name = name
    self.option = option
    self.group = group
    self.kind = kind
    self.defaultValue = defaultValue
    self.defaultInWords = defaultInWords
    self.requiredWhen = requiredWhen
    self.isSecret = isSecret
    self.meaning = meaning
  }

  /// What holds without a value, for a person to read; empty if nothing does.
  package var defaultText: String { defaultInWords ?? defaultValue ?? "" }

  /// True if the empty text is a value of its own and does not mean "not set".
  var takesEmptyText: Bool { kind == .prefix }
}

/// The sections of the documentation, in their order.
package enum SettingGroup: String, Sendable, Hashable, CaseIterable {
  case store = "Where the data are"
  case credentials = "Credentials"
  case listening = "Listening"
  case behaviour = "Behaviour"
}
