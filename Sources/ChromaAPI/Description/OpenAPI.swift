import HTTPTypes
import JSON

/// `/openapi.json`: the route table as OpenAPI 3.1.
package enum OpenAPI {
  /// Made at the first request and kept.
  package static let document: [UInt8] = {
    var json = JSONWriter(reservingBytes: 128 << 10)
    json.beginObject()
    json.word("openapi", "3.1.0")
    json.key("info")
    json.beginObject()
    json.word("title", "Apus")
    json.word("version", "2")
    json.word(
      "description",
      "Chroma's HTTP API v2 over a vector database in an S3 bucket. HEAD works wherever GET does.")
    json.endObject()
    json.key("tags")
    json.beginArray()
    for group in RouteDescription.Group.allCases {
      json.beginObject()
      json.word("name", group.rawValue)
      json.endObject()
    }
    json.endArray()
    json.key("paths")
    json.beginObject()
    for route in RouteTable.routes {
      json.key(route.template)
      json.beginObject()
      for endpoint in route.endpoints {
        json.key(endpoint.method.rawValue.lowercased())
        write(endpoint.description, of: route, &json)
      }
      json.endObject()
    }
    json.endObject()
    writeComponents(&json)
    json.endObject()
    return json.finish()
  }()

  private static func writeComponents(_ json: inout JSONWriter) {
    json.key("components")
    json.beginObject()
    json.key("schemas")
    json.beginObject()
    for (name, type) in NamedTypes.all {
      json.key(name)
      type.write(&json)
    }
    json.endObject()
    json.endObject()
  }

  private static func write(
    _ description: RouteDescription, of route: Route, _ json: inout JSONWriter
  ) {
    json.beginObject()
    json.word("operationId", description.id)
    json.key("tags")
    json.beginArray()
    json.string(description.group.rawValue)
    json.endArray()
    json.word("summary", description.summary)
    if !description.detail.isEmpty { json.word("description", description.detail) }
    json.key("parameters")
    json.beginArray()
    for name in route.parameters {
      write(name, in: "path", .text, note: nil, &json)
    }
    for parameter in description.query {
      write(parameter.name, in: "query", parameter.type, note: parameter.note, &json)
    }
    for parameter in RouteDescription.readHeaders {
      write(parameter.name, in: "header", parameter.type, note: parameter.note, &json)
    }
    json.endArray()
    if let body = description.body { write(body, &json) }
    json.key("responses")
    json.beginObject()
    write(description.answer, position: description.showsPosition, &json)
    for status in description.failures {
      writeFailure(status, description, of: route, &json)
    }
    json.endObject()
    json.endObject()
  }

  private static func write(
    _ name: String, in place: String, _ type: TypeSchema, note: String?,
    _ json: inout JSONWriter
  ) {
    json.beginObject()
    json.word("name", name)
    json.word("in", place)
    if place == "path" {
      json.key("required")
      json.bool(true)
    }
    if let note { json.word("description", note) }
    json.key("schema")
    type.write(&json)
    json.endObject()
  }

  private static func write(_ body: RouteDescription.Body, _ json: inout JSONWriter) {
    json.key("requestBody")
    json.beginObject()
    json.key("required")
    json.bool(body.isRequired)
    json.word("description", body.sizeNote)
    writeContent("application/json", body.type, example: body.example, &json)
    json.endObject()
  }

  private static func writeContent(
    _ contentType: String, _ type: TypeSchema, example: String?, _ json: inout JSONWriter
  ) {
    json.key("content")
    json.beginObject()
    json.key(contentType)
    json.beginObject()
    json.key("schema")
    type.write(&json)
    if let example {
      json.key("example")
      json.raw(example.utf8)
    }
    json.endObject()
    json.endObject()
  }

  private static func write(
    _ result: RouteDescription.Result, position: Bool, _ json: inout JSONWriter
  ) {
    json.key(String(result.status))
    json.beginObject()
    json.word("description", RouteDescription.meaning(result.status))
    if position {
      writeHeader(
        "Apus-Log-Position", .count,
        "the position of the collection's log that the answer shows", example: nil, &json)
    }
    let fallback: TypeSchema = result.status >= 400 ? .named("ErrorResponse") : .text
    writeContent(
      result.contentType, result.type ?? fallback, example: result.example, &json)
    json.endObject()
  }

  private static func writeHeader(
    _ name: String, _ type: TypeSchema, _ note: String, example: String?,
    _ json: inout JSONWriter
  ) {
    json.key("headers")
    json.beginObject()
    json.key(name)
    json.beginObject()
    json.word("description", note)
    json.key("schema")
    type.write(&json)
    if let example { json.word("example", example) }
    json.endObject()
    json.endObject()
  }

  private static func writeFailure(
    _ status: Int, _ description: RouteDescription, of route: Route, _ json: inout JSONWriter
  ) {
    json.key(String(status))
    json.beginObject()
    json.word("description", RouteDescription.meaning(status))
    if status == 405 {
      writeHeader("Allow", .text, "the path's methods", example: route.allow, &json)
    } else {
      // The health check says the same in both cases.
      let type: TypeSchema =
        description.work == .fixed && status == 503 && description.body == nil
        ? description.answer.type ?? .anything : .named("ErrorResponse")
      writeContent("application/json", type, example: nil, &json)
    }
    json.endObject()
  }
}

extension RouteDescription {
  /// Every route takes them; only reads heed them.
  static let readHeaders: [Parameter] = [
    Parameter(
      name: "Apus-Consistency", type: TypeSchema(.words(["strong", "eventual"])),
      note: "strong: the bucket is asked for newer writes before a read is answered"),
    Parameter(
      name: "Apus-Min-Log-Position", type: .count,
      note: "a read shows the collection at least at this position of its log"),
  ]
}

extension RouteDescription.Body {
  var sizeNote: String {
    if let bytesMax { return "At most \(bytesMax >> 20) MiB." }
    return
      "At most \(APIConfiguration.defaultMaxBodyBytes >> 20) MiB, unless the server's settings say otherwise."
  }
}
