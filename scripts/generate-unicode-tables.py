#!/usr/bin/env python3
"""Writes Sources/FilterIndex/Regex/Unicode/UnicodeTables.swift.

Needs the package `regex` (pip install regex), whose copy of the Unicode character database is the
source. A set of code points is written as one line: for each range the gap since the last one ended and
its length less one, each as digits of five bits, low first, in the alphabet below, whose upper half says
that another digit follows.
"""

import sys

import regex
from regex._regex_core import PROPERTIES, PROPERTY_NAMES

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVabcdefghijklmnopqrstuvwxyzWXYZ+-"
EVERYTHING = "".join(map(chr, range(0x110000)))

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn"

BINARY = """
Alphabetic ASCII_Hex_Digit Bidi_Control Bidi_Mirrored Case_Ignorable Cased Changes_When_Casefolded
Changes_When_Casemapped Changes_When_Lowercased Changes_When_NFKC_Casefolded
Changes_When_Titlecased Changes_When_Uppercased Dash Default_Ignorable_Code_Point Deprecated
Diacritic Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation
Extended_Pictographic Extender Grapheme_Base Grapheme_Extend Grapheme_Link Hex_Digit Hyphen
IDS_Binary_Operator IDS_Trinary_Operator IDS_Unary_Operator ID_Compat_Math_Continue
ID_Compat_Math_Start ID_Continue ID_Start Ideographic Join_Control Logical_Order_Exception
Lowercase Math Modifier_Combining_Mark Noncharacter_Code_Point Other_Alphabetic
Other_Default_Ignorable_Code_Point Other_Grapheme_Extend Other_ID_Continue Other_ID_Start
Other_Lowercase Other_Math Other_Uppercase Pattern_Syntax Pattern_White_Space
Prepended_Concatenation_Mark Quotation_Mark Radical Regional_Indicator Sentence_Terminal
Soft_Dotted Terminal_Punctuation Unified_Ideograph Uppercase Variation_Selector White_Space
XID_Continue XID_Start
""".split()


def number(value):
    out = ""
    while value >= 32:
        out += DIGITS[32 + (value & 31)]
        value >>= 5
    return out + DIGITS[value]


def ranges(expression):
    out, end = "", 0
    for match in regex.finditer(f"[{expression}]+", EVERYTHING):
        out += number(match.start() - end) + number(match.end() - match.start() - 1)
        end = match.end()
    return out


def folded(name):
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")


def aliases(table, identity):
    return sorted({folded(name) for name, value in table.items() if value == identity})


def binary():
    for name in BINARY:
        key = name.replace("_", "").upper()
        if key not in PROPERTIES:
            print(f"not in this package: {name}", file=sys.stderr)
            continue
        identity = PROPERTIES[key][0]
        names = sorted({folded(n) for n, (i, _) in PROPERTIES.items() if i == identity})
        yield names, ranges(rf"\p{{{name}}}")


def valued(prop):
    _, values = PROPERTIES[prop]
    for identity in sorted(set(values.values())):
        names = aliases(values, identity)
        # What has no script or break of its own is not a value that patterns may name.
        if "zzzz" in names or "xx" in names:
            continue
        text = ranges(rf"\p{{{prop}={names[0]}}}")
        if text:
            yield names, text


def categories():
    for name in CATEGORIES.split():
        yield [name.lower()], ranges(rf"\p{{gc={name}}}")


def orbits():
    """Sets of code points that are equal under simple case folding, of at least two."""
    cased = [
        c for c in EVERYTHING
        if regex.match(r"[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}\p{Cased}]", c)
    ]
    haystack = "".join(cased)
    # The package equates i and dotless i, too, as Turkish does; simple case folding does not.
    turkish = {"\u0130", "\u0131"}
    seen, out, last = set(), "", 0
    for c in cased:
        if c in seen or c in turkish:
            continue
        orbit = sorted(set(regex.findall(f"(?i){regex.escape(c)}", haystack)) - turkish)
        seen.update(orbit)
        if len(orbit) < 2:
            continue
        out += number(ord(orbit[0]) - last) + number(len(orbit) - 2)
        last = ord(orbit[0])
        for a, b in zip(orbit, orbit[1:]):
            out += number(ord(b) - ord(a))
    return out


def table(name, comment, rows):
    yield f"  /// {comment}"
    yield f"  static let {name}: [(names: StaticString, ranges: StaticString)] = ["
    for names, text in rows:
        yield f'    ("{" ".join(names)}", "{text}"),'
    yield "  ]"
    yield ""


def main(path):
    lines = [
        "// swift-format-ignore-file",
        "// Written by scripts/generate-unicode-tables.py from the Unicode character database.",
        "",
        "/// The character database in short: `CodePointSet.init(packed:)` reads the sets.",
        "enum UnicodeTables {",
    ]
    lines += table("categories", "General categories, by their short names.", categories())
    lines += table("scripts", "Values of Script.", valued("SCRIPT"))
    lines += table("scriptExtensions", "Values of Script_Extensions.", valued("SCRIPTEXTENSIONS"))
    lines += table("binary", "Properties that are true or false.", binary())
    lines += table("graphemeBreaks", "Values of Grapheme_Cluster_Break.",
                   valued("GRAPHEMECLUSTERBREAK"))
    lines += table("wordBreaks", "Values of Word_Break.", valued("WORDBREAK"))
    lines += table("sentenceBreaks", "Values of Sentence_Break.", valued("SENTENCEBREAK"))
    lines += [
        "  /// Sets of code points equal under simple case folding: the distance of the least from the last",
        "  /// set's least, the size less two, and the distances between the members.",
        f'  static let caseOrbits: StaticString = "{orbits()}"',
        "}",
    ]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1
         else "Sources/FilterIndex/Regex/Unicode/UnicodeTables.swift")
