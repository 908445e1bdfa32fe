"""JSON as the differ needs it: read with the text of every float, written with what no library would."""
import json


class Float(str):
    """A number with a point or an exponent, as it was spelled; never equal to a string or an integer."""

    @property
    def value(self):
        return float(self)


class Raw(str):
    """Written as it stands, whatever it is."""


class Fields(list):
    """An object with its fields in this order; a name may come twice."""


def read(body):
    """The value of a body, numbers as int or Float. Raises ValueError, also for a key that comes twice."""

    def pairs(found):
        if len({key for key, _ in found}) != len(found):
            raise ValueError("a key twice in one object")
        return dict(found)

    def constant(name):
        raise ValueError(f"{name} is no JSON")

    return json.loads(
        body, parse_float=Float, parse_constant=constant, object_pairs_hook=pairs)


def write(value, ascii_only=False, pretty=False):
    """The bytes of a request's body."""
    return _text(value, ascii_only, "\n" if pretty else "", 0).encode("utf-8", "surrogatepass")


def _text(value, ascii_only, newline, depth):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (dict, Fields)):
        items = value.items() if isinstance(value, dict) else value
        parts = [
            f"{_string(key, ascii_only)}:{_text(item, ascii_only, newline, depth + 1)}"
            for key, item in items]
        brackets = "{}"
    elif isinstance(value, (list, tuple)):
        parts = [_text(item, ascii_only, newline, depth + 1) for item in value]
        brackets = "[]"
    elif isinstance(value, str):
        return _string(value, ascii_only)
    elif isinstance(value, float):
        return repr(value)
    else:
        return json.dumps(value)
    pad = " " * (depth + 1) if newline else ""
    inner = f",{newline}{pad}".join(parts)
    return f"{brackets[0]}{newline}{pad}{inner}{newline}{brackets[1]}"


def _string(value, ascii_only):
    return json.dumps(str(value), ensure_ascii=ascii_only)
