"""Requests about tenants and databases, paths and methods that are wrong, and what nobody implements."""
from . import json_text
from .requests import Step
from .vocabulary import DATABASES, quoted, RECORD_ROUTES, ROUTES, TENANTS, UNKNOWN_PATHS, V2


class PlaceRequests:
    """A part of Generator."""

    def tenants(self):
        values = self.values
        action = self.rng.randrange(4)
        name = values.pick(TENANTS + ["", "abc", "a/b", "x" * 200])
        if action == 0:
            return self.post("create tenant", f"{V2}/tenants", {"name": name})
        path = f"{V2}/tenants/{quoted(name) or 'none'}"
        if action == 1:
            return self.post("update tenant", path, {"resource_name": values.pick(["abc", None, "", 1])}, "PATCH")
        if action == 2:
            return Step(0, "list databases", "GET", f"{path}/databases{self.page()}")
        return Step(0, "get tenant", "GET", path)

    def page(self):
        values = self.values
        if values.chance(0.4):
            return ""
        parts = []
        for field in ("limit", "offset"):
            if values.chance(0.6):
                parts.append(field + "=" + values.pick(["0", "1", "2", "5", "10", "-1", "x", "", "1.5", "4294967295", "4294967296", "99999999999999999999", "%31", "+1", " 1".replace(" ", "%20")])
                             if values.chance(0.3) else f"{field}={self.rng.randrange(0, 4)}")
        if values.chance(0.05):
            parts.append(values.pick(["foo=1", "limit=1", "offset", "&", "=", "limit"]))
        return "?" + "&".join(parts) if parts else ""

    def databases(self):
        values = self.values
        tenant, database, path = self.place()
        action = self.rng.randrange(5)
        if action < 2:
            name = self.name() if values.chance(0.4) else values.pick(DATABASES[1:])
            return self.post("create database", f"{V2}/tenants/{quoted(tenant)}/databases", {"name": name})
        if action == 2 and values.chance(0.4) and not self.lists:
            self.pending = ("delete", lambda c: (c.tenant, c.database) == (tenant, database))
            return Step(0, "delete database", "DELETE", path)
        return Step(0, "get database", "GET", path)


    def unimplemented(self):
        values = self.values
        route, method, body = values.pick([
            ("/search", "POST", {"searches": [{"limit": {"limit": 1}}]}), ("/search", "POST", {}), ("/fork", "POST", {"new_name": "forked"}), ("/fork", "POST", {}), ("/fork_count", "GET", None),
            ("/indexing_status", "GET", None), ("/functions/attach", "POST", {"name": "f", "function_id": "g", "output_collection": "o"}), ("/functions/attach", "POST", {"name": "f"}),
            ("/functions/f", "GET", None), ("/attached_functions/f/detach", "POST", {"delete_output": True}), ("/attached_functions/f/detach", "POST", {})])
        _, path = self.record_path(route)
        if body is None:
            return Step(0, "unimplemented", method, path)
        return self.post("unimplemented", path, body)

    def system(self):
        values = self.values
        path = values.pick(ROUTES + UNKNOWN_PATHS)
        method = values.pick(["GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
        if method in ("POST", "PATCH", "PUT", "DELETE") and path in ROUTES and path.endswith(("/tenants", "/databases", "/collections", "default_database", "/one", "default_tenant")):
            method = values.pick(["GET", "HEAD", "OPTIONS", "PUT" if not path.endswith("/one") else "HEAD"])
        if path.startswith(f"{V2}/collections/") and method in ("GET", "HEAD") and values.chance(0.8):
            path = f"{V2}/collections/" + values.pick(["a", "a:b", "::", "a::c", "%20"])
        return Step(0, "system", method, path, facts={"no_body": method == "HEAD"})

    def wrong_method(self):
        _, path = self.record_path("/" + self.values.pick(RECORD_ROUTES))
        method = self.values.pick(["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "GET"])
        return Step(0, "wrong method", method, path)

    def wrong_place(self):
        """A read, or a write that writes nothing, of a collection under a path that is not its own."""
        collection = self.collection()
        if collection is None:
            return self.system()
        values = self.values
        others = [(t, d) for t in TENANTS[:3] for d in DATABASES if (t, d) != (collection.tenant, collection.database)]
        tenant, database = values.pick(others)
        _, _, path = self.place(tenant, database)
        route, method, body = values.pick([
            ("/get", "POST", {}), ("/count", "GET", None), ("/query", "POST", {"query_embeddings": []}), ("/add", "POST", {"ids": [], "embeddings": []}),
            ("/update", "POST", {"ids": ["nobody"]}), ("/upsert", "POST", {"ids": [], "embeddings": []}), ("/delete", "POST", {"ids": ["nobody"]}), ("", "PUT", {})])
        path = f"{path}/collections/<c{collection.step}>{route}"
        text = None if body is None else json_text.write(body)
        return Step(0, "wrong place", method, path, text)
