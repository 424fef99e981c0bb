"""Tables on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exhibits import About, Exhibit, ExhibitError
from dashboard.export import formats
from dashboard.export.latex_text import latex, latex_address
from dashboard.export.tables import MOST_ROWS, as_latex, as_markdown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.exhibits import Recording
    from dashboard.export.show import Show

HOSTILE = r"<script>|`x`** [a](b) 50% & $x$ \input{/etc/passwd} #1 _a_ {} ~^ ≥ × ρ − ◆ ✕ é 中"


def made(rows: pd.DataFrame, **values: object) -> Exhibit:
    return Exhibit("k", "table", "A table", "alt", About("3 models", "none"), rows=rows, **values)  # type: ignore[arg-type]


def board() -> Exhibit:
    rows = pd.DataFrame({"Model": ["PhyloP", "Evo_2"], "AUROC": [0.9083, 0.97], "Care": [None, None]})
    return made(rows, best={"AUROC": "high"}, baselines=(0,), file="a b_c")


def test_markdown_has_the_best_in_bold_baselines_marked_and_no_empty_column() -> None:
    lines = as_markdown(board(), None).splitlines()
    assert lines[2:6] == ["| Model | AUROC |", "| :--- | ---: |", "| PhyloP † | 0.908 |", r"| Evo\_2 | **0.970** |"]
    assert "bold: best of its column; † baseline" in lines


def test_latex_has_the_best_in_bold_baselines_in_italics_and_no_empty_column() -> None:
    text = as_latex(board(), None)
    assert r"\textit{PhyloP}\,\dag{} & 0.908 \\" in text
    assert r"Evo\_2 & \textbf{0.970} \\" in text
    assert r"\label{tab:a-b-c}" in text
    assert "Care" not in text


def test_a_long_table_breaks_over_pages_and_repeats_its_head() -> None:
    text = as_latex(made(pd.DataFrame({"a": range(41)})), None)
    assert text.count(r"\begin{longtable}") == 1
    assert text.count(r"\toprule") == 2
    assert r"\begin{table}" in as_latex(made(pd.DataFrame({"a": range(40)})), None)


@pytest.mark.parametrize("typeset", [as_markdown, as_latex], ids=["markdown", "latex"])
def test_a_table_that_no_paper_holds_is_refused(typeset: Callable[[Exhibit, None], str]) -> None:
    with pytest.raises(ExhibitError, match="at most 2,000 rows and “A table” has 2,001"):
        typeset(made(pd.DataFrame({"a": range(MOST_ROWS + 1)})), None)
    with pytest.raises(ExhibitError, match="has no rows"):
        typeset(made(pd.DataFrame({"a": [None]})), None)


def test_foreign_text_stays_text_in_markdown() -> None:
    text = as_markdown(made(pd.DataFrame({"Model": [HOSTILE, "1. x"], "x|y": [1, 2]})), None)
    row = text.splitlines()[4]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
    assert not re.findall(r"(?<!\\)[<`*\[$&]", row.strip("|"))


ALLOWED = re.compile(
    r"\\(?:[a-zA-Z]+|[\\&%$#_{}~^'`=.\", ])"  # a command or an escaped sign
)


def faults(text: str) -> list[str]:
    """What would stop LaTeX: braces that do not balance, raw signs, an odd number of formula signs, not ASCII."""
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    found = [] if body.isascii() else ["not ASCII"]
    bare = ALLOWED.sub("", body)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        found += ["brace"] if depth < 0 else []
    found += ["open brace"] if depth else []
    found += ["formula"] if bare.count("$") % 2 else []
    outside = "".join(bare.split("$")[::2])
    return found + [f"raw {sign}" for sign in "#_^~" if sign in outside]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_latex_that_balances(text: str) -> None:
    assert faults(latex(text)) == []
    assert faults(latex_address(text)) == []
    assert "%" not in latex(text).replace(r"\%", "")
    assert "&" not in latex(text).replace(r"\&", "")


def test_signs_of_the_screen_have_their_latex() -> None:
    assert latex("−0.5 ≥ ×ρ") == r"$-$0.5 $\geq$ $\times$$\rho$"
    assert latex("Gresová") == r"Gresov\'{a}"
    assert latex("中") == r"\texttt{U+4E2D}"
    assert latex("x\u202ey\x00z") == "xyz"


def test_every_table_of_four_views_is_latex_without_faults(recorded: Callable[..., Recording]) -> None:
    views = [("leaderboard", "suite=clinvar"), ("leaderboard", "suite=geneb&show=table&against=yes"), ("size", "")]
    exhibits = [one for page, query in [*views, ("ledgers", "")] for one in recorded(page, query).exhibits]
    assert len(exhibits) >= 5
    for exhibit in exhibits:
        text = as_latex(exhibit, None)
        assert faults(text) == []
        widths = {len(re.findall(r"(?<!\\)&", line)) for line in text.splitlines() if line.endswith(r" \\")}
        assert len(widths) == 1


def test_a_deck_of_hostile_words_is_a_document_that_compiles(shown: Callable[..., Show], tmp_path: Path) -> None:
    show = shown(("leaderboard", "suite=clinvar", "heat"), ("size", "suite=geneb", "nothing"), title=HOSTILE)
    text = formats.write_deck(show, "tex").decode()
    assert faults(text.replace(r"\begin{tabular}", "").replace(r"{!}{%", "{!}{")) == []
    assert text.count(r"\section*") == 3
    if shutil.which("pdflatex"):
        (tmp_path / "deck.tex").write_text(text, "utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "deck.tex"]
        assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0


def test_a_stamped_table_says_view_counts_intervals_data_and_link(shown: Callable[..., Show]) -> None:
    leaf = shown(("leaderboard", "suite=clinvar", "heat")).leaves[0]
    assert leaf.stamp is not None
    for ending in ("md", "tex"):
        text = formats.write_exhibit(shown(("leaderboard", "suite=clinvar", "heat")), ending).decode()
        flat = text.replace(r"\allowbreak ", "").replace("\\", "").replace("{[}", "[")
        assert leaf.stamp.n in flat
        assert leaf.stamp.data in flat
        assert leaf.stamp.link in flat
        assert "2026-11-21" in flat
