"""Random values of every kind that a request may have, and many that it may not."""
import base64
import copy
import struct

from .json_text import Fields, Raw

I64_MIN, I64_MAX = -(1 << 63), (1 << 63) - 1

INTEGERS = [
    0, 1, -1, 2, 3, 5, 7, 1 << 31, (1 << 53) - 1, (1 << 53) + 1, -(1 << 53) - 1, I64_MAX, I64_MAX - 1, I64_MIN,
    I64_MIN + 1]
# Spelled as they are sent: some are floats only to the reader, some beyond 64 bits.
FLOATS = [
    "0.0", "-0.0", "-0", "0.5", "1.5", "-1.5", "1.0", "2.0", "3.0", "1E2", "1e22", "1e-7", "0.1", "5e-324", "2.5e-310",
    "1.7976931348623157e308", "9007199254740993.0", "9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "1.25", "100.75"]
STRINGS = [
    "", "a", "b", "ab", "A", "true", "1", "é", "e\u0301", "日本語", "🙂", "\u0000", "a\u0000b", "%", "_", "\\", "\"", "'",
    "line\nbreak", "\u2028", "\ufeff", "\U0010ffff", "straße", "STRASSE", "ΣΊΣΥΦΟΣ", "x" * 300, " ", "שלום", "ไทย"]
DOCUMENTS = [
    "", "a", "the quick brown fox", "The Quick Brown Fox", "jumps over the lazy dog", "fox", "100% sure_thing",
    "back\\slash", "tab\tand\nnew line", "crème brûlée", "cre\u0300me", "日本語の文書", "数据库", "Привет, мир", "привет",
    "שלום עולם", "مرحبا بالعالم", "สวัสดีชาวโลก", "नमस्ते दुनिया", "🙂🙃", "👨‍👩‍👧 family", "a\u0000b", "\u0000", "ſharp ß ẞ",
    "İstanbul ıI", "Ωmega Ω", "foo123 bar_42", "2024-01-31T12:00:00Z", "user@example.com", "a.b.c", "aaa", "aaaaaaaab",
    "\u2028sep\u2029", "x" * 500, "١٢٣ ۴۵", "one two  three", "(parens) [brackets] {braces}", "$^.|?*+"]
URIS = ["", "file:///a.png", "https://example.com/?q=1&r=ü", "x", "\u0000", "日本"]
IDS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "é", "日本", "\u0000", "A", " ", "a b", "🙂", "z" * 300, "null", "0"]

# The first letter names the type that a key has most of the time, so that values meet values.
KEYS = ["s", "s2", "i", "i", "i", "i2", "f", "f2", "b", "m", "m", "m", "ls", "li", "lf", "lb", "sключ", "i🙂", "s\u0000k", "s.t", "i j"]
ODD_KEYS = ["", "#s", "$s", "chroma:document", "chroma:uri", "chroma:x", "#document", "$and", "#embedding", "#id", "hnsw:x"]
WRONG = [
    None, True, False, 0, 1, -1, 1.5, "", "x", [], {}, [None], [1], ["x"], [[]], [[1]], {"a": 1}, {"a": {"b": 1}}, Raw("1e400"),
    Raw("-1e400"), I64_MAX + 1, 1 << 70, [1, "x"], [True, 1], {"#type": "sparse_vector", "indices": [1], "values": [0.5]}]
BASE64_ERRORS = ["!AAA", "AAA", "AAAA", "AAAAA", "AAAA=", "AAAAAA==", "AACAPwAAAEA", "AADAfw==", "AACAfw==", "A A A", "", "====", "é"]


class Values:
    """Drawn from one random generator."""

    def __init__(self, rng, lists=True, zeros=True):
        self.rng = rng
        self.lists = lists
        self.documents = [text for text in DOCUMENTS if zeros or "\0" not in text]

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, items):
        return items[self.rng.randrange(len(items))]

    def integer(self):
        return self.pick(INTEGERS) if self.chance(0.4) else self.rng.randrange(-3, 6)

    def float(self):
        if self.chance(0.5):
            return Raw(self.pick(FLOATS))
        return round(self.rng.uniform(-5, 5), self.rng.randrange(1, 12))

    def string(self):
        return self.pick(STRINGS[:8]) if self.chance(0.6) else self.pick(STRINGS)

    def scalar(self, kind=None):
        kind = kind or self.pick("sifb")
        if kind == "s":
            return self.string()
        if kind == "i":
            return self.integer()
        return self.float() if kind == "f" else self.chance(0.5)

    def list(self, kind=None):
        kind = kind or self.pick("sifb")
        return [self.scalar(kind) for _ in range(self.rng.randrange(0, 4))]

    def value_of(self, key):
        """A value of the type that the key's name tells; sometimes of another."""
        if not self.lists:
            return self.scalar(key[0] if key[:1] in ("s", "i", "f", "b") else None)
        if self.chance(0.04):
            return self.pick(WRONG)
        if self.chance(0.06) or key[:1] not in "sifbl":
            return self.list() if self.chance(0.3) else self.scalar()
        return self.list(key[1]) if key[:1] == "l" else self.scalar(key[:1])

    def key(self):
        return self.pick(ODD_KEYS) if self.chance(0.02) else self.pick(KEYS)

    def metadata(self, nulls=False):
        if self.chance(0.05):
            return {}
        keys = {self.key() for _ in range(self.rng.randrange(1, 5))}
        found = {}
        for key in sorted(keys):
            found[key] = None if nulls and self.chance(0.2) else self.value_of(key)
        if type(found.get("chroma:document", "")) is not str:
            # Chroma's log panics on it, and the server takes no more writes.
            found["chroma:document"] = self.string()
        return found

    def component(self):
        if self.chance(0.02):
            return self.pick([Raw("1e300"), Raw("3.4028234e38"), Raw("1e-45"), Raw("-0.0"), 1 << 63, 16777217, Raw("1e-50")])
        if self.chance(0.25):
            return self.rng.randrange(-3, 4)
        return round(self.rng.uniform(-4, 4), self.rng.randrange(1, 9))

    def vector(self, dimension):
        if self.chance(0.02):
            dimension = self.rng.randrange(0, 6)
        return [self.component() for _ in range(dimension)]

    def base64_vector(self, dimension):
        if self.chance(0.06):
            return self.pick(BASE64_ERRORS)
        values = [self.rng.uniform(-4, 4) for _ in range(dimension)]
        return base64.b64encode(struct.pack(f"<{dimension}f", *values)).decode()

    def vectors(self, count, dimension, nulls=False):
        in_base64 = self.chance(0.2)
        rows = [
            self.base64_vector(dimension) if in_base64 else self.vector(dimension) for _ in range(count)]
        if self.chance(0.015):
            rows.append(self.base64_vector(dimension) if not in_base64 else self.vector(dimension))
        if nulls:
            rows = [None if self.chance(0.2) else row for row in rows]
        return rows

    def mutated(self, body):
        """The body with one thing wrong somewhere; sometimes still valid."""
        body = copy.deepcopy(body)
        places = []

        def visit(value):
            entries = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
            for key, item in entries:
                places.append((value, key))
                if isinstance(item, (dict, list)) and item and not isinstance(item, Fields):
                    visit(item)

        if not isinstance(body, (dict, list)) or not body:
            return self.pick(WRONG)
        visit(body)
        if self.chance(0.04):
            return self.pick(WRONG)
        container, key = self.pick(places)
        action = self.rng.random()
        if action < 0.65:
            container[key] = self.pick(WRONG)
        elif action < 0.85:
            del container[key]
        elif isinstance(container, dict):
            container[self.pick(["extra", "a", "ids", "where"])] = self.pick(WRONG)
        else:
            container.append(self.pick(WRONG))
        return body

    def doubled(self, body):
        """The body with one of its fields twice."""
        fields = Fields(body.items())
        if fields:
            key, value = self.pick(fields)
            fields.insert(self.rng.randrange(len(fields) + 1), (key, value if self.chance(0.5) else self.pick(WRONG)))
        return fields

    def broken(self, text):
        """The bytes with a syntax error, or with bytes that are no UTF-8."""
        position = self.rng.randrange(len(text) + 1)
        kind = self.rng.randrange(7)
        if kind == 0:
            return text[:position]
        if kind == 1:
            return text[:position] + self.pick([b"}", b"]", b",", b":", b"\"", b"x", b"\\", b"\x01", b"\n", b"tru", b"-", b"01"]) + text[position:]
        if kind == 2:
            return text[:position] + text[position + 1:]
        if kind == 3:
            return text[:position] + self.pick([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"]) + text[position:]
        if kind == 4:
            return text + self.pick([b" x", b"{}", b"\n\n]", b"\x00", b",", b" \r\n\t"])
        if kind == 5:
            return self.pick([
                b"", b" ", b"null", b"[]", b"{", b"nul", b"NaN", b"'a'", b"\xef\xbb\xbf{}", b"[" * 200, b"{\"a\":" * 150, b"\"\\ud800\"",
                b"{\"name\":\"\\ud800\"}", b"{\"ids\":[\"\\udc00\"]}", b"{\"ids\":[\"\\u12\"]}", b"{\"ids\":[\"\\x\"]}", b"{\"ids\":[1.]}",
                b"{\"ids\":[.5]}", b"{\"ids\":[+1]}", b"{\"ids\":[0x1]}", b"{\"ids\":[1e]}", b"{\"ids\":[-]}", b"{ids:[]}",
                b"{\"ids\":[],}", b"{\"ids\":[\"a\",]}", b"{\"ids\" []}", b"{\"ids\":[]} {}", b"{\"ids\":[\"a\nb\"]}", b"/**/{}"])
        return text.replace(b",", b"\n,\n", 1) + b"]"
