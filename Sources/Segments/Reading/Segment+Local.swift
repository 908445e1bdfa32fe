import Model
import Synchronization

/// What of the cold part is in the local copy.
extension Segment {
  /// What of the cold part is fetched when: of all segments first what a query cannot go on without.
  enum LoadStage: Int, Comparable, Sendable {
    case codes
    case vectors
    case documents

    static func < (one: LoadStage, other: LoadStage) -> Bool { one.rawValue < other.rawValue }
  }

  struct ColdPiece: Sendable {
    let stage: LoadStage
    let range: Range<Int>
    let isLocal: Milestone
  }

  /// The pieces of the cold part in the order in which they are fetched; together they are all of it that is ever
  /// read.
  var coldPieces: [ColdPiece] {
    let documents = documentRange.lowerBound
    let vectors = 0..<(fineRange?.lowerBound ?? documents)
    var pieces = [
      ColdPiece(stage: .vectors, range: vectors, isLocal: vectorsAreLocal),
      ColdPiece(
        stage: .documents, range: documents..<summary.hotOffset, isLocal: documentsAreLocal),
    ]
    if let fineRange {
      pieces.insert(ColdPiece(stage: .codes, range: fineRange, isLocal: codesAreLocal), at: 0)
    }
    return pieces
  }

  /// What is to be fetched next; nil where all of it is there.
  var nextPiece: ColdPiece? { coldPieces.first { $0.isLocal.outcome != .reached } }

  /// Takes room in the workspace for what is not in the local copy yet. `leftover` bytes of the copy were counted
  /// as left-overs until now.
  /// - Returns: Whether there is enough.
  func takeRoom(leftover: Int = 0) -> Bool {
    coldBytesTaken.withLock { taken in
      guard budget.takeCold(summary.hotOffset - taken, leftover: leftover) else { return false }
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
    if let leftover = reader.leftover, leftover.isInUse,
      coldBytesTaken.withLock({ $0 == summary.hotOffset })
    {
      // It has room, and the blocks of it that are right are worth keeping until the others can be fetched.
      for piece in coldPieces { piece.isLocal.settle(.missed) }
      return
    }
    reader.leftover?.forget()
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
    budget.giveBack(cold: given)
  }
}
