/// Why a server cannot start with these settings, and what to do about it.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The variable at fault; nil where a line of `.env` names none.
  package let variable: String?
  /// One line without a full stop; never shows a secret.
  package let message: String

  init(variable: String?, _ message: String) {
    self.variable = variable
    self.message = message
  }

  package var description: String { message }
}
