"""Tables for papers and notebooks: Markdown and LaTeX, the best in bold, baselines marked, stamped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export.cell_words import baseline_places, best_places, filled_places, numeric_places, worded
from dashboard.export.latex_text import latex, latex_address
from dashboard.text import DASH

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Exhibit
    from dashboard.export.show import Leaf, Show, Stamp

MOST_ROWS = 2_000
_LONG_TABLE = 40
_MANY_COLUMNS = 7
_LONG_CELL = 36
_MARK = "†"
_IN_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$&])")
_AT_START = re.compile(r"^(\d*)([#+\-=.)])")


@dataclass(frozen=True, slots=True)
class _Paper:
    """A table ready to be typeset: words, what aligns right, which rows are baselines, which cells the best."""

    headings: list[str]
    cells: list[list[str]]
    numeric: frozenset[int]
    baselines: frozenset[int]
    best: frozenset[tuple[int, int]]

    @property
    def legend(self) -> str:
        """What its marks mean, where it has any."""
        said = ["bold: best of its column"] if self.best else []
        return "; ".join([*said, f"{_MARK} baseline"] if self.baselines else said)


def as_markdown(exhibit: Exhibit, stamp: Stamp | None) -> str:
    """The rows as a Markdown table under its title, with what has to stand beside the numbers.

    Raises:
        ExhibitError: it has no rows, or more than 2,000.
    """
    return "\n\n".join([f"**{_md(exhibit.title)}**", _md_table(_paper(exhibit)), *_md_stamp(exhibit, stamp)]) + "\n"


def as_latex(exhibit: Exhibit, stamp: Stamp | None) -> str:
    """The rows as a LaTeX table with caption and label; needs booktabs and graphicx, above 40 rows longtable.

    Raises:
        ExhibitError: it has no rows, or more than 2,000.
    """
    paper = _paper(exhibit)
    caption = rf"\caption[{latex(exhibit.title)}]{{{_caption(exhibit, paper, stamp)}}}"
    label = rf"\label{{tab:{_label(exhibit.file)}}}"
    made = _long if len(paper.cells) > _LONG_TABLE else _float
    packages = "booktabs,longtable" if made is _long else "booktabs,graphicx"
    return _preface(stamp, packages) + made(paper, caption, label)


def deck_markdown(show: Show) -> str:
    """Every slide of a deck as a section, then its sources."""
    parts = [f"# {_md(show.title)}"]
    for leaf in show.leaves:
        parts += [f"## {_md(leaf.headline)}", *_md_leaf(leaf)]
    if show.sources:
        parts.append("## Sources")
        parts.append(
            "\n".join(f"{n}. {_md(one.citation)} {one.url or ''}".rstrip() for n, one in enumerate(show.sources, 1))
        )
    return "\n\n".join(parts) + "\n"


def deck_latex(show: Show) -> str:
    """A document of its own with every table of a deck, then its sources."""
    parts = [
        r"\documentclass{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage{booktabs,graphicx,longtable}",
        rf"\title{{{latex(show.title)}}}",
        rf"\date{{{latex(show.date)}}}",
        r"\begin{document}",
        r"\maketitle",
    ]
    for leaf in show.leaves:
        parts.append(rf"\section*{{{latex(leaf.headline)}}}")
        parts.append(_said(leaf, as_latex, latex))
        parts += [latex(leaf.slide.note)] if leaf.slide.note else []
        parts.append(r"\clearpage")
    if show.sources:
        listed = "\n".join(rf"\item {latex(one.citation)} {_address(one.url)}" for one in show.sources)
        parts += [r"\section*{Sources}", r"\begin{enumerate}", listed, r"\end{enumerate}"]
    return "\n".join([*parts, r"\end{document}"]) + "\n"


def _said(leaf: Leaf, typeset: Callable[[Exhibit, Stamp | None], str], escape: Callable[[str], str]) -> str:
    """The table of a slide, or the sentence of why there is none."""
    if leaf.exhibit is None:
        return escape(leaf.failure or "This slide has no content.")
    try:
        return typeset(leaf.exhibit, leaf.stamp)
    except ExhibitError as error:
        return escape(f"{error}.")


def _md_leaf(leaf: Leaf) -> list[str]:
    note = [f"> {_md_line(leaf.slide.note)}"] if leaf.slide.note else []
    said = _said(leaf, as_markdown, _md_line).rstrip()
    title = "" if leaf.exhibit is None else f"**{_md(leaf.exhibit.title)}**"
    # The headline says it already.
    return [said.removeprefix(title).lstrip() if leaf.exhibit and leaf.exhibit.title == leaf.headline else said, *note]


def _paper(exhibit: Exhibit) -> _Paper:
    rows = exhibit.rows
    filled = [] if rows is None else filled_places(rows)
    if rows is None or not filled:
        raise ExhibitError(f"“{exhibit.title}” has no rows to make a table of")
    if len(rows) > MOST_ROWS:
        raise ExhibitError(
            f"a table on paper holds at most {MOST_ROWS:,} rows and “{exhibit.title}” has {len(rows):,}: "
            "take its CSV, or filter it"
        )
    words = worded(rows).iloc[:, filled]
    return _Paper(
        headings=[str(name) for name in words.columns],
        cells=[list(row) for row in words.itertuples(index=False, name=None)],
        numeric=numeric_places(rows.iloc[:, filled]),
        baselines=frozenset(baseline_places(exhibit)),
        best=frozenset((row, filled.index(column)) for row, column in best_places(exhibit) if column in filled),
    )


def _md(text: str) -> str:
    """Foreign text that stays text: one line, no markup, no HTML."""
    return _IN_MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _md_line(text: str) -> str:
    """Likewise at the start of a line, where a number and a sign would begin a list or a heading."""
    return _AT_START.sub(r"\1\\\2", _md(text))


def _md_table(paper: _Paper) -> str:
    rule = ["---:" if place in paper.numeric else ":---" for place in range(len(paper.headings))]
    rows = [[_md_cell(paper, row, column) for column in range(len(rule))] for row in range(len(paper.cells))]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in [list(map(_md, paper.headings)), rule, *rows])
    return f"{table}\n\n{paper.legend}" if paper.legend else table


def _md_cell(paper: _Paper, row: int, column: int) -> str:
    text = _md(paper.cells[row][column])
    if (row, column) in paper.best:
        text = f"**{text}**"
    return f"{text} {_MARK}" if column == 0 and row in paper.baselines else text


def _md_stamp(exhibit: Exhibit, stamp: Stamp | None) -> list[str]:
    notes = [_md_line(note) for note in exhibit.notes]
    if stamp is None:
        return [*notes, _md_line(f"{exhibit.about.n} · {exhibit.about.interval}")]
    first, second = _stamped(stamp)
    lines = [_md_line(first), f"{_md_line(second)} · <{_address_of(stamp.link)}>"]
    sources = [f"{_md(one.citation)} {one.url or ''}".rstrip() for one in stamp.sources]
    return [*notes, "  \n".join(lines), *([f"Sources: {' · '.join(sources)}"] if sources else [])]


def _stamped(stamp: Stamp) -> tuple[str, str]:
    """What every stamp says, in two lines: what is shown, and of which data."""
    return " · ".join(filter(None, [*stamp.view, stamp.n, stamp.interval])), f"{stamp.data} · {stamp.date}"


def _address_of(link: str) -> str:
    """An address that cannot end the brackets around it."""
    return "".join("" if one.isspace() else f"%{ord(one):02X}" if one in '<>"`{}\\' else one for one in link)


def _float(paper: _Paper, caption: str, label: str) -> str:
    body = "\n".join(_latex_row(paper, row) for row in range(len(paper.cells)))
    return "\n".join([
        r"\begin{table}[htbp]",
        r"\centering",
        *_tight(paper),
        caption,
        label,
        *([r"\resizebox{\linewidth}{!}{%"] if _is_wide(paper) else []),
        rf"\begin{{tabular}}{{{_alignment(paper)}}}",
        r"\toprule",
        _latex_headings(paper),
        r"\midrule",
        body,
        r"\bottomrule",
        r"\end{tabular}" + ("}" if _is_wide(paper) else ""),
        r"\end{table}",
    ]) + "\n"  # fmt: skip


def _long(paper: _Paper, caption: str, label: str) -> str:
    body = "\n".join(_latex_row(paper, row) for row in range(len(paper.cells)))
    return "\n".join([
        r"\begingroup",
        *_tight(paper),
        rf"\begin{{longtable}}{{{_alignment(paper)}}}",
        caption,
        rf"{label}\\",
        r"\toprule",
        _latex_headings(paper),
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        _latex_headings(paper),
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        body,
        r"\end{longtable}",
        r"\endgroup",
    ]) + "\n"  # fmt: skip


def _tight(paper: _Paper) -> list[str]:
    return [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}"] if _is_wide(paper) else [r"\small"]


def _is_wide(paper: _Paper) -> bool:
    return len(paper.headings) > _MANY_COLUMNS


def _alignment(paper: _Paper) -> str:
    return "".join(_column_kind(paper, place) for place in range(len(paper.headings)))


def _column_kind(paper: _Paper, place: int) -> str:
    if place in paper.numeric:
        return "r"
    longest = max((len(cells[place]) for cells in paper.cells), default=0)
    return r"p{0.28\linewidth}" if longest > _LONG_CELL else "l"


def _latex_headings(paper: _Paper) -> str:
    return " & ".join(map(latex, paper.headings)) + r" \\"


def _latex_row(paper: _Paper, row: int) -> str:
    return " & ".join(_latex_cell(paper, row, column) for column in range(len(paper.headings))) + r" \\"


def _latex_cell(paper: _Paper, row: int, column: int) -> str:
    text = latex(paper.cells[row][column]) if paper.cells[row][column] != DASH else "--"
    if (row, column) in paper.best:
        text = rf"\textbf{{{text}}}"
    return rf"\textit{{{text}}}\,\dag{{}}" if column == 0 and row in paper.baselines else text


def _caption(exhibit: Exhibit, paper: _Paper, stamp: Stamp | None) -> str:
    said = [latex(exhibit.title).rstrip(".") + "."]
    if paper.legend:
        said.append(latex(paper.legend[0].upper() + paper.legend[1:]) + ".")
    if stamp is None:
        return " ".join([*said, latex(f"{exhibit.about.n} · {exhibit.about.interval}.")])
    first, second = _stamped(stamp)
    return " ".join([*said, latex(first) + ".", latex(second) + ":", f"{_address(stamp.link)}."])


def _address(link: str | None) -> str:
    return latex_address(link) if link else ""


def _label(stem: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower() or "table"


def _preface(stamp: Stamp | None, packages: str) -> str:
    """Comments above the table: which packages it needs, and what makes it again."""
    lines = [rf"% \usepackage{{{packages}}}"]
    if stamp is not None:
        lines += [f"% {stamp.command}", *(f"% {one.citation} {one.url or ''}".rstrip() for one in stamp.sources)]
    return "".join(f"{_one_line(line)}\n" for line in lines)


def _one_line(text: str) -> str:
    """A comment ends with its line, so it must have one only; ASCII, since nothing is declared about the file."""
    return " ".join(text.split()).encode("ascii", "replace").decode()
