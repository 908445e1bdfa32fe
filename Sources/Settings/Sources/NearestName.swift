/// The name in `names` that takes the fewest single-character edits to reach from `name`, if that is at most
/// a quarter of its length; the first of equals. What a name has behind the part that `name` resembles
/// counts as one edit.
func nearestName(to name: String, in names: [String]) -> String? {
  var best: (name: String, distance: Int)?
  for candidate in names {
    let row = editDistances(Array(name.utf8), Array(candidate.utf8))
    guard let whole = row.last, let begin = row.min() else { continue }
    let distance = min(whole, begin + 1)
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  guard let best, best.distance * 4 <= name.utf8.count else { return nil }
  return best.name
}

/// Insertions, deletions and replacements of single bytes from `a` to the first 0, 1, 2, ... bytes of `b`
/// (Levenshtein 1966).
func editDistances(_ a: [UInt8], _ b: [UInt8]) -> [Int] {
  var previous = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var current = [i + 1]
    for (j, right) in b.enumerated() {
      let replacement = previous[j] + (left == right ? 0 : 1)
      current.append(min(replacement, previous[j + 1] + 1, current[j] + 1))
    }
    previous = current
  }
  return previous
}
