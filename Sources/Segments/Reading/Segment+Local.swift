import Model
import Synchronization

/// What of the cold part is in the local copy.
extension Segment {
  /// The pieces of the cold part in the order in which they are fetched, what the first queries need first; together
  /// they are all of it that is ever read.
  var coldPieces: [(range: Range<Int>, isLocal: Milestone)] {
    let documents = documentRange.lowerBound
    let rest = documents..<summary.hotOffset
    guard let fineRange else {
      return [(0..<documents, vectorsAreLocal), (rest, documentsAreLocal)]
    }
    return [
      (fineRange, codesAreLocal), (0..<fineRange.lowerBound, vectorsAreLocal),
      (rest, documentsAreLocal),
    ]
  }

  /// Takes room in the workspace for what is not in the local copy yet.
  /// - Returns: Whether there is enough.
  func takeRoom() -> Bool {
    coldBytesTaken.withLock { taken in
      guard budget.takeCold(summary.hotOffset - taken) else { return false }
      taken = summary.hotOffset
      return true
    }
  }

  /// All of the cold part is in the local copy, for which room was taken.
  func settleLocal() {
    for piece in coldPieces { piece.isLocal.settle(.reached) }
  }

  /// What is not in the local copy is read from the bucket from now on, and takes no room.
  func settleRemote() {
    var kept = 0
    for piece in coldPieces {
      if piece.isLocal.outcome == .reached {
        kept += piece.range.count
      } else {
        piece.isLocal.settle(.missed)
        copy.discard(piece.range)
      }
    }
    let given = coldBytesTaken.withLock { taken in
      defer { taken = min(taken, kept) }
      return taken - min(taken, kept)
    }
    if given > 0 { budget.giveBack(hot: 0, cold: given) }
  }
}
