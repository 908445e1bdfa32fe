/// The name in `names` that takes the fewest single-character edits to reach from `name`, if that is at most
/// a third of its length; the first of equals. To go on where `name` ends counts as one edit.
func nearestName(to name: String, in names: [String]) -> String? {
  var best: (name: String, distance: Int)?
  for candidate in names {
    let distance =
      candidate.hasPrefix(name) ? 1 : editDistance(Array(name.utf8), Array(candidate.utf8))
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  guard let best, best.distance * 3 <= name.utf8.count else { return nil }
  return best.name
}

/// Insertions, deletions and replacements of single bytes from `a` to `b` (Levenshtein 1966).
func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var previous = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var current = [i + 1]
    for (j, right) in b.enumerated() {
      let replacement = previous[j] + (left == right ? 0 : 1)
      current.append(min(replacement, previous[j + 1] + 1, current[j] + 1))
    }
    previous = current
  }
  return previous[b.count]
}
