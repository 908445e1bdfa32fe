import Model

/// The scratch objects of one probe.
struct ProbeKeys: Sendable {
  let races: [String]
  /// In the order in which a list must name them: as logs and manifests are numbered.
  let listed: [String]
  /// What all of `listed` and nothing else begin with.
  let listedPrefix: String
  let ranged: String
  let emptied: String
  let missing: String

  init(prefix: String, id: UniqueID) {
    let folder = "\(prefix)probe/\(id)/"
    races = ["\(folder)race-1", "\(folder)race-2"]
    listedPrefix = "\(folder)list/"
    listed = [
      "00000000000000000009", "00000000000000000010", "00000000000000000100",
      "18446744073709551514", "18446744073709551614",
    ].map { "\(folder)list/\($0)" }
    ranged = "\(folder)range"
    emptied = "\(folder)emptied"
    missing = "\(folder)missing"
  }

  var all: [String] { races + listed + [ranged, emptied, missing] }
}
