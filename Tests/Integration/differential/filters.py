"""Random filters: `where` and `where_document` trees, and regular expressions, right and wrong."""
from .json_text import Fields
from .values import DOCUMENTS, WRONG

PATTERNS = [
    "", "a", "fox", "(?i)FOX", "^the", "dog$", "^$", r"\d+", r"\D", r"\w+@\w+\.com", r"\s", r"\S+\s+\S+", r"\bfox\b", r"\Bo",
    "qu?ick", "a*", "a+b", "a{3}", "a{2,}", "a{1,2}b", "a{0}", "(a|b)c", "(?:fox|dog)", "(?P<n>fo)x", "(?<n>fo)x", "[a-c]+", "[^a-z]",
    r"[\d_]+", r"[\w&&[^a-z]]", "[a-z&&[aeiou]]", "[a-z--[aeiou]]", "[a-z~~b]", "[[:alpha:]]+", "[[:^digit:]]", r"[\p{L}]+", r"\p{Greek}",
    r"\p{Cyrillic}+", r"\P{L}", r"\pL\pN?", r"\p{Han}", r"\p{Lu}\p{Ll}+", r"\p{sc=Hebrew}", r"\p{Script=Arabic}",
    r"\p{gc=Nd}", r"\p{Emoji}", r"\p{Alphabetic}", r"(?i)straße", "(?i)ſ", "(?i)ς", "(?i)K", "(?i)é", ".", "a.b", "(?s)a.b", "(?m)^new", "(?x) f o x # c",
    "(?U)a+", "(?i-u:fox)", "(?-i)Fox", "a|", "|", "()", "(|a)", "x??", "a*?b", r"\x61", r"\x{1F642}", r"\u0061", r"\u{1F642}", r"\U0001F642", r"\.",
    r"\$\^\.\|", r"\\", r"\t", r"\n", r"\r\n", r"\A\w", r"\w\z", r"[\]]", r"[]a]", "[^]a]", "[-a]", "[a-]", r"[a\-z]", r"\-", r"\#", r"\ ", "日本", "[日-本]",
    "🙂", "(?i)привет", r"\b\w{3}\b", r"(\w+)\s(\w+)", r"\d{4}-\d{2}", ".*", "(?s).*", r"^\s*$", "(((((a)))))", "(a*)*", "(a+)+$", "[^\\x00]", r"\x00", r"\0", "%",
    r"\b{start}fox", r"\b{end}", r"\<fox\>", r"(?R)$", "(?m)$", r"\/", r"\~", "[a-zA-Z]{2,4}", "(?i:a)b", "a{,3}", r"\p{^L}", r"\P{^L}", r"[\p{L}--\p{Lu}]", r"[\d\D]",
    r"[^\d\D]", "(?i)[^a]", "(?i)[k-s]"]
WRONG_PATTERNS = [
    "[", "(", ")", "*", "+", "?", "a{", "a{1", "a{2,1}", "a{x}", "a{1,2", "{1}", "a**", "a+*", "[z-a]", "[a", "[a-", "[^", "[[:foo:]]", "[[:alpha:]", "\\", r"\q", r"\8",
    r"\p{Foo}", r"\p{", r"\p", r"\p{Script=Foo}", r"\p{foo=bar}", r"\x", r"\x{", r"\x{110000}", r"\x{d800}", r"\xg0", r"\u12", r"\U0011FFFF", "(?", "(?a)", "(?i", "(?i-)", "(?-)", "(?ii)",
    "(?i-i)", "(?P<", "(?P<n", "(?P<>a)", "(?P<1>a)", "(?P<n>a)(?P<n>b)", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", r"(a)\1", r"\k<n>", "(?P=n)", "(?#c)", "a{99999999999}", "a{1000}{1000}{1000}",
    r"[\b]", r"[a-\d]", r"[\d-z]", "((a)", "(a))", "a|*", "(*)", "(?:*)", "^*", "$+", r"\b*", "(?i)*", r"\Z", r"\G", r"\h", r"\R", r"\X", r"\Qa\E", "(?-u)\\xFF", "(?-u:.)", r"(?-u)\W", "日[", "a\n[",
    "(?x)[ a", "\n\n(", r"\p{L", r"[\p{L}", "a{0,1001}{1001}", r"\w{1000}{10}", "[&&]", "[a&&]", "[&&a]", "[--]", "[]", "[^]", r"\b{foo}", r"\b{", "(?x)a {", "(?<n-m>a)", "(?<é>a)"]
_ATOMS = [
    "a", "b", "o", "x", "fox", ".", r"\d", r"\w", r"\s", r"\W", r"\b", "^", "$", "[a-f]", "[^o]", r"[\w-]", r"\p{L}", "é", "日", " ", r"\.", "(?i)", "[0-9]", "_", "(?:ab)", "(o|x)"]
_SUFFIXES = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?", "+?", "??", "{2,}"]

SCALAR_OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$contains", "$not_contains"]
DOCUMENT_OPERATORS = ["$contains", "$not_contains", "$regex", "$not_regex"]
_WRONG_OPERATORS = ["$not", "$foo", "", "eq", "$and", "$or", "$regex", "$EQ", "$exists"]


class Filters:
    def __init__(self, values):
        self.values = values

    def pattern(self):
        draw = self.values.rng.random()
        if draw < 0.45:
            return self.values.pick(PATTERNS)
        if draw < 0.55:
            return self.values.pick(WRONG_PATTERNS)
        made = "".join(
            self.values.pick(_ATOMS) + self.values.pick(_SUFFIXES)
            for _ in range(self.values.rng.randrange(1, 4)))
        if draw < 0.92:
            return made
        position = self.values.rng.randrange(len(made) + 1)
        return made[:position] + self.values.pick(list("[](){}*+?\\|^$-&~#:<>P=!,1é\n")) + made[position:]

    def document(self, depth=0):
        """A `where_document`."""
        values = self.values
        if values.chance(0.03):
            return values.pick([{}, {"$contains": "a", "$not_contains": "b"}, {"#document": {"$contains": "a"}}] + WRONG)
        if depth < 3 and values.chance(0.25):
            return {values.pick(["$and", "$or"]): [
                self.document(depth + 1) for _ in range(values.rng.randrange(0 if values.chance(0.1) else 1, 4))]}
        operator = values.pick(DOCUMENT_OPERATORS)
        if values.chance(0.03):
            operator = values.pick(_WRONG_OPERATORS + ["$eq", "$gt"])
        return {operator: self.document_operand(operator)}

    def document_operand(self, operator):
        values = self.values
        if values.chance(0.02):
            return values.pick(WRONG)
        if "regex" in operator:
            return self.pattern()
        text = values.pick(DOCUMENTS)
        if values.chance(0.5) and text:
            start = values.rng.randrange(len(text))
            text = text[start:start + values.rng.randrange(1, 5)]
        return text

    def where(self, depth=0):
        values = self.values
        if values.chance(0.03):
            return values.pick([
                {}, {"s": "a", "i": 1}, {"s": {"$eq": "a", "$ne": "b"}}, {"s": {}}, {"$and": {}}, {"$or": "x"}, {"$not": {"s": "a"}},
                {"s": ["a"]}, {"s": None}, {"#document": "x"}, {"#id": "a"}, {"$eq": 1}, {"#embedding": 1}, Fields([("s", "a"), ("s", "b")])] + WRONG)
        if depth < 3 and values.chance(0.25):
            return {values.pick(["$and", "$or"]): [
                self.where(depth + 1) for _ in range(values.rng.randrange(0 if values.chance(0.1) else 1, 4))]}
        if values.chance(0.06):
            operator = values.pick(DOCUMENT_OPERATORS)
            return {"#document": {operator: self.document_operand(operator)}}
        if values.chance(0.12):
            # A fraction where integers are.
            operator = values.pick(SCALAR_OPERATORS[:8])
            operand = round(values.rng.uniform(-3, 6), 1)
            return {values.pick(["i", "i2", "m"]): {operator: [operand] if "in" in operator else operand}}
        key = values.key()
        if values.chance(0.15):
            return {key: self.operand(key)}
        operator = values.pick(SCALAR_OPERATORS)
        if values.chance(0.03):
            operator = values.pick(_WRONG_OPERATORS)
        return {key: {operator: self.operand(key, operator)}}

    def operand(self, key, operator="$eq"):
        values = self.values
        if values.chance(0.03):
            return values.pick(WRONG)
        kind = key[1:2] if key[:1] == "l" else key[:1]
        if kind not in ("s", "i", "f", "b") or values.chance(0.06):
            kind = values.pick("siffb")
        if operator in ("$gt", "$gte", "$lt", "$lte") and kind in "sb" and values.chance(0.9):
            kind = values.pick("if")
        if operator in ("$in", "$nin"):
            operands = [values.scalar(kind) for _ in range(values.rng.randrange(1, 4))]
            if values.chance(0.05):
                operands.append(values.pick(WRONG))
            return operands
        return values.scalar(kind)
