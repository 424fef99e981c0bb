"""Bad input: texts that break programs, and good input with something wrong in it."""

from __future__ import annotations

import gzip
from typing import Any

from hypothesis import strategies as st

NUMBERS = (
    "0", "-0", "-0.0", "1e309", "-1e309", "1e-400", "NaN", "nan", "inf", "-Infinity", "9" * 20, "9" * 400, "9" * 5000,
    "0x10", "1_0", "1,5",
    "\u0661\u0662", "\uff11", "1.", ".5", "+1", "00001", "1e5", "9223372036854775808", "2.5e+",
)  # fmt: skip
"""Numbers, and what some reader somewhere takes for one."""
WORDS = (
    "", " ", "\t", "\n", "\r\n", "\r", "\0", "\ufeff", "\u202e", "\u2028", "\x85", "\x1b[31m",
    "'", '"', '""', "`", "\\",
    "=1+1", "@SUM", "-", ".", ",", ";", "|", "=", "<", ">", "[", "]", "(", ")", "{", "}", "%00", "%", "&", "#", "~",
    "../../etc/passwd", "<script>", "\U0001f9ec", "e\u0301" * 30, "\u00df", "\u0130", "None", "null", "true",
    "pathogenic",
    "Benign", "VUS", "BRCA1", "M1775R", "p.Met1775Arg", "chr17", "A" * 3000, " " * 3000, "(" * 3000, "a=" * 1000,
)  # fmt: skip
"""Words that mean something to a parser, to a terminal or to a page."""

words = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.text(max_size=12))
texts = st.lists(words, max_size=4).map("".join)
lines = texts.map(lambda text: "".join(letter for letter in text if letter not in "\r\n"))
bites = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=40))

json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from([2**53 + 1, -(2**63) - 1, 10**400])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, sources: list[bytes]) -> bytes:
    """Good bytes with one to four things wrong: cut off, bytes changed, taken out, doubled, or others put in."""
    content = draw(st.sampled_from(sources))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 1, 2, 8, 64, 1000])))
        kind = draw(st.sampled_from(["cut", "take", "double", "put", "flip", "swap"]))
        piece = content[start:end]
        if kind == "cut":
            content = content[:start] or content
        elif kind == "take":
            content = content[:start] + content[end:]
        elif kind == "double":
            content = content[:end] + piece * draw(st.sampled_from([1, 2, 50])) + content[end:]
        elif kind == "put":
            content = content[:start] + draw(bites) + content[end:]
        elif kind == "flip":
            mask = draw(st.integers(1, 255))
            content = content[:start] + bytes(byte ^ mask for byte in piece) + content[end:]
        else:
            content = content[:start] + content[end : end + 64] + piece + content[end + 64 :]
    return content


@st.composite
def damaged_json(draw: st.DrawFn, source: Any) -> Any:
    """A good value of JSON with one to three places changed, taken out or added to."""
    found = source
    for _ in range(draw(st.integers(1, 3))):
        found = _changed(draw, found)
    return found


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """The way down ends at any depth, and something else stands there then."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value)))
        kind = draw(st.sampled_from(["in", "in", "in", "in", "out", "add", "rename"]))
        rest = {name: one for name, one in value.items() if name != key}
        if kind == "in":
            return {**value, key: _changed(draw, value[key])}
        if kind == "out":
            return rest
        return {
            **(value if kind == "add" else rest),
            draw(texts): value[key] if kind == "rename" else draw(json_values),
        }
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(value) - 1))
        kind = draw(st.sampled_from(["in", "in", "out", "many"]))
        if kind == "in":
            return [*value[:at], _changed(draw, value[at]), *value[at + 1 :]]
        return [*value[:at], *[value[at]] * (50 if kind == "many" else 0), *value[at + 1 :]]
    return draw(json_values)


def packed(contents: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Contents gzipped, mostly whole, else cut off or damaged."""
    whole = contents.map(lambda content: gzip.compress(content, 1, mtime=0))
    cut = st.tuples(whole, st.integers(2, 60)).map(lambda pair: pair[0][: -pair[1]])
    wrong = st.tuples(whole, st.integers(3, 40), st.integers(0, 255)).map(
        lambda one: one[0][: one[1]] + bytes([one[2]]) + one[0][one[1] + 1 :]
    )
    return st.one_of(whole, cut, wrong)


def encoded(contents: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Text in the encodings and with the ends of lines that programs write."""

    def written(pair: tuple[str, str, str]) -> bytes:
        text, encoding, end = pair
        return text.replace("\n", end).encode(
            encoding, "replace" if encoding in {"latin-1", "cp1252"} else "surrogatepass"
        )

    encodings = st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
    return st.tuples(contents, encodings, st.sampled_from(["\n", "\n", "\r\n", "\r"])).map(written)
