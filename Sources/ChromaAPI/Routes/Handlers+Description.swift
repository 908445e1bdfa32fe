/// The description of the API, for programs and for people; both are made once.
extension Handlers {
  func openAPI(_ call: Call) async throws(APIError) -> Answer {
    Answer(body: OpenAPI.document)
  }

  func documentationPage(_ call: Call) async throws(APIError) -> Answer {
    var answer = Answer(body: DocumentationPage.html)
    answer.contentType = "text/html; charset=utf-8"
    answer.contentSecurityPolicy = DocumentationPage.securityPolicy
    return answer
  }
}
