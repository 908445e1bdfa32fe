extension RouteTable {
  static let page: [RouteDescription.Parameter] = [
    .init(name: "limit", type: .u32, note: "at most so many; all without it"),
    .init(name: "offset", type: .u32, note: "leaves out the first so many"),
  ]

  private static let databaseExample = #"""
    {"id": "00000000-0000-0000-0000-000000000000", "name": "default_database",
     "tenant": "default_tenant"}
    """#

  static let tenants: [Route] = [
    Route(
      "/api/v2/tenants",
      .post(
        Handlers.createTenant,
        RouteDescription(
          id: "create_tenant", group: .tenant, summary: "Creates a tenant",
          body: .init(
            type: .object(.needed("name", .named("TenantName"))), example: #"{"name": "acme"}"#),
          answer: .empty, work: .write, statuses: [409]))),
    Route(
      "/api/v2/tenants/{tenant_name}",
      .get(
        Handlers.getTenant,
        RouteDescription(
          id: "get_tenant", group: .tenant, summary: "A tenant",
          answer: .init(
            type: .named("Tenant"), example: #"{"name": "acme", "resource_name": null}"#),
          work: .read)),
      .patch(
        Handlers.updateTenant,
        RouteDescription(
          id: "update_tenant", group: .tenant, summary: "Changes nothing, as in a local Chroma",
          body: .init(
            type: .object(.needed("resource_name", .text)),
            example: #"{"resource_name": "acme"}"#),
          answer: .empty, work: .write))),
    Route(
      "/api/v2/tenants/{tenant}/databases",
      .get(
        Handlers.listDatabases,
        RouteDescription(
          id: "list_databases", group: .database, summary: "The databases of a tenant, by name",
          query: page,
          answer: .init(type: .array(.named("Database")), example: "[\(databaseExample)]"),
          work: .read)),
      .post(
        Handlers.createDatabase,
        RouteDescription(
          id: "create_database", group: .database, summary: "Creates a database",
          body: .init(
            type: .object(.needed("name", .named("Name"))), example: #"{"name": "library"}"#),
          answer: .empty, work: .write, statuses: [409]))),
    Route(
      database,
      .get(
        Handlers.getDatabase,
        RouteDescription(
          id: "get_database", group: .database, summary: "A database",
          answer: .init(type: .named("Database"), example: databaseExample), work: .read)),
      .delete(
        Handlers.deleteDatabase,
        RouteDescription(
          id: "delete_database", group: .database,
          summary: "Deletes a database and all its collections", answer: .empty, work: .write))),
  ]
}
