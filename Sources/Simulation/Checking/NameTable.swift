package import Model

/// The names of collections as one sequential object: which name belongs to which collection.
package struct NameTable: SequentialModel {
  package enum Operation: Sendable {
    /// `event` is unique per operation and stands for the id of a creation whose answer was lost.
    case create(name: Int, event: Int)
    case getOrCreate(name: Int, event: Int)
    case rename(UniqueID, to: Int)
    case delete(name: Int)
    case look(name: Int)
  }

  package enum Response: Sendable, Hashable {
    case done
    case collection(UniqueID)
    case exists
    case missing
  }

  enum Owner: Hashable {
    case id(UniqueID)
    /// Created by the operation with this number, whose client never learnt the id.
    case unseen(Int)
  }

  var owners: [Int: Owner] = [:]

  package init() {}

  package func applying(_ operation: Operation, _ response: Response?) -> NameTable? {
    switch operation {
    case .create(let name, let event):
      guard owners[name] == nil else { return allowing(response, .exists) }
      return giving(name, event, response)
    case .getOrCreate(let name, let event):
      guard let owner = owners[name] else { return giving(name, event, response) }
      return showing(owner, of: name, response)
    case .rename(let id, let new):
      guard let old = owners.first(where: { $0.value == .id(id) })?.key else {
        return allowing(response, .missing)
      }
      guard old == new || owners[new] == nil else { return allowing(response, .exists) }
      guard var table = allowing(response, .done) else { return nil }
      table.owners[old] = nil
      table.owners[new] = .id(id)
      return table
    case .delete(let name):
      guard owners[name] != nil else { return allowing(response, .missing) }
      guard var table = allowing(response, .done) else { return nil }
      table.owners[name] = nil
      return table
    case .look(let name):
      guard let owner = owners[name] else { return allowing(response, .missing) }
      return showing(owner, of: name, response)
    }
  }

  private func allowing(_ response: Response?, _ expected: Response) -> NameTable? {
    response == nil || response == expected ? self : nil
  }

  private func giving(_ name: Int, _ event: Int, _ response: Response?) -> NameTable? {
    var table = self
    switch response {
    case nil: table.owners[name] = .unseen(event)
    case .collection(let id): table.owners[name] = .id(id)
    default: return nil
    }
    return table
  }

  /// An id that was never seen becomes known by being shown.
  private func showing(_ owner: Owner, of name: Int, _ response: Response?) -> NameTable? {
    switch (owner, response) {
    case (_, nil): return self
    case (.id(let known), .collection(let shown)): return known == shown ? self : nil
    case (.unseen, .collection(let shown)):
      guard !owners.values.contains(.id(shown)) else { return nil }
      var table = self
      table.owners[name] = .id(shown)
      return table
    default: return nil
    }
  }
}
