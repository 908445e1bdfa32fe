"""The names, paths and settings that requests are made of."""
import urllib.parse

V2 = "/api/v2"
TENANTS = ["default_tenant", "tenant-1", "тенант 2", "ab"]
DATABASES = ["default_database", "db-1", "db.two"]
NAMES = ["one", "two", "three", "four_4", "five.five", "a-b"]
BAD_NAMES = [
    "", "a", "ab", "a b", "-ab", "ab-", "a..b", "192.168.1.1", "300.1.1.1", "1.2.3", "日本語", "x" * 512, "x" * 513, "a/b", "abc+def", "a+bcd",
    "abc+def+ghi", "+abc", "abc+", "_ab", "ABC", "a_b", "abc\n", "a\u0000b", "...", "0.0.0.0", "01.02.03.04", "abc+..", "1.1.1.1+abc"]
INCLUDES = ["documents", "metadatas", "embeddings", "uris", "distances"]
# Not max_neighbors 0: with that Chroma crashes at the first record.
HNSW = {
    "space": ["l2", "cosine", "ip", "L2", "foo", 1, None], "ef_construction": [10, 100, 0, 1.5, -1, "x", None], "ef_search": [10, 50, 100, 0, "x", None],
    "max_neighbors": [4, 16, 1, -1, None], "num_threads": [1, 2, 0], "resize_factor": [1.2, 2, 0, -1, "x"], "sync_threshold": [2, 1000, 1, 0],
    "batch_size": [2, 100, 0], "foo": [1]}
LEGACY = {
    "hnsw:space": ["l2", "cosine", "ip", "foo", 1], "hnsw:M": [8, 16, 1.5, "x"], "hnsw:construction_ef": [50, "x"], "hnsw:search_ef": [50, 1.5],
    "hnsw:num_threads": [1, -1], "hnsw:resize_factor": [1.2, 2, "x"], "hnsw:batch_size": [50], "hnsw:sync_threshold": [50, 0], "hnsw:foo": [1]}
FUNCTIONS = [
    None, {"type": "known", "name": "default", "config": {}}, {"type": "legacy"}, {"type": "unknown"}, {"type": "known", "name": "x", "config": {"a": [1, 1.0, None, "é"]}},
    {"type": "known", "name": "x"}, {"type": "known"}, {"type": "foo"}, {}, "default", {"type": "known", "name": "x", "config": None}, {"name": "x", "config": {}}]
ROUTES = [
    V2, f"{V2}/heartbeat", f"{V2}/healthcheck", f"{V2}/version", f"{V2}/pre-flight-checks", f"{V2}/auth/identity", f"{V2}/tenants",
    f"{V2}/tenants/default_tenant", f"{V2}/tenants/default_tenant/databases", f"{V2}/tenants/default_tenant/databases/default_database",
    f"{V2}/tenants/default_tenant/databases/default_database/collections", f"{V2}/tenants/default_tenant/databases/default_database/collections_count",
    f"{V2}/tenants/default_tenant/databases/default_database/collections/one", f"{V2}/collections/a:b:c"]
UNKNOWN_PATHS = [
    "/", "/api", f"{V2}/", f"{V2}/foo", f"{V2}/heartbeat/", f"{V2}//heartbeat", "/api/v3/heartbeat", "/API/V2/heartbeat", f"{V2}/tenants/",
    f"{V2}/tenants//databases", f"{V2}/tenants/default_tenant/databases/default_database/collections/", f"{V2}/tenants/default_tenant/databases/default_database/foo",
    f"{V2}/tenants/default_tenant/databases/default_database/collections/one/foo", "/api/v1", "/api/v1/", "/api/v1/heartbeat", "/api/v1/collections/x/y", "/favicon.ico", "/%", f"{V2}/%68eartbeat",
    f"{V2}/heartbeat?x=1"]
RECORD_ROUTES = ["add", "upsert", "update", "delete", "get", "query", "count", "search", "fork", "fork_count", "indexing_status", "functions/attach"]


class Collection:
    """A collection that the sequence made, and what is known of it."""

    def __init__(self, step, tenant, database, name, dimension):
        self.step = step
        self.tenant = tenant
        self.database = database
        self.name = name
        self.dimension = dimension
        # Whether a write has been accepted. Chroma takes the dimension from any write, a refused one and
        # an update of nothing included, so the first must be one that both accept.
        self.settled = False
        # Ids that are certainly there. In Chroma an update of another id leaves a vector that a later add of
        # the id takes for its own.
        self.ids = set()


def quoted(text):
    return urllib.parse.quote(text, safe="")


def has_fraction(value):
    """Whether there is a number anywhere that is no integer of 64 bits, nor equal to one."""
    if isinstance(value, dict):
        return any(has_fraction(item) for item in value.values())
    if isinstance(value, list):
        return any(has_fraction(item) for item in value)
    if type(value) is int:
        return not -2**63 <= value < 2**63
    return isinstance(value, float) and not (value.is_integer() and abs(value) < 2**63)
