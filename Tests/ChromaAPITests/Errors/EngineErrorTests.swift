import ChromaAPI
import Engine
import HTTPTypes
import Model
import Testing

@Suite struct EngineErrorTests {
  @Test("one failure is worded as the route's own Chroma text")
  func wording() {
    let missing = EngineError.databaseNotFound("dbx")
    #expect(
      APIError(missing, during: .getDatabase)
        == .notFound("Database [dbx] not found. Are you sure it exists?"))
    #expect(APIError(missing, during: .deleteDatabase) == .notFound("Database [dbx] not found"))
    #expect(
      APIError(missing, during: .createCollection(database: "dbx"))
        == .invalid("Database [dbx] does not exist"))
    #expect(
      APIError(.tenantNotFound("t"), during: .createCollection(database: "dbx"))
        == .invalid("Database [dbx] does not exist"))
    #expect(
      APIError(.collectionIDNotFound(.zero)).message
        == "Collection [00000000-0000-0000-0000-000000000000] does not exist.")
    #expect(
      APIError(.collectionIDNotFound(.zero), during: .collectionByID).message
        == "Collection [00000000-0000-0000-0000-000000000000] does not exist")
  }

  @Test("not applied, unknown and damaged are told apart by the status")
  func statuses() {
    let unavailable = APIError(.unavailable("no bucket"))
    #expect(unavailable.status == .serviceUnavailable)
    #expect(unavailable.retryAfter == 1)
    #expect(APIError(.unavailable("no bucket"), during: .sync).status == .badGateway)
    let unknown = APIError(.outcomeUnknown("the bucket did not answer"))
    #expect(unknown.status == .gatewayTimeout)
    #expect(unknown.message.contains("may or may not have been applied"))
    #expect(APIError(.damaged("x")).status == .internalServerError)
    #expect(APIError(.newerFormat("x")).status == .serviceUnavailable)
    #expect(APIError(.collectionExists(name: "n")) == .conflict("Collection [n] already exists"))
    #expect(
      APIError(.dimensionMismatch(expected: 3, got: 2))
        == .invalid("Collection expecting embedding with dimension of 3, got 2"))
  }
}
