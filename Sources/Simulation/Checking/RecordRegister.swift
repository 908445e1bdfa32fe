/// One record id as a register: the number of the operation that wrote it last, or nothing.
package struct RecordRegister: SequentialModel {
  package enum Operation: Sendable {
    case add(Int)
    case upsert(Int)
    case update(Int)
    case delete
    /// Says how many records it deleted.
    case deleteWhere
    case read
  }

  package enum Response: Sendable, Hashable {
    case done
    case deleted(Int)
    case value(Int?)
  }

  package let value: Int?

  package init(_ value: Int? = nil) { self.value = value }

  package static func isRead(_ operation: Operation) -> Bool {
    if case .read = operation { true } else { false }
  }

  package func applying(_ operation: Operation, _ response: Response?) -> RecordRegister? {
    switch operation {
    case .add(let number): return value == nil ? RecordRegister(number) : self
    case .upsert(let number): return RecordRegister(number)
    case .update(let number): return value == nil ? self : RecordRegister(number)
    case .delete: return RecordRegister()
    case .deleteWhere:
      let count = value == nil ? 0 : 1
      if let response, response != .deleted(count) { return nil }
      return RecordRegister()
    case .read:
      if let response, response != .value(value) { return nil }
      return self
    }
  }
}
