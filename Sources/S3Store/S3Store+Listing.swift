import NIOHTTP1
package import ObjectStore

extension S3Store {
  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    var request = request("list", .GET, key: nil, changes: false)
    guard maxKeys > 0 else {
      throw failure(
        request, .invalidRequest, "\(maxKeys) keys asked for, less than 1", applied: false)
    }
    request.query = [
      ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(min(maxKeys, 1000))"),
      ("prefix", prefix),
    ]
    if let startAfter { request.query.append(("start-after", startAfter)) }
    let answer = try await succeeding(request)
    do {
      return try Self.listAnswer(XMLElement(parsing: answer.body), date: answer.date)
    } catch {
      throw damaged(request, answer, "the list is not understood: \(error)")
    }
  }

  static func listAnswer(_ root: XMLElement, date: StoreTime?) throws(XMLError) -> ListAnswer {
    guard root.name == "ListBucketResult" else {
      throw XMLError(description: "its root is \(root.name)")
    }
    let isEncoded = root["EncodingType"]?.text == "url"
    let isTruncated: Bool
    switch root["IsTruncated"]?.text.lowercased() {
    case "true": isTruncated = true
    case "false": isTruncated = false
    default: throw XMLError(description: "it has no IsTruncated")
    }
    var items: [ListAnswer.Item] = []
    for contents in root.children where contents.name == "Contents" {
      guard let text = contents["Key"]?.text,
        let size = (contents["Size"]?.text).flatMap({ Int($0) }),
        let key = isEncoded ? PercentEncoding.decode(text) : text, !key.isEmpty
      else { throw XMLError(description: "item \(items.count) has no valid Key and Size") }
      items.append(
        ListAnswer.Item(
          key: key, size: size,
          lastModified: (contents["LastModified"]?.text).flatMap(DateParser.iso8601)))
    }
    guard !isTruncated || !items.isEmpty else {
      throw XMLError(description: "it is truncated but has no item")
    }
    return ListAnswer(items: items, isTruncated: isTruncated, date: date)
  }
}
