from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard.components.dated_notes import NOTES
from dashboard.components.system_measured import cell_spec
from dashboard.components.system_words import measured_words, probed_words, stored_size, system_lede, system_title
from dashboard.queries.single_cells import read_single_cells
from dashboard.queries.system import (
    Measurements,
    names,
    read_claims,
    read_decisions,
    read_facts,
    read_measured,
    read_measurements,
    read_models,
    read_probed,
    read_system_of,
    read_windows,
)
from dashboard.text import interval, three
from engine.models.cells import CELL_MODELS
from engine.published import ledger
from engine.singlecell_spec import read_singlecell_spec
from engine.store.location import precomputed_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

SYSTEMS = [fact.system for fact in ledger.read(precomputed_dir() / "published").model_facts]
EVERY_SYSTEM = pytest.mark.parametrize("who", SYSTEMS)


def _words(at: AppTest) -> str:
    found: list[Any] = [at.title, at.subheader, at.markdown, at.caption, at.warning, at.code, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


@EVERY_SYSTEM
def test_every_system_of_the_literature_has_a_page_with_all_its_claims(visit: Visit, ask: Ask, who: str) -> None:
    at = visit("system", {"who": who})
    assert [error.message for error in at.exception] == []
    assert not at.error
    assert not at.warning
    assert at.title[0].value.startswith(who)
    text = unescape(_words(at))
    claims = read_claims(ask, who)
    links = ask("SELECT source_id, url FROM source WHERE url IS NOT NULL").set_index("source_id")["url"]
    for _, claim in claims.iterrows():
        assert claim.statement in text
        assert f"</span> {claim.outcome}</span>" in text
        assert f">{claim.evidence}</span>" in text
        assert f"Caveat: {claim.caveat}" in text
        assert links.get(claim.source_id, "") in text


def test_every_claim_of_a_single_system_is_found_from_a_page(ask: Ask) -> None:
    found = {claim for who in SYSTEMS for claim in read_claims(ask, who)["claim_id"]}
    rest = ask("SELECT claim_id, system FROM claim").set_index("claim_id")["system"].drop(list(found))
    assert set(rest) == {
        "Field",
        "Five foundation models",
        "Five foundation models and two other deep networks",
        "Protein language models",
        "Single-cell foundation models",
        "Transformer-based models",
    }


def test_a_page_without_a_system_opens_on_the_one_with_most_claims(visit: Visit, catalog: Catalog) -> None:
    assert visit("system").title[0].value.startswith(catalog.ledger["system"][0])


def test_an_unknown_system_is_named_and_the_first_is_shown(visit: Visit, catalog: Catalog) -> None:
    at = visit("system", {"who": "<script>alert(1)</script>'; DROP TABLE claim; --"})
    assert [error.message for error in at.exception] == []
    assert at.title[0].value.startswith(catalog.ledger["system"][0])
    assert "not a known value" in at.warning[0].value


def test_the_system_can_be_chosen_in_the_sidebar(visit: Visit) -> None:
    at = visit("system")
    at.selectbox(key="w_who").set_value("CASP").run()
    assert at.title[0].value.startswith("CASP")
    assert at.query_params["who"] in ("CASP", ["CASP"])


def test_a_claim_about_several_systems_is_a_claim_about_each(ask: Ask) -> None:
    for who in ("scGPT", "Geneformer"):
        own = read_claims(ask, who).query("not as_comparator")
        assert "attention-ablation" in set(own["claim_id"])


def test_a_system_that_another_is_held_against_is_told_so(ask: Ask) -> None:
    claims = read_claims(ask, "DNABERT")
    assert list(claims["claim_id"]) == ["dnabert2-vs-dnabert"]
    assert claims["as_comparator"].all()


@pytest.mark.parametrize(
    ("who", "text", "named"),
    [
        ("Evo", "AlphaGenome; Evo 2", False),
        ("Evo 2", "AlphaGenome; Evo 2", True),
        ("Evo 2", "Evo 2 40B / 7B", True),
        ("AlphaFold3", "AlphaFold2/3", True),
        ("DNABERT", "DNABERT-2 (BPE)", False),
        ("HVG+PCA", "HVG + PCA / Harmony / scVI", True),
        ("Additive baseline", "Linear / additive baseline", True),
        ("Mean baseline", "Co-expression / mean-expression baseline", False),
        ("Linear baseline", "simple linear baselines", False),
    ],
)
def test_a_text_names_a_system_only_as_a_whole(who: str, text: str, named: bool) -> None:  # noqa: FBT001
    assert names(who, text) is named


def test_the_matrix_says_as_what_a_system_is_named(ask: Ask) -> None:
    rows = read_decisions(ask, "Evo 2").set_index("task")["role"]
    assert rows.to_dict() == {
        "Noncoding / splice variant effect": "first choice",
        "Coding SNV pathogenicity": "in the caveat",
    }
    assert list(read_decisions(ask, "HVG+PCA")["role"]) == ["first choice and baseline to beat"]
    assert read_decisions(ask, "CASP").empty


def test_every_stated_context_window_stands_on_some_page(ask: Ask) -> None:
    found = {window for who in SYSTEMS for window in read_windows(ask, who)["model"]}
    assert found == set(ask("SELECT model FROM context_window")["model"])
    assert (
        list(read_windows(ask, "Enformer")["value"]) == list(read_windows(ask, "Borzoi")["value"]) == [200_000, 500_000]
    )


def test_values_beside_the_baseline_are_those_of_the_tables(ask: Ask) -> None:
    for who in ("Evo 2", "ESM-2", "AlphaMissense", "GPN-MSA", "AlphaGenome", "ESM-1b", "DNABERT-2"):
        for row in read_measured(ask, who).dropna(subset=["delta"]).itertuples():
            stored = ask(
                "SELECT delta, verdict_article FROM comparison WHERE model_id = $m AND task_id = $t AND stratum = $s "
                "AND metric = $k AND baseline_id = $b AND protocol = $p",
                {
                    "m": row.model_id, "t": row.task_id, "s": row.stratum, "k": row.metric, "b": row.baseline_id,
                    "p": row.protocol,
                },
            )  # fmt: skip
            assert len(stored) == 1
            assert row.delta == stored["delta"].iloc[0]
            assert stored["verdict_article"].isna().iloc[0] or row.verdict_article == stored["verdict_article"].iloc[0]


def test_a_baseline_has_its_value_where_both_were_measured_on_the_same_items(ask: Ask) -> None:
    rows = read_measured(ask, "AlphaMissense").set_index("task_id")
    part, whole = rows.loc["clinvar_sample"], rows.loc["clinvar_vep_eval"]
    assert "PhyloP on the same 79 items, AUROC **0.962**" in measured_words(part).replace("\\", "")
    assert f"{whole['baseline']} 0.500, AUROC **0.966**" in measured_words(whole).replace("\\", "")


def test_evo_2_on_brca1_stands_below_the_consequence_rule(ask: Ask) -> None:
    row = read_measured(ask, "Evo 2").set_index("task_id").loc["brca1_sge"]
    assert (row["baseline_id"], row["verdict_article"]) == ("consequence+blosum62", "FAIL")
    assert row["delta"] == pytest.approx(-0.0887, abs=5e-5)


def test_a_predictor_of_proteins_is_compared_on_missense_where_the_whole_cannot_be(ask: Ask) -> None:
    rows = read_measured(ask, "AlphaMissense")
    assert set(rows["stratum"]) == {"missense"}
    assert rows["delta"].notna().all()


def test_a_baseline_has_its_own_values_and_is_held_against_nothing(ask: Ask) -> None:
    rows = read_measured(ask, "BLOSUM62 score")
    assert set(rows["task_id"]) >= {"clinvar_missense", "dms:BLAT_ECOLX"}
    assert rows["value"].notna().all()
    assert rows["baseline_id"].isna().all()


def test_geneb_is_counted_by_task(ask: Ask) -> None:
    rows = read_probed(ask, "Nucleotide Transformer").set_index("model_id")
    row = rows.loc["nucleotide-transformer-2.5b-multi-species"]
    macro = ask(
        "SELECT macro FROM suite_score WHERE suite = 'geneb' AND regime = 'full' AND metric = 'MCC' "
        "AND protocol = 'geneb-published' AND model_id = $model",
        {"model": row.name},
    )
    assert row["macro"] == macro["macro"].iloc[0]
    assert 0 <= row["passed"] <= row["judged"] == 12


@EVERY_SYSTEM
def test_the_title_counts_the_claims(ask: Ask, who: str) -> None:
    claims = read_claims(ask, who)
    own = claims[~claims["as_comparator"]]["ledger"]
    title = system_title(who, claims, read_measurements(ask, who))
    if not set(own) & {"capability", "validity"}:
        assert "no claim of capability or validity" in title
    elif (own == "capability").any():
        assert f"{(own == 'capability').sum()} claim" in title
    else:
        assert title.startswith(f"{who}: no claim of capability, ")


def _one(**changes: Any) -> Measurements:
    row = {
        "model_id": "m", "name": "M", "role": "model",
        "suite": "brca1_sge", "task": "BRCA1", "stratum": "all", "part": "All variants",
        "metric": "AUROC", "value": 0.7, "ci_low": 0.65, "ci_high": 0.75, "baseline": "Rule", "baseline_value": 0.8,
        "delta": -0.1, "verdict_article": "FAIL",
    }  # fmt: skip
    return Measurements(pd.DataFrame([row | changes]), pd.DataFrame({"model_id": [], "judged": [], "passed": []}))


NO_CLAIMS = pd.DataFrame({"ledger": ["validity", "context"], "as_comparator": [False, False]})


def test_one_comparison_is_told_in_the_title() -> None:
    title = system_title("M", NO_CLAIMS, _one())
    assert title == "M: no claim of capability, 1 of validity; measured here not above Rule on BRCA1"
    assert system_title("M", NO_CLAIMS, _one(verdict_article="PASS")).endswith("measured here above Rule on BRCA1")
    alone = _one(verdict_article=None, baseline=None, delta=None)
    assert system_title("M", NO_CLAIMS, alone).endswith("; measured here, though by nothing that allows a verdict")


def test_a_baseline_and_a_benchmark_are_told_as_such(ask: Ask) -> None:
    def title(who: str) -> str:
        return system_title(who, read_claims(ask, who), read_measurements(ask, who))

    assert title("EVmutation").endswith("; measured here as a baseline that others have to beat")
    n = ask("SELECT count(DISTINCT model_id) AS n FROM score JOIN task USING (task_id) WHERE suite = 'proteingym'")
    assert title("ProteinGym").endswith(f"; its values of {n['n'].iloc[0]} systems are in this store")
    assert title("CASP") == "CASP: no claim of capability or validity; nothing measured here"


def test_a_value_is_told_after_its_baseline() -> None:
    row = _one().tasks.iloc[0]
    told = measured_words(row).replace("\\", "")
    assert told == "BRCA1: Rule 0.800, AUROC **0.700** (0.65–0.75), −0.100, fail"


def test_a_value_without_comparison_says_so() -> None:
    row = _one(delta=None, verdict_article=None).tasks.iloc[0]
    assert measured_words(row).endswith("not compared")


def test_tasks_that_pass_are_counted() -> None:
    row = pd.Series({"protocol": "geneb-published", "judged": 12, "passed": 1, "macro": 0.5})
    assert (
        probed_words(row) == "GENEB, published values: 1 of 12 tasks passes against the baseline, macro MCC **0.500**"
    )


def test_the_lede_names_the_farthest_places(ask: Ask) -> None:
    measured = read_measurements(ask, "Evo 2")
    lede = system_lede(read_facts(ask, "Evo 2"), len(read_models(ask, "Evo 2")), measured)
    assert "7 models of the store are this system." in lede
    assert "**+0.002** AUROC" in lede
    assert "**−0.089** AUROC" in lede


def test_two_statements_of_one_size_both_stand_there(ask: Ask) -> None:
    told = stored_size(read_models(ask, "Caduceus")) or ""
    assert "Caduceus-PS-131k: 8M (GENEB README) or 1.93M (GENEB leaderboard file)" in told


def test_the_note_on_access_stands_on_both_pages(visit: Visit) -> None:
    note = NOTES["alphagenome-all-folds"]
    assert note in _words(visit("system", {"who": "AlphaGenome"}))
    assert note in _words(visit("model", {"model": "alphagenome-all-folds"}))
    assert note not in _words(visit("system", {"who": "Evo 2"}))


def test_a_model_page_leads_to_its_system_and_no_other_does(visit: Visit, ask: Ask) -> None:
    assert read_system_of(ask, "evo-2-40b") == "Evo 2"
    assert read_system_of(ask, "gemme") is None
    links = [link.proto.label for link in visit("model", {"model": "evo-2-40b"}).get("page_link")]
    assert "Claims for and against Evo 2 →" in links
    others = [link.proto.label for link in visit("model", {"model": "gemme"}).get("page_link")]
    assert not [label for label in others if label.startswith("Claims for and against")]


def test_why_a_system_does_not_run_is_told_and_how_another_does(visit: Visit) -> None:
    gone = _words(visit("system", {"who": "AlphaMissense"})).replace("\\", "")
    assert "This engine runs no model of it" in gone
    assert "its weights were never released" in gone
    there = _words(visit("system", {"who": "ESM-2"})).replace("\\", "")
    assert "This engine runs all of its 6 models" in there
    assert "vledger quickstart your_variants.csv --model esm-2-8m" in there


@pytest.mark.parametrize("model", [name for name in CELL_MODELS if name != "geneformer"])
def test_the_spec_that_is_shown_for_a_model_of_cells_is_one(model: str, tmp_path: Path) -> None:
    (tmp_path / "weights" / model).mkdir(parents=True)
    (tmp_path / "mine.toml").write_text(cell_spec(model), encoding="utf-8")
    spec = read_singlecell_spec(tmp_path / "mine.toml")
    assert [one.id for one in spec.models] == [model, *([] if "uce" in model else [f"random-init:{model}"])]
    assert spec.options.allow_pickle


@pytest.mark.parametrize("who", ["scGPT", "Geneformer", "UCE"])
def test_a_model_of_cells_that_was_not_run_says_so_and_what_it_would_have_to_beat(
    who: str, visit: Visit, ask: Ask
) -> None:
    at = visit("system", {"who": who})
    text = _words(at).replace("\\", "")
    assert "The store has no score of it" in text
    assert "Its weights were not at hand" in text
    assert "Runs here on single-cell tasks for vectors of cells" in text
    labels = "\n".join(link.proto.label for link in at.main.get("page_link")).replace("\\", "")
    rows = read_single_cells(ask)
    assert rows["to_beat"].sum() == 5
    for row in rows[rows["to_beat"]].itertuples():
        assert f"{row.task}: {row.name}, " in labels
        assert row.value == 0 or f"{three(row.value)} ({interval(row.ci_low, row.ci_high)})" in labels


@pytest.mark.parametrize(
    ("who", "model"),
    [("Additive baseline", "additive"), ("HVG+PCA", "hvg-pca"), ("Gene-variance baseline", "gene-variance")],
)
def test_a_simple_method_on_single_cells_has_its_values_on_its_page(
    who: str, model: str, visit: Visit, ask: Ask
) -> None:
    at = visit("system", {"who": who})
    labels = "\n".join(link.proto.label for link in at.main.get("page_link"))
    rows = read_measured(ask, who)
    own = rows[(rows["model_id"] == model) & rows["value"].notna()]
    assert len(own)
    assert all(f"**{three(value)}**" in labels for value in own["value"])
    assert "Computed on single-cell tasks beside every model" in _words(at).replace("\\", "")


def test_the_table_holds_every_value_of_the_cards(visit: Visit, ask: Ask) -> None:
    shown = visit("system", {"who": "Evo 2"}).dataframe[0].value
    rows = read_measured(ask, "Evo 2")
    assert list(shown["Difference"]) == list(rows["delta"].round(5))
    assert list(shown["Baseline to beat"]) == list(rows["baseline"])


def test_every_model_of_a_system_links_to_its_page(visit: Visit, ask: Ask) -> None:
    labels = [link.proto.label.replace("\\", "") for link in visit("system", {"who": "ESM-2"}).get("page_link")]
    scored = read_models(ask, "ESM-2").query("scored")["name"]
    assert len(scored) == 6
    assert all(any(label.startswith(f"**{name}**") for label in labels) for name in scored)
