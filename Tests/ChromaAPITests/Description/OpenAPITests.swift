import ChromaAPI
import Foundation
import Testing

/// The description as text: that its examples fit is shown with a real validator in Tests/Integration.
@Suite struct OpenAPITests {
  private func document() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(OpenAPI.document))
    return try #require(value as? [String: Any])
  }

  private func operations() throws -> [(path: String, method: String, value: [String: Any])] {
    let paths = try #require(try document()["paths"] as? [String: [String: [String: Any]]])
    return paths.flatMap { path, methods in
      methods.map { (path: path, method: $0.key, value: $0.value) }
    }
  }

  @Test("every route stands in the description with its methods")
  func complete() throws {
    let operations = try operations()
    #expect(Set(RouteTable.routes.map(\.template)).count == RouteTable.routes.count)
    for route in RouteTable.routes {
      let described = operations.filter { $0.path == route.template }.map { $0.method.uppercased() }
      let offered = route.allow.split(separator: ",").map(String.init).filter { $0 != "HEAD" }
      #expect(described.sorted() == offered.sorted(), "\(route.template)")
    }
    #expect(
      operations.count
        == RouteTable.routes.map { $0.allow.split(separator: ",") }.joined()
        .count { $0 != "HEAD" })
  }

  @Test("operations have names of their own, a summary, and an example of each body and answer")
  func described() throws {
    let operations = try operations()
    #expect(
      Set(operations.compactMap { $0.value["operationId"] as? String }).count == operations.count)
    for (path, method, value) in operations {
      let place = "\(method) \(path)"
      #expect((value["summary"] as? String)?.isEmpty == false, "\(place)")
      let responses = try #require(value["responses"] as? [String: Any], "\(place)")
      #expect(Set(responses.keys).isSuperset(of: ["400", "404", "405", "500"]), "\(place)")
      if let body = value["requestBody"] as? [String: Any] {
        #expect(try example(body) != nil, "\(place)")
        #expect(Set(responses.keys).isSuperset(of: ["408", "413", "415", "422"]), "\(place)")
      } else {
        #expect(
          method == "get" || method == "delete" || path == "/api/v2/reset"
            || path == "/api/s3/status", "\(place) has no body")
      }
      if let answer = responses["200"] as? [String: Any], path != "/docs" {
        #expect(try example(answer) != nil, "\(place)")
      }
    }
  }

  private func example(_ value: [String: Any]) throws -> Any? {
    let content = try #require(value["content"] as? [String: [String: Any]])
    return try #require(content["application/json"])["example"]
  }

  @Test("no reference dangles, and no named type is without use")
  func references() throws {
    let document = try document()
    let components = try #require(document["components"] as? [String: [String: Any]])
    let names = try #require(components["schemas"]).keys.map { "#/components/schemas/\($0)" }
    var found: Set<String> = []
    func collect(_ value: Any) {
      if let list = value as? [Any] { list.forEach(collect) }
      guard let object = value as? [String: Any] else { return }
      if let reference = object["$ref"] as? String { found.insert(reference) }
      object.values.forEach(collect)
    }
    collect(document)
    #expect(found == Set(names))
  }

  @Test("the page escapes what it shows, has every route and lets nothing be loaded")
  func page() {
    let html = String(decoding: DocumentationPage.html, as: UTF8.self)
    #expect(html.contains("&quot;") && !html.contains("<script") && !html.contains(" src="))
    for route in RouteTable.routes { #expect(html.contains(" \(route.template)</code>")) }
    #expect(DocumentationPage.securityPolicy.hasPrefix("default-src 'none'"))
  }
}
