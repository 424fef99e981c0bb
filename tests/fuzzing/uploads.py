"""Files of a split with anything in them: grammars of VCF, FASTA, separated values and workbooks."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from engine.local_split.examples import EXAMPLES
from tests.engine.local_split.malformed import listed, mistaken, refused
from tests.engine.local_split.packed import archive, members
from tests.fuzzing.inputs import lines, texts, words

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_SEED = 40_000
_INFO = st.one_of(
    lines, st.builds("{}={}".format, st.sampled_from(["CLNSIG", "GENEINFO", "MC", "AF", "id", "="]), lines)
)
_CELLS = st.one_of(
    lines,
    st.sampled_from(
        ["17", "chr17", "43044295", "A", "G", "ACGT", "*", "<DEL>", "A,G,T", "A[1:2[", "PASS", "0", "1", "0.5"]
    ),
)


def vcf() -> st.SearchStrategy[str]:
    """A VCF file whose lines, keys and alleles are anything."""
    about = st.one_of(
        st.just("##fileformat=VCFv4.2"),
        st.builds("##INFO=<ID={},Number={},Type=String>".format, lines, st.sampled_from(["A", "1", ".", "R"])),
        lines.map("##{}".format),
    )
    header = st.one_of(
        st.just("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"), lines.map("#CHROM\tPOS\tID\tREF\tALT\t{}".format)
    )
    info = st.lists(_INFO, max_size=5).map(";".join)
    body = st.tuples(_CELLS, _CELLS, _CELLS, _CELLS, _CELLS, _CELLS, _CELLS, info).map("\t".join)
    body = st.one_of(body, body, body, st.lists(_CELLS, max_size=10).map("\t".join))
    return st.tuples(st.lists(about, max_size=4), header, st.lists(body, max_size=6)).map(
        lambda parts: "\n".join(["##fileformat=VCFv4.2", *parts[0], parts[1], *parts[2]])
    )


def fasta() -> st.SearchStrategy[str]:
    """Sequences with headers of any kind."""
    key = st.sampled_from(["label", "split", "id", "sequence", "gene", "=", "a=b"])
    pair = st.builds("{}={}".format, key, lines)
    title = st.lists(st.one_of(lines, pair, st.sampled_from(["|", "sp|P1|X", "1", "test", "  "])), max_size=5).map(
        " ".join
    )
    record = st.tuples(title, st.lists(st.one_of(st.text("ACGTNacgt*-. ", max_size=30), lines), max_size=3))
    return st.lists(record, max_size=6).map(
        lambda found: ">" + "\n>".join("\n".join([title, *letters]) for title, letters in found)
    )


def separated() -> st.SearchStrategy[str]:
    """Rows of cells, quoted or not, below a header of names that mean something or nothing."""
    name = st.one_of(
        lines,
        st.sampled_from(
            ["label", "gene", "chrom", "pos", "ref", "alt", "sequence", "variant", "score", "split", "id", "hgvsc"]
        ),
    )
    cell = st.one_of(
        lines, texts.map(lambda text: '"' + text.replace('"', '""') + '"'), st.sampled_from(["0", "1", "benign"])
    )
    width = st.integers(1, 6)
    rows = width.flatmap(
        lambda count: st.tuples(
            st.lists(name, min_size=count, max_size=count),
            st.lists(st.lists(cell, min_size=count, max_size=count + 1), max_size=8),
        )
    )
    return st.tuples(rows, st.sampled_from(",\t;"), st.lists(lines.map("#{}".format), max_size=2)).map(
        lambda one: "\n".join([*one[2], *(one[1].join(row) for row in [one[0][0], *one[0][1]])])
    )


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook whose XML is whole, with anything in its cells, styles, texts and links."""
    safe = words.map(lambda text: "".join(letter for letter in text if letter.isprintable() or letter == " "))
    kind = st.sampled_from(
        ["", ' t="s"', ' t="b"', ' t="e"', ' t="str"', ' t="d"', ' t="n"', ' t="x"', ' s="1"', ' s="99"']
    )
    inner = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["v", "f", "t", "is", "rPh"]), safe.map(escape))
    place = st.one_of(
        st.just(""), safe.map(lambda text: f" r={quoteattr(text)}"), st.sampled_from([' r="A1"', ' r="XFD9"', ' r="B"'])
    )
    cell = st.builds("<c{}{}>{}</c>".format, place, kind, st.lists(inner, max_size=2).map("".join))
    plain = safe.map(lambda text: f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>')
    row = st.builds("<row{}>{}</row>".format, place, st.lists(st.one_of(plain, plain, cell), max_size=5).map("".join))
    number = quoteattr(draw(st.sampled_from(["14", "200", "9" * 5000, "x"])))
    styles = (
        f'<numFmts><numFmt numFmtId="200" formatCode={quoteattr(draw(safe))}/></numFmts>'
        f'<cellXfs><xf numFmtId="0"/><xf numFmtId={number}/></cellXfs>'
    )
    parts = members(
        "".join(draw(st.lists(row, max_size=6))),
        texts=tuple(escape(text) for text in draw(st.lists(safe, max_size=3))),
        styles=styles,
        book=draw(st.sampled_from(["", '<workbookPr date1904="1"/>', "<sheets/>"])),
    )
    member = draw(st.sampled_from([None, *parts]))
    if member is not None:
        content = parts[member]
        whole = content.encode("utf-8", "replace") if isinstance(content, str) else content
        at = draw(st.integers(0, len(whole)))
        parts[member] = draw(st.sampled_from([whole[:at], whole[:at] + b"<x>" + whole[at:], whole[at:], whole]))
    return archive(
        {name: text.encode("utf-8", "replace") if isinstance(text, str) else text for name, text in parts.items()}
    )


@cache
def seeds(folder: Path) -> tuple[bytes, ...]:
    """Good files of every kind, and the malformed ones that we know, none of them large."""
    good = [upload.content for one in EXAMPLES for upload in (one.make(), one.sequences and one.sequences()) if upload]
    found = [gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content for content in good]
    known = [one.content for corpus in (refused(folder), listed(), mistaken()) for one in corpus]
    return tuple(content for content in dict.fromkeys([*good, *found, *known]) if len(content) <= _LARGEST_SEED)
