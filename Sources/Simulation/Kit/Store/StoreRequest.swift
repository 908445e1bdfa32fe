import Model
import ObjectStore

package enum StoreRequestKind: String, Sendable, Hashable, CaseIterable {
  case get, create, put, list, delete
  /// Those of an object that is put in parts.
  case beginUpload, part, endUpload, abortUpload, listUploads

  /// It changes something, if only an upload that nobody sees yet.
  var isWrite: Bool {
    switch self {
    case .get, .list, .listUploads: false
    case .create, .put, .delete, .beginUpload, .part, .endUpload, .abortUpload: true
    }
  }

  /// Its sender must know whether it was applied.
  var changesObjects: Bool { isWrite && self != .beginUpload && self != .part }
}

/// A request as a value, so that it can be on its way for a while.
enum StoreRequest: Sendable {
  case get(Text, ByteRange?)
  case create(Text, [UInt8])
  case put(Text, [UInt8])
  case list(prefix: Text, startAfter: Text?, maxKeys: Int)
  case delete([Text])
  case beginUpload(Text)
  case part(Text, upload: String, number: Int, [UInt8])
  case endUpload(Text, upload: String)
  case abortUpload(Text, upload: String)
  case listUploads(prefix: Text)

  var kind: StoreRequestKind {
    switch self {
    case .get: .get
    case .create: .create
    case .put: .put
    case .list: .list
    case .delete: .delete
    case .beginUpload: .beginUpload
    case .part: .part
    case .endUpload: .endUpload
    case .abortUpload: .abortUpload
    case .listUploads: .listUploads
    }
  }

  /// What it is about, for messages.
  var subject: String {
    switch self {
    case .get(let key, _), .create(let key, _), .put(let key, _): key.string
    case .list(let prefix, _, _), .listUploads(let prefix): prefix.string
    case .beginUpload(let key), .part(let key, _, _, _), .endUpload(let key, _),
      .abortUpload(let key, _):
      key.string
    case .delete(let keys): keys.count == 1 ? keys[0].string : "\(keys.count) keys"
    }
  }

  func error(
    _ code: ObjectStoreError.Code, _ message: String, mayHaveBeenApplied: Bool,
    storeCode: String? = nil
  ) -> ObjectStoreError {
    ObjectStoreError(
      code, "\(kind.rawValue) \(subject): \(message)",
      mayHaveBeenApplied: mayHaveBeenApplied && kind.changesObjects, storeCode: storeCode)
  }

  /// Why a store would refuse the request; nil if it would not.
  var objection: ObjectStoreError? {
    func refuse(_ message: String) -> ObjectStoreError {
      error(.invalidRequest, message, mayHaveBeenApplied: false)
    }
    switch self {
    case .get(let key, let range):
      switch range {
      case .from(let offset, let count) where offset < 0 || count <= 0:
        return refuse("range of \(count) bytes from \(offset)")
      case .last(let count) where count <= 0: return refuse("range of the last \(count) bytes")
      default: return Self.isKey(key) ? nil : refuse("not a key")
      }
    case .create(let key, _), .put(let key, _), .beginUpload(let key), .part(let key, _, _, _),
      .endUpload(let key, _), .abortUpload(let key, _):
      return Self.isKey(key) ? nil : refuse("not a key")
    case .listUploads: return nil
    case .list(_, _, let maxKeys): return maxKeys > 0 ? nil : refuse("at most \(maxKeys) keys")
    case .delete(let keys):
      guard (1...1000).contains(keys.count) else { return refuse("not 1 to 1,000 keys") }
      return keys.allSatisfy(Self.isKey) ? nil : refuse("not a key")
    }
  }

  private static func isKey(_ key: Text) -> Bool { (1...1024).contains(key.utf8Count) }
}

enum StoreReply: Sendable {
  case get(GetAnswer)
  case create(CreateAnswer)
  case list(ListAnswer)
  case done(StoreTime?)
  case upload(id: String)
  case uploads(UploadList)
  /// The upload was ended, given up or never begun.
  case noSuchUpload
}

typealias StoreOutcome = Result<StoreReply, ObjectStoreError>
