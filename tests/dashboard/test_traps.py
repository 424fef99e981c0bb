"""Traps and objections: the literature's rows as they are, examples that follow from the store, and the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dashboard.flag_words import FLAGS
from dashboard.queries.citations import Source, cited, linked, read_citations
from dashboard.queries.traps import FLAGS_OF, read_flagged, read_not_claimed, read_objections, read_traps
from dashboard.queries.traps_examples import read_baseline_trap, read_examples, read_floor_trap
from dashboard.text import plain, three

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.traps_examples import Example

    Visit = Callable[..., AppTest]

MCC = "regime = 'full' AND metric = 'MCC' AND stratum = 'all'"


@pytest.fixture(scope="module")
def examples(ask: Ask) -> dict[str, list[Example]]:
    return read_examples(ask)


def one(ask: Ask, sql: str) -> float:
    return float(ask(sql).iloc[0, 0])


def words(at: AppTest) -> str:
    found = [at.title, at.subheader, at.markdown, at.caption, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


@pytest.mark.parametrize(("read", "rows"), [(read_not_claimed, 3), (read_objections, 5), (read_traps, 5)])
def test_what_limits_the_reading_is_all_there_with_known_sources(
    read: Callable[[Ask], object], rows: int, ask: Ask
) -> None:
    found, sources = read(ask), read_citations(ask)
    assert len(found) == rows
    assert found.notna().all(axis=None)
    assert all(cited(ids, sources) for ids in found["source_ids"])


def test_every_trap_has_an_example_whose_query_has_no_parameters(ask: Ask, examples: dict[str, list[Example]]) -> None:
    assert examples.keys() == set(read_traps(ask)["trap_id"])
    found = [example for own in examples.values() for example in own]
    assert len({example.key for example in found}) == len(found) >= 7
    for example in found:
        assert "$" not in example.sql
        assert len(example.rows)
        assert ask(example.sql).equals(example.rows)
        assert "nan" not in f"{example.number} {example.sentence}".lower().split()


def test_what_no_skill_reaches_on_cells_stands_beside_the_baseline(ask: Ask) -> None:
    found = read_floor_trap(ask)
    assert found is not None
    assert ask(found.sql).equals(found.rows)
    values = {
        name: one(
            ask,
            f"SELECT value FROM score WHERE task_id = 'cells:pbmc68k' AND metric = 'AvgBIO' AND model_id = '{name}'",
        )
        for name in ("random-projection", "hvg-pca")
    }
    low, high = values["random-projection"], values["hvg-pca"]
    assert found.number == f"{three(low)} of {three(high)}"
    assert low < high
    assert found.rows["Role"].iloc[0] == "baseline to beat"
    assert list(found.rows.loc[found.rows["Role"] == "control", "AvgBIO"]) == [low]


def test_a_store_without_cells_tells_nothing_of_them() -> None:
    assert read_floor_trap(lambda _sql, _parameters=None: pd.DataFrame({"Role": []})) is None


def test_flags_of_a_trap_are_flags_of_the_engine(ask: Ask) -> None:
    assert {flag for flags in FLAGS_OF.values() for flag in flags} <= FLAGS.keys()
    assert FLAGS_OF.keys() <= set(read_traps(ask)["trap_id"])
    flagged = read_flagged(ask)
    wanted = one(ask, "SELECT count(*) FROM comparison WHERE flags LIKE '%\"CONTAM_SUPERVISED_ASSAY\"%'")
    assert flagged["CONTAM_SUPERVISED_ASSAY"] == wanted > 0


def test_the_rule_on_clinvar_is_high_over_all_and_a_coin_toss_within_each_class(
    ask: Ask, examples: dict[str, list[Example]]
) -> None:
    pooled = examples["fragmented-benchmarks"][0]
    rows = pooled.rows.set_index("Part")["Rule that knows the class"]
    value = one(
        ask,
        "SELECT value FROM score WHERE model_id = 'rule-based' AND task_id = 'clinvar_vep_eval' AND stratum = 'all'",
    )
    assert rows["All variants"] == value > 0.9
    assert (rows.drop("All variants") == 0.5).all()
    assert three(value) in pooled.number
    assert pooled.query == {"suite": "clinvar"}


def test_a_model_scored_on_some_variants_only_is_not_the_highest_over_all(examples: dict[str, list[Example]]) -> None:
    whole = examples["fragmented-benchmarks"][0].rows.iloc[0]
    assert whole["Which"] != "AlphaMissense"
    assert whole["Highest model"] < 0.98


def test_wins_of_models_trained_on_assays_are_those_of_the_task_values(
    ask: Ask, examples: dict[str, list[Example]]
) -> None:
    supervised = examples["contamination"][0]
    scores = ask(
        f"SELECT task_id, value, coalesce(supervised_on_assay, false) AS taught FROM score JOIN model USING (model_id) "
        f"WHERE protocol = 'geneb-published' AND {MCC}"
    )
    best = scores.groupby("task_id")["value"].transform("max") == scores["value"]
    won = scores[best & scores["taught"]]["task_id"].nunique()
    assert supervised.rows["Won by a model trained on assays"].sum() == won
    assert supervised.number == f"{won} of {scores['task_id'].nunique()}"
    assert supervised.query == {"unsupervised": "yes"}


def test_windows_run_from_the_widest_to_those_without_base_pairs(examples: dict[str, list[Example]]) -> None:
    (windows,) = examples["context-length"]
    known = windows.rows["In bp"].dropna()
    assert list(known) == sorted(known, reverse=True)
    assert windows.number == f"{int(known.max() / known.min()):,} times"
    assert windows.rows["In bp"].isna().sum() > 0
    assert len(set(windows.rows["Task"])) == 1


def test_every_ranked_model_is_counted_under_one_kind_of_token(ask: Ask, examples: dict[str, list[Example]]) -> None:
    (tokens,) = examples["tokenisation"]
    ranked = one(ask, "SELECT count(DISTINCT model_id) FROM score WHERE protocol = 'geneb-published'")
    assert tokens.rows["Ranked on GENEB"].sum() == ranked
    assert "overlapping k-mer" in set(tokens.rows["Token type"])


def test_the_plain_baseline_is_ahead_of_as_many_models_as_the_scores_say(ask: Ask) -> None:
    found = read_baseline_trap(ask)
    assert found
    row = found.rows.iloc[-1]
    task = row["Task id"]
    baseline = one(
        ask,
        "SELECT value FROM score JOIN model USING (model_id) "
        f"WHERE name = '{row['Baseline to beat']}' AND task_id = '{task}' AND protocol = 'fair-v1' AND {MCC}",
    )
    behind = one(
        ask,
        f"SELECT count(*) FROM score WHERE task_id = '{task}' AND protocol = 'geneb-published' AND {MCC} "
        f"AND value < {baseline}",
    )
    assert row["Behind it"] == behind
    assert (found.rows["Behind it"] <= found.rows["Published models"]).all()
    most, of = (int(number) for number in found.number.split(" of "))
    assert (most, of) == ((found.rows["Behind it"] * 2 > found.rows["Published models"]).sum(), len(found.rows))


def test_proteins_and_dna_are_counted_apart(examples: dict[str, list[Example]]) -> None:
    (fields,) = examples["dna-is-not-protein"]
    assert len(fields.rows) == 2
    assert (fields.rows["Value above the baseline"] <= fields.rows["Comparisons"]).all()
    assert fields.page == "beyond"


def test_a_source_is_named_by_first_author_or_title_and_year() -> None:
    def name(citation: str) -> str:
        return Source("x", citation, None, None, None).name

    assert name("Brixi G, Durrant MG, et al. Genome modelling. bioRxiv 2025; Nature 2026.") == "Brixi et al. 2026"
    assert name("Ahlmann-Eltze C, Huber W, Anders S. Title. Nature Methods 2025.") == "Ahlmann-Eltze et al. 2025"
    assert name("OmniGenBench: Automating. arXiv 2024. (authors not listed)") == "OmniGenBench 2024"
    assert name("Abramson J, Adler J. Title. Nature 2024;630:493-500.") == "Abramson et al. 2024"


def test_a_source_without_an_address_is_named_without_a_link(ask: Ask) -> None:
    sources = read_citations(ask)
    assert sources["seed_article"].url is None
    assert "](" not in linked([sources["seed_article"]])
    assert linked([sources["geneb_2026"], sources["evo2_2026"]]).count("](https://") == 2


def test_the_page_tells_every_trap_objection_and_what_is_not_claimed_with_links(ask: Ask, visit: Visit) -> None:
    at = visit("traps")
    assert not at.exception
    shown = words(at)
    for row in read_traps(ask).itertuples():
        assert row.name in [heading.value for heading in at.subheader]
        assert plain(row.what_goes_wrong) in shown
        assert plain(row.what_a_dashboard_should_flag) in shown
    for row in read_objections(ask).itertuples():
        assert plain(row.objection) in shown
        assert plain(row.effect_on_reading) in shown
    for row in read_not_claimed(ask).itertuples():
        assert plain(row.claim_not_made) in shown
    assert "](https://www.nature.com/articles/s41586-026-10176-5)" in shown
    found = read_baseline_trap(ask)
    assert found
    assert found.number in at.title[0].value


def test_every_example_shows_its_number_a_link_and_a_command_in_double_quotes(ask: Ask, visit: Visit) -> None:
    at = visit("traps")
    labels = [link.proto.label for link in at.main.get("page_link")]
    shown = words(at)
    for own in read_examples(ask).values():
        for example in own:
            assert f'<div class="vl-big">{example.number}</div>' in shown
            assert f"{example.link} →" in labels
    commands = [code.value for code in at.code if "AS " in code.value]
    assert len(commands) >= 8
    assert all(re.fullmatch(r'vledger sql "(?:[^"\\$`]|\\")+"', command) for command in commands)


def test_the_table_of_everything_has_a_row_for_each_source(ask: Ask, visit: Visit) -> None:
    rows = visit("traps").dataframe[-1].value
    wanted = sum(
        len(ids.split(";"))
        for read in (read_traps, read_objections, read_not_claimed)
        for ids in read(ask)["source_ids"]
    )
    assert len(rows) == wanted
    assert rows["Source"].str.len().min() > 10


def test_methods_keeps_what_is_not_claimed_and_links_to_the_traps(ask: Ask, visit: Visit) -> None:
    at = visit("methods")
    shown = words(at)
    assert all(claim in shown for claim in read_not_claimed(ask)["claim_not_made"])
    assert any("Traps" in link.proto.label and "fair critic" in link.proto.label for link in at.main.get("page_link"))
