"""What the pages of numbers offer to a deck: which exhibits, what stands beside them, and that their rows are right."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import dashboard
from dashboard.components.about import intervals, method_words, systems
from dashboard.queries.citations import read_citations
from dashboard.queries.provenance import Evidence, Shown, read_compared, read_evidence
from dashboard.queries.suites import CLAIMS
from tests.dashboard.exhibit_checks import check_about, check_keys, check_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording
    from dashboard.queries.ask import Ask

    Recorded = Callable[..., Recording]

_FINDINGS = ("pooled", "leader", "labels", "agreement", "size", "cells")
_RANKS = {"ranks", "numbers", "moves", "rules", "agreement", "agreement-pairs", "left-out", "left-out-ranks"}
_RANKS |= {"left-out-tau", "winners"}
_FOREST = {"values", "verdicts", "numbers", "to-beat", "flags"}
_PARTS = {"parts", "parts-numbers"}
_UNITS = {"units", "unit", "published"}
VIEWS: dict[tuple[str, str], set[str]] = {
    ("overview", ""): {"standings", *_FINDINGS, *(f"{key}-numbers" for key in _FINDINGS)},
    ("leaderboard", ""): {"heat"},
    ("leaderboard", "suite=geneb&show=table&regime=10shot"): {"board"},
    ("leaderboard", "suite=clinvar&show=table&against=yes"): {"board"},
    ("leaderboard", "suite=clinvar_items&against=yes"): {"heat"},
    ("leaderboard", "suite=proteingym&kind=taxon"): {"heat"},
    ("leaderboard", "cell=LucaOne-default-step36M~Promoters"): {"heat", "cell"},
    ("leaderboard", "suite=clinvar&cell=evo-2-40b~all"): {"heat", "cell"},
    ("leaderboard", "suite=clinvar_items&cell=evo-2-7b~mean&against=yes"): {"heat", "cell"},
    ("leaderboard", "search=nobody-is-called-so"): set(),
    ("size", ""): {"size", "worth"},
    ("size", "suite=clinvar"): {"size", "worth"},
    ("ranks", ""): {*_RANKS, "regimes"},
    ("ranks", "suite=dms&aggregate=borda"): _RANKS,
    ("ranks", "suite=clinvar"): _RANKS,
    ("compare", ""): {"categories", "categories-numbers", "side-by-side"},
    ("compare", "level=task"): {"tasks", "tasks-numbers", "side-by-side"},
    ("compare", "suite=clinvar"): {*_PARTS, "flags", "side-by-side"},
    ("compare", "suite=brca1_sge&level=item"): {*_PARTS, "percentiles", "apart", "flags", "side-by-side"},
    ("task", ""): {"values", "numbers"},
    ("task", "suite=geneb&task=iDNA_ABF_5mC"): _FOREST,
    ("task", "suite=clinvar"): {*_FOREST, *_PARTS},
    ("task", "suite=brca1_sge&figure=curves"): {"curves", "to-beat", "flags"},
    ("task", "suite=brca1_sge&figure=scores"): {"scores", "to-beat", "flags"},
    ("task", "suite=brca1_sge&figure=calibration"): {"calibration", "to-beat", "flags"},
    ("task", "suite=geneb&task=iDNA_ABF_5mC&figure=curves"): {"curves", "to-beat", "flags"},
    ("task", "suite=perturbation"): {*_FOREST, *_UNITS, "measures"},
    ("task", "suite=cells&unit=CD34%2B"): {*_FOREST, *_UNITS, "measures"},
    ("task", "suite=networks"): {*_FOREST, *_UNITS, "units-left-out"},
    ("model", "model=evo-2-7b"): {"profile-clinvar", "profile-clinvar_items", "facts", "scores"},
    ("model", "model=gemme"): {"profile-proteingym", "facts", "scores"},
}
_REBUILT = "reconstructed from published MCC"


@pytest.fixture(params=sorted(VIEWS), ids=lambda view: "?".join(filter(None, view)))
def view(request: pytest.FixtureRequest, recorded: Recorded) -> tuple[Recording, set[str]]:
    """A recording of each view, and the keys of what it has to show."""
    return recorded(*request.param), VIEWS[request.param]


def test_a_view_offers_what_it_shows_each_under_a_key_of_its_own(view: tuple[Recording, set[str]]) -> None:
    check_keys(*view)


def test_every_exhibit_says_how_many_how_sure_and_whose(view: tuple[Recording, set[str]], ask_items: Ask) -> None:
    check_about(view[0], read_citations(ask_items))


def test_titles_and_notes_are_sentences_as_plain_text(view: tuple[Recording, set[str]]) -> None:
    check_words(view[0])


def test_every_exhibit_has_rows_and_every_chart_a_figure(view: tuple[Recording, set[str]]) -> None:
    for exhibit in view[0].exhibits:
        assert exhibit.rows is not None, exhibit.key
        assert len(exhibit.rows), exhibit.key
        assert exhibit.rows.columns.is_unique
        assert (exhibit.figure is not None) == (exhibit.kind == "chart")
        assert exhibit.alt
        assert set(exhibit.best) <= set(exhibit.rows.columns)
        assert all(0 <= place < len(exhibit.rows) for place in exhibit.baselines)
        assert not set(":/\\ ~") & set(exhibit.file)


def test_what_holds_verdicts_says_so(recorded: Recorded) -> None:
    verdicts = {
        ("leaderboard", "suite=clinvar&show=table&against=yes"): "board",
        ("task", "suite=clinvar"): "verdicts",
        ("compare", ""): "categories-numbers",
        ("compare", "suite=clinvar"): "parts-numbers",
    }
    assert {recorded(*place).find(key).kind for place, key in verdicts.items()} == {"verdict"}
    assert recorded("leaderboard", "suite=geneb&show=table&regime=10shot").find("board").kind == "table"


def test_two_runs_of_a_view_show_the_same(recorded: Recorded) -> None:
    one, other = recorded("task", "suite=clinvar"), recorded("task", "suite=clinvar", "dark")
    assert [exhibit.key for exhibit in one.exhibits] == [exhibit.key for exhibit in other.exhibits]
    for first, second in zip(one.exhibits, other.exhibits, strict=True):
        assert (first.title, first.about, first.notes) == (second.title, second.about, second.notes)
        pd.testing.assert_frame_equal(first.rows, second.rows)


def test_values_of_a_task_are_those_of_the_store(recorded: Recorded, ask_items: Ask) -> None:
    rows = recorded("task", "suite=clinvar").find("numbers").rows
    stored = ask_items(
        "SELECT m.name, s.value, s.ci_low, s.n FROM score s JOIN model m USING (model_id) "
        "WHERE task_id = 'clinvar_vep_eval' AND stratum = 'all' AND metric = 'AUROC' AND value IS NOT NULL"
    ).set_index("name")
    assert rows is not None
    assert dict(zip(rows["System"], rows["AUROC"], strict=True)) == stored["value"].round(5).to_dict()
    bounded = rows.dropna(subset=["95 % low"]).set_index("System")["95 % low"]
    assert bounded.to_dict() == stored["ci_low"].dropna().astype(float).round(4).to_dict()


def test_differences_of_a_task_are_those_of_the_store(recorded: Recorded, ask_items: Ask) -> None:
    rows = recorded("task", "suite=clinvar").find("verdicts").rows
    stored = ask_items(
        "SELECT m.name, c.delta FROM comparison c JOIN model m USING (model_id) WHERE c.registered "
        "AND task_id = 'clinvar_vep_eval' AND stratum = 'all' AND metric = 'AUROC' AND delta IS NOT NULL"
    ).set_index("name")["delta"]
    assert rows is not None
    assert dict(zip(rows["Model"], rows["Difference in AUROC"], strict=True)) == stored.round(3).to_dict()


def test_what_is_to_be_beaten_is_as_the_store_has_it(recorded: Recorded, ask_items: Ask) -> None:
    card = recorded("task", "suite=geneb&task=iDNA_ABF_5mC").find("to-beat")
    stored = ask_items(
        "SELECT m.name, s.value, s.ci_low FROM score s JOIN model m USING (model_id) WHERE task_id = 'iDNA_ABF_5mC' "
        f"AND protocol = '{CLAIMS}' AND regime = 'full' AND metric = 'MCC' AND stratum = 'all' AND m.role <> 'model'"
    ).set_index("name")
    assert card.rows is not None
    shown = card.rows.set_index("System")
    assert shown["fair-v1"].dropna().to_dict() == stored["value"].dropna().astype(float).to_dict()
    assert shown["fair-v1, low"].dropna().to_dict() == stored["ci_low"].dropna().astype(float).to_dict()
    assert list(shown.index[shown["To beat"] == "yes"]) == ["One-hot positions"]
    assert card.title == "iDNA 5mC: One-hot positions, the baseline to beat, reaches MCC 0.897"
    assert card.about.sources[0] == "engine"


def test_a_cell_has_the_tasks_behind_it(recorded: Recorded, ask_items: Ask) -> None:
    card = recorded("leaderboard", "cell=LucaOne-default-step36M~Promoters").find("cell")
    stored = ask_items(
        "SELECT task_id, value FROM score JOIN task USING (task_id) WHERE model_id = 'LucaOne-default-step36M' "
        "AND category = 'Promoters' AND regime = 'full' AND metric = 'MCC' AND protocol = 'geneb-published'"
    ).set_index("task_id")["value"]
    assert card.rows is not None
    assert dict(zip(card.rows["task_id"], card.rows["value"], strict=True)) == stored.to_dict()
    assert card.title == "LucaOne has MCC 0.746 on Promoters, rank 5 of 41"
    assert card.about.n == "22 tasks"


def test_a_cell_of_one_task_has_its_value_its_interval_and_the_difference(recorded: Recorded, ask_items: Ask) -> None:
    rows = recorded("leaderboard", "suite=clinvar&cell=evo-2-40b~all").find("cell").rows
    assert rows is not None
    (row,) = rows.to_dict("records")
    where = "WHERE model_id = 'evo-2-40b' AND task_id = 'clinvar_vep_eval' AND stratum = 'all' AND metric = 'AUROC'"
    value = ask_items(f"SELECT value, ci_low, ci_high FROM score {where}").iloc[0]
    difference = ask_items(f"SELECT delta, ci_low, ci_high FROM comparison {where} AND registered").iloc[0]
    assert [row["AUROC"], row["95 % low"], row["95 % high"]] == list(value)
    assert [row["Difference"], row["Difference, low"], row["Difference, high"]] == list(difference)
    assert (row["n"], row["To beat"]) == (241509, "Rule-based (variant class)")


def test_a_board_on_paper_marks_baselines_and_the_best_of_columns_that_have_one(recorded: Recorded) -> None:
    board = recorded("leaderboard", "suite=clinvar&show=table&against=yes").find("board")
    assert board.best == {}
    shown = recorded("leaderboard", "suite=clinvar_items&show=table").find("board")
    assert shown.rows is not None
    assert set(shown.rows["Role"].iloc[list(shown.baselines)]) == {"baseline"}
    assert shown.best
    assert set(shown.best.values()) == {"high"}


def test_no_best_is_named_where_the_highest_value_is_over_fewer_items(recorded: Recorded) -> None:
    task = recorded("task", "suite=clinvar").find("numbers")
    assert task.rows is not None
    assert task.rows["System"].iloc[0] == "AlphaMissense"
    assert task.best == {}
    whole = recorded("task", "suite=brca1_sge").find("numbers")
    assert whole.best == {"AUROC": "high"}


def test_points_of_a_curve_run_from_nothing_to_everything(recorded: Recorded) -> None:
    rows = recorded("task", "suite=brca1_sge&figure=curves").find("curves").rows
    assert rows is not None
    for _, points in rows[rows["Curve"] == "ROC"].groupby("System"):
        assert (points["Sensitivity"].min(), points["Sensitivity"].max()) == (0, 1)


def test_sources_are_those_of_the_values_shown_and_of_no_others(ask_items: Ask) -> None:
    published = Shown(suite="geneb", metric="MCC", regimes=("full",), protocols=("geneb-published",))
    assert read_evidence(ask_items, published).sources == ("geneb_2026",)
    assert read_evidence(ask_items, Shown(suite="clinvar")).sources == ("vep_eval",)
    scored = read_evidence(ask_items, Shown(tasks=("brca1_sge",), models=("evo2-1b",)))
    assert scored.sources == ("engine", "findlay_2018", "evo2_1b_brca1")
    beaten = read_compared(ask_items, published, (CLAIMS,))
    assert beaten.sources == ("geneb_2026", "engine")
    assert beaten.methods[0].startswith("unpaired")


def test_values_without_an_interval_are_counted(ask_items: Ask) -> None:
    found = read_evidence(ask_items, Shown(suite="clinvar", metric="AUROC", stratum="all"))
    stored = ask_items(
        "SELECT count(value) AS n, count(value) - count(ci_low) AS without FROM score "
        "WHERE task_id = 'clinvar_vep_eval' AND stratum = 'all' AND metric = 'AUROC'"
    ).iloc[0]
    assert (found.n, found.without) == (stored["n"], stored["without"])
    assert intervals(found).endswith(f"{stored['without']} of {stored['n']} values have none")


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (
            "percentile bootstrap, 2000 draws, iid, seed 0",
            "95 % percentile bootstrap over items, 2,000 draws, seed 0",
        ),
        (
            "percentile bootstrap, 2000 draws, cluster over 1085 groups, seed 0",
            "95 % percentile bootstrap over 1,085 whole groups of items, 2,000 draws, seed 0",
        ),
        (
            "reconstructed from published MCC: percentile bootstrap of the confusion table, 10000 draws, iid, seed 0",
            "95 % percentile bootstrap of the confusion table over items, 10,000 draws, seed 0, " + _REBUILT,
        ),
        (
            "Hanley-McNeil from AUROC and class counts, logit scale",
            "95 % Hanley-McNeil from AUROC and class counts, logit scale",
        ),
        (
            "paired percentile bootstrap, 2000 draws of 5 perturbations, seed 0",
            "paired 95 % percentile bootstrap, 2,000 draws of 5 perturbations, seed 0",
        ),
        (
            "mean AUROC over perturbations; percentile bootstrap, 2000 draws, cluster over 13 groups, seed 0",
            "mean AUROC over perturbations; 95 % percentile bootstrap, 2,000 draws, cluster over 13 groups, seed 0",
        ),
        (
            "median; 2.5 to 97.5 percentile of 50 draws of the training examples",
            "median; 2.5 to 97.5 percentile of 50 draws of the training examples",
        ),
    ],
)
def test_the_method_of_an_interval_is_told_in_words(stored: str, told: str) -> None:
    assert method_words(stored) == told


def test_every_method_of_the_store_says_how_wide_its_intervals_are(ask_items: Ask) -> None:
    rows = ask_items("SELECT DISTINCT ci_method FROM (FROM score UNION ALL BY NAME FROM comparison)")
    told = [method_words(method) for method in rows["ci_method"].dropna()]
    assert all(re.search(r"95 %|2\.5 to 97\.5|0\.5 in every sample", words) for words in told)


def test_where_there_is_no_interval_the_reason_stands() -> None:
    assert intervals(Evidence(("geneb_2026",), (), 3, 3)) == "no intervals: none were published"
    assert intervals(Evidence(("engine",), (), 3, 3)) == "no intervals: none is known of these values"
    assert intervals(Evidence((), (), 3, 3), "they are means") == "no intervals: they are means"


def test_systems_are_counted_by_role() -> None:
    assert systems(["model", "baseline", "model"]) == "2 models, 1 baseline"
    assert systems(["control"]) == "0 models, 1 control"


def _calls(path: Path) -> set[str]:
    """What a module calls of streamlit."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "st"
    }


def test_charts_and_tables_are_drawn_as_exhibits_only() -> None:
    root = Path(dashboard.__file__).parent
    drawn = {
        path.name: _calls(path) & {"plotly_chart", "dataframe", "download_button"}
        for folder in ("app_pages", "components")
        for path in sorted((root / folder).glob("*.py"))
    }
    # A slide's own figure, looked at on the Deck page, is no exhibit of that page.
    assert {name for name, calls in drawn.items() if "plotly_chart" in calls} == {"exhibit.py", "deck_look.py"}
    previews = {"split_columns.py", "split_checks.py", "split_cells.py"}
    assert {name for name, calls in drawn.items() if "dataframe" in calls} <= {"exhibit.py", *previews}
