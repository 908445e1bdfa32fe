import CommitLog
import Model

/// The smallest state that a log can carry: a sum that must not fall below zero.
struct Tally: ReplicatedState, Hashable {
  enum Command: Sendable {
    /// Adds the number; zero changes nothing and so writes nothing.
    case add(Int64)
  }

  struct Overdrawn: Error, Hashable, Sendable {
    let sum: Int64
  }

  private(set) var sum: Int64 = 0
  /// Commands that changed it.
  private(set) var changes = 0

  init() {}

  mutating func decide(
    _ command: Command, into payload: inout BinaryWriter
  ) async throws(Overdrawn) -> Int64 {
    switch command {
    case .add(let number):
      guard number != 0 else { return sum }
      // What was written before a refusal must not come into the log.
      payload.write(number)
      guard sum + number >= 0 else { throw Overdrawn(sum: sum) }
      sum += number
      changes += 1
      return sum
    }
  }

  mutating func apply(_ payload: ArraySlice<UInt8>) throws(BinaryError) {
    var reader = BinaryReader(payload)
    while reader.remaining > 0 {
      sum &+= try reader.readInteger(Int64.self)
      changes += 1
    }
  }

  /// The payload of a manifest of this log.
  var encoded: [UInt8] {
    var writer = BinaryWriter()
    writer.write(sum)
    writer.write(Int64(changes))
    return writer.bytes
  }

  static func open(_ manifest: Manifest, with _: Void) async throws(OpenFailure) -> Tally {
    do throws(BinaryError) {
      var reader = BinaryReader(manifest.payload)
      var tally = Tally()
      tally.sum = try reader.readInteger()
      tally.changes = Int(try reader.readInteger(Int64.self))
      return tally
    } catch {
      throw .damaged("manifest \(manifest.number) is damaged: \(error.message)")
    }
  }

  static func estimatedBytes(of command: Command) -> Int { 8 }
}
