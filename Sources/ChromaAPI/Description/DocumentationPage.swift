import HTTPTypes

/// `/docs`: the route table as a page to read. Works without scripts and loads nothing.
package enum DocumentationPage {
  /// Nothing may be loaded or run; the page's own style alone counts.
  package static let securityPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    + "frame-ancestors 'none'"

  /// Made at the first request and kept.
  package static let html: [UInt8] = {
    var page = HTMLWriter()
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    page.element("title", "Apus: HTTP API")
    page.raw("<style>\(style)</style></head><body>")
    writeNavigation(&page)
    page.raw("<main>")
    writeIntroduction(&page)
    for group in RouteDescription.Group.allCases { write(group, &page) }
    writeTypes(&page)
    page.raw("</main></body></html>\n")
    return page.bytes
  }()

  private static func routes(
    of group: RouteDescription.Group
  ) -> [(route: Route, endpoint: Route.Endpoint)] {
    RouteTable.routes.flatMap { route in
      route.endpoints.filter { $0.description.group == group }.map { (route, $0) }
    }
  }

  private static func writeNavigation(_ page: inout HTMLWriter) {
    page.raw("<nav><strong>Apus</strong>")
    for group in RouteDescription.Group.allCases {
      page.element("h2", group.rawValue)
      page.raw("<ul>")
      for (_, endpoint) in routes(of: group) {
        page.raw("<li>")
        page.link(endpoint.description.id, to: endpoint.description.id)
      }
      page.raw("</ul>")
    }
    page.raw("<p>")
    page.link("Types", to: "types")
    page.raw("</nav>")
  }

  private static func writeIntroduction(_ page: inout HTMLWriter) {
    page.element("h1", "Apus: HTTP API")
    page.element(
      "p",
      """
      Chroma's HTTP API v2: clients written for Chroma work unchanged. HEAD works wherever GET does. The \
      same for programs: /openapi.json.
      """)
    page.element(
      "pre",
      """
      import chromadb

      client = chromadb.HttpClient(host="localhost", port=8000)
      notes = client.get_or_create_collection("notes", embedding_function=None)
      notes.add(ids=["a"], embeddings=[[0.1, 0.2, 0.3]], documents=["an owl"])
      print(notes.query(query_embeddings=[[0.1, 0.2, 0.3]], n_results=1))
      """)
    page.element("h2", "Headers")
    page.raw("<dl>")
    for header in RouteDescription.readHeaders {
      page.element("dt", "\(header.name): \(header.type.summary)")
      page.element("dd", header.note)
    }
    page.element("dt", "Apus-Log-Position")
    page.element("dd", "in answers: the position of the collection's log that the answer shows")
    page.raw("</dl>")
    page.element("h2", "Errors")
    page.element("p", "Every refusal with a body has the same shape:")
    page.element(
      "pre", #"{"error": "NotFoundError", "message": "Collection [x] does not exist"}"#)
  }

  private static func write(_ group: RouteDescription.Group, _ page: inout HTMLWriter) {
    page.element("h1", group.rawValue)
    for (route, endpoint) in routes(of: group) {
      write(endpoint, route, &page)
    }
  }

  private static func write(
    _ endpoint: Route.Endpoint, _ route: Route, _ page: inout HTMLWriter
  ) {
    let description = endpoint.description
    page.raw("<section id=\"\(description.id)\">")
    page.element("h2", description.summary)
    page.element("code", "\(endpoint.method.rawValue) \(route.template)", class: "route")
    if !description.detail.isEmpty { page.element("p", description.detail) }
    if !description.query.isEmpty {
      page.raw("<h3>Query</h3><dl>")
      for parameter in description.query {
        page.element("dt", "\(parameter.name): \(parameter.type.summary)")
        page.element("dd", parameter.note)
      }
      page.raw("</dl>")
    }
    if let body = description.body {
      page.element("h3", "Body")
      page.element("p", body.sizeNote)
      page.type(body.type)
    }
    page.element("h3", "Example")
    page.element("pre", curl(endpoint, route))
    page.element("h3", "Answer \(description.answer.status)")
    if let type = description.answer.type { page.type(type) }
    if let example = description.answer.example { page.element("pre", example) }
    page.raw("<details><summary>Other statuses</summary><dl>")
    for status in description.failures {
      page.element("dt", String(status))
      page.element("dd", RouteDescription.meaning(status))
    }
    page.raw("</dl></details></section>")
  }

  private static func writeTypes(_ page: inout HTMLWriter) {
    page.raw("<h1 id=\"types\">Types</h1>")
    for (name, type) in NamedTypes.all {
      page.raw("<section id=\"type-\(name)\">")
      page.element("h2", name)
      if let note = type.note { page.element("p", note) }
      page.type(type)
      page.raw("</section>")
    }
  }

  /// The call with the names that a new server has.
  private static func curl(_ endpoint: Route.Endpoint, _ route: Route) -> String {
    let path = route.template.split(separator: "/").map { part in
      switch part {
      case "{tenant}", "{tenant_name}": "default_tenant"
      case "{database}": "default_database"
      case "{crn}": "default_tenant:default_database:notes"
      case "{collection_id}": route.parameters.count == 3 && endpoint.isByName ? "notes" : "$ID"
      default: part.hasPrefix("{") ? "name" : String(part)
      }
    }
    var command = "curl"
    if endpoint.method != .get { command += " -X \(endpoint.method.rawValue)" }
    command += " \"http://localhost:8000/\(path.joined(separator: "/"))\""
    if let body = endpoint.description.body {
      command += " \\\n  -H 'content-type: application/json' -d '\(body.example)'"
    }
    return command
  }
}

extension Route.Endpoint {
  /// Whether a collection is named, where others name its id.
  fileprivate var isByName: Bool {
    ["get_collection", "delete_collection"].contains(description.id)
  }
}

extension DocumentationPage {
  private static let style = """
    :root{color-scheme:light dark;--line:#8884;--soft:#8881}
    *{box-sizing:border-box}
    body{margin:0;font:16px/1.5 system-ui,sans-serif;display:flex}
    nav{width:17rem;flex:none;height:100vh;position:sticky;top:0;overflow:auto;padding:1rem;
    border-right:1px solid var(--line);font-size:.875rem}
    nav h2{font-size:.875rem;margin:1rem 0 0}
    nav ul{list-style:none;margin:0;padding:0}
    main{padding:1rem 2rem;max-width:56rem;min-width:0}
    section{border-top:1px solid var(--line);padding:.5rem 0 1.5rem}
    h1{margin:2rem 0 1rem}h3{margin:1rem 0 .25rem}
    pre,.route{background:var(--soft);padding:.75rem;border-radius:.375rem;overflow-x:auto}
    .route{display:block}
    dt{font-family:ui-monospace,monospace;font-size:.875rem}dd{margin:0 0 .375rem 1.5rem}
    @media(max-width:50rem){body{display:block}main{padding:1rem}
    nav{width:auto;height:auto;position:static;border:0;border-bottom:1px solid var(--line)}
    nav h2{margin-top:.5rem}nav li{display:inline-block;margin-right:.75rem}}
    """
}
