"""What the pages of evidence, of single items and of one's own split offer to a deck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import streamlit as st

from dashboard.components import beyond_words, ledgers_words, slices, split_tables, split_words
from dashboard.components.about_evidence import about_claims, ids_of
from dashboard.export.private import exhibit_from_json
from dashboard.queries.citations import read_citations
from dashboard.queries.ledgers import read_claims
from dashboard.queries.slices import Worth
from engine.local_split import client
from engine.statistics.estimates import Difference, Measured
from tests.dashboard.exhibit_checks import check_about, check_keys, check_words
from tests.dashboard.split_process import COMMAND
from tests.engine.local_split import results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.testing.v1 import AppTest

    from dashboard.exhibits import Recording
    from dashboard.queries.ask import Ask

    Recorded = Callable[..., Recording]

_ITEM = "17-41197722-T-A"
_MISSENSE = f"task=brca1_sge&item={_ITEM}&rival=consequence&consequence=missense"
_CHOICE = {"answer", "systems", "claims", "decision-matrix"}
_TRAPS = {
    f"trap-{key}"
    for key in ("baselines", "floor", "tokens", "windows", "supervised", "labels", "pooled", "winners", "fields")
}
VIEWS: dict[tuple[str, str], set[str]] = {
    ("variants", "task=brca1_sge"): {"track", "items"},
    ("variants", _MISSENSE): {"card", "track", "items", "slices-forest", "slices"},
    ("variants", "task=dms:BLAT_ECOLX&item=A123C&paint=difference"): {"card", "substitutions", "items"},
    ("variants", "task=clinvar_missense&sheet=2"): {"track", "items"},
    ("variants", "task=brca1_sge&start=1&end=2"): {"slices-forest", "slices"},
    ("choose", ""): {*_CHOICE, "choose-standings", "places"},
    ("choose", "topic=Long-range regulatory, limited compute&weights_needed=yes"): {
        *_CHOICE, "choose-standings", "places",
    },
    ("choose", "topic=Single-cell zero-shot clustering"): {*_CHOICE, "places"},
    ("choose", "topic=Protein structure (accuracy)"): _CHOICE,
    ("ledgers", "search=brca1"): {
        "ledgers", "scoreboard", "claims", "claims-noncoding-splice-variant-effect",
    },
    ("system", "who=Evo 2"): {"claims", "measured", "decisions", "facts"},
    ("system", "who=HyenaDNA"): {"claims", "probed", "decisions", "facts"},
    ("field", "suite=clinvar"): {"field-tree", "systems"},
    ("field", "scene=windows"): {"field-windows", "windows"},
    ("field", "scene=tokens&letters=ACGTACGTTTGA"): {"cuts", "substitution", "tokenisers"},
    ("beyond", ""): {"beyond-sizes", "protein-sizes", "beyond-clinical", "beyond-parts", "protein-parts", "claims"},
    ("beyond", "chapter=structure"): {"beyond-structure", "claims"},
    ("beyond", "chapter=cells"): {
        "beyond-clustering", "beyond-perturbation", "beyond-cells-pbmc68k", "beyond-perturbench-doubles",
        "beyond-perturbench-doubles-new", "beyond-perturbench-singles", "claims",
    },
    ("beyond", "chapter=networks"): {"beyond-networks", "beyond-networks-perturbench", "claims"},
    ("traps", ""): {*_TRAPS, "objections", "not-claimed", "traps-and-objections"},
    ("methods", ""): {"store-contents", "sources", "licences"},
}  # fmt: skip
_COUNTED_ALONE = {"cuts", "substitution"}
"""Exhibits of what a reader types: no source."""


@pytest.fixture(params=sorted(VIEWS), ids=lambda view: "?".join(filter(None, view)))
def view(request: pytest.FixtureRequest, recorded: Recorded) -> tuple[Recording, set[str]]:
    """A recording of each view, and the keys of what it has to show."""
    return recorded(*request.param), VIEWS[request.param]


def test_a_view_offers_what_it_shows_each_under_a_key_of_its_own(view: tuple[Recording, set[str]]) -> None:
    check_keys(*view)


def test_every_exhibit_says_how_many_how_sure_and_whose(view: tuple[Recording, set[str]], ask_items: Ask) -> None:
    check_about(view[0], read_citations(ask_items), without_source=_COUNTED_ALONE)


def test_titles_and_notes_are_sentences_as_plain_text(view: tuple[Recording, set[str]]) -> None:
    check_words(view[0])


def test_every_exhibit_has_rows_and_every_chart_a_figure(view: tuple[Recording, set[str]]) -> None:
    for exhibit in view[0].exhibits:
        assert exhibit.rows is not None, exhibit.key
        assert len(exhibit.rows), exhibit.key
        assert exhibit.rows.columns.is_unique, exhibit.key
        assert (exhibit.figure is not None) == (exhibit.kind == "chart" or exhibit.key == "card"), exhibit.key
        assert exhibit.alt
        assert set(exhibit.best) <= set(exhibit.rows.columns)
        assert all(0 <= place < len(exhibit.rows) for place in exhibit.baselines)
        assert not set(":/\\ ~") & set(exhibit.file)


def test_verdicts_and_cards_are_told_from_tables(recorded: Recorded) -> None:
    kinds = {
        ("choose", "", "places"): "verdict",
        ("choose", "", "answer"): "card",
        ("system", "who=Evo 2", "measured"): "verdict",
        ("system", "who=Evo 2", "facts"): "card",
        ("variants", _MISSENSE, "card"): "card",
        ("variants", _MISSENSE, "items"): "table",
        ("traps", "", "objections"): "card",
    }
    found = {place: recorded(*place[:2]).find(place[2]).kind for place in kinds}
    assert found == kinds


def test_the_card_of_a_variant_is_one_exhibit_with_its_chart_its_numbers_and_what_it_is(
    recorded: Recorded, ask_items: Ask
) -> None:
    card = recorded("variants", _MISSENSE).find("card")
    stored = ask_items(
        "SELECT m.name, v.score FROM numbered_item i JOIN standing v USING (task_id, item_no) "
        f"JOIN model m USING (model_id) WHERE i.task_id = 'brca1_sge' AND i.item_id = '{_ITEM}'"
    ).set_index("name")["score"]
    assert card.rows is not None
    scored = card.rows.set_index("System")["Score"].dropna()
    assert scored.to_dict() == stored.to_dict()
    assert card.title.startswith(f"BRCA1 p.(Ile1855=): 11 of {len(stored)} systems that scored it put it with")
    assert any(f"VCF: {_ITEM} (GRCh37)" in note for note in card.notes)
    assert any(note.startswith("Function (label 0).") for note in card.notes)
    assert set(card.rows["Role"].iloc[list(card.baselines)]) == {"baseline"}
    assert card.about.n.startswith(f"1 item, scored by {len(stored)} of ")
    assert "evo2_1b_brca1" in card.about.sources


def test_a_track_has_every_item_and_its_title_the_mean_of_either_label(recorded: Recorded, ask_items: Ask) -> None:
    track = recorded("variants", "task=brca1_sge").find("track")
    assert track.rows is not None
    stored = ask_items(
        "SELECT i.item_id, i.label, v.percentile FROM numbered_item i JOIN standing v USING (task_id, item_no) "
        "WHERE i.task_id = 'brca1_sge' AND v.model_id = 'evo2-1b'"
    )
    assert dict(zip(track.rows["Variant"], track.rows["Percentile"], strict=True)) == dict(
        zip(stored["item_id"], stored["percentile"], strict=True)
    )
    mean = stored.groupby("label")["percentile"].mean()
    assert f"loss of function at percentile {mean[1]:.0f} and function at percentile {mean[0]:.0f}" in track.title


def test_the_title_over_stretches_of_a_task_is_that_of_its_single_items(recorded: Recorded, ask_items: Ask) -> None:
    track = recorded("variants", "task=clinvar_missense&sheet=2").find("track")
    assert track.rows is not None
    assert len(track.rows) <= 200
    name = track.title.partition(" puts ")[0]
    mean = ask_items(
        "SELECT i.label, avg(v.percentile) AS mean FROM numbered_item i JOIN standing v USING (task_id, item_no) "
        "JOIN model m USING (model_id) WHERE i.task_id = 'clinvar_missense' AND m.name = $name GROUP BY ALL",
        {"name": name},
    ).set_index("label")["mean"]
    assert track.title.count("percentile") == 2
    assert f"pathogenic at percentile {mean[1]:.0f} and" in track.title
    assert f"benign at percentile {mean[0]:.0f} on" in track.title


def test_a_list_says_which_of_how_many_it_shows(recorded: Recorded) -> None:
    first = recorded("variants", "task=brca1_sge").find("items")
    assert first.title == "3,893 variants in the order of the task, 1 to 50"
    second = recorded("variants", "task=clinvar_missense&sheet=2").find("items")
    assert second.title.endswith(", 51 to 100")
    assert first.rows is not None
    assert len(first.rows) == 50
    assert any(note.startswith("Score and percentile: Evo 2 1B") for note in first.notes)


def test_a_slice_has_its_numbers_and_the_whole_task_those_of_the_store(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("variants", _MISSENSE).find("slices")
    assert shown.rows is not None
    rows = shown.rows.set_index("Slice")
    value = ask_items(
        "SELECT value FROM score WHERE task_id = 'brca1_sge' AND stratum = 'all' AND metric = 'AUROC' "
        "AND model_id = 'evo2-1b' AND protocol = 'published-scores'"
    )["value"].iloc[0]
    name = next(column for column in rows if column.startswith("Evo 2 1B"))
    assert rows.at["Whole task", name] == pytest.approx(value)
    assert "2,000 draws" in shown.about.interval
    assert shown.title.startswith("Evo 2 1B (published deltas) and Consequence differ most on the ")


def test_places_of_a_choice_have_the_values_of_the_store_and_mark_baselines(recorded: Recorded, ask_items: Ask) -> None:
    places = recorded("choose", "").find("places")
    assert places.rows is not None
    row = places.rows[places.rows["System"] == "Evo 2 7B"].iloc[0]
    stored = ask_items(
        "SELECT value FROM score WHERE model_id = 'evo-2-7b' AND task_id = 'clinvar_vep_eval' AND stratum = 'splice' "
        "AND metric = 'AUROC'"
    )["value"].iloc[0]
    assert row["Place"] == "ClinVar · Splice"
    assert row["Value"] == round(stored, 5)
    assert (
        places.title
        == f"Of the systems named, Evo 2 7B is highest on ClinVar · Splice: rank {row['Rank']:.0f} of {row['of']:.0f}"
    )
    assert all("baseline" in why for why in places.rows["Why it is here"].iloc[list(places.baselines)])
    assert len(places.baselines) > 1


def test_an_answer_travels_with_its_baseline_and_its_caveat(recorded: Recorded, ask_items: Ask) -> None:
    answer = recorded("choose", "").find("answer")
    first = ask_items("SELECT * FROM decision ORDER BY rowid LIMIT 1").iloc[0]
    assert answer.rows is not None
    assert list(answer.rows["Answer"]) == [first["baseline_to_beat"], first["first_choice"], first["caveat"]]
    assert answer.title == f"{first['task']}: first beat {first['baseline_to_beat']}, then try {first['first_choice']}"
    assert answer.about.sources == tuple(name.strip() for name in first["source_ids"].split(";"))


def test_the_scoreboard_says_in_its_title_what_its_rows_add_up_to(recorded: Recorded) -> None:
    board = recorded("ledgers", "").find("scoreboard")
    assert board.rows is not None
    sums = board.rows[["Judged", "Beats", "Matches", "Mixed", "Loses"]].sum()
    assert board.title == (
        f"Of {sums['Judged']} claims held against something {sums['Beats']} beat it, {sums['Matches']} match it, "
        f"{sums['Mixed']} are mixed and {sums['Loses']} lose"
    )


def test_cards_of_the_ledgers_hold_every_claim_once_and_name_its_source(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("ledgers", "")
    cards = [exhibit for exhibit in shown.exhibits if exhibit.kind == "card"]
    claims = read_claims(ask_items).set_index("claim_id")
    ids = [claim for card in cards if card.rows is not None for claim in card.rows["Claim id"]]
    assert sorted(ids) == sorted(claims.index)
    for card in cards:
        assert card.rows is not None
        assert set(card.about.sources) == set(claims.loc[card.rows["Claim id"], "source_id"])
        assert card.about.n.startswith(f"{len(card.rows)} claim")


@pytest.mark.parametrize(("beats", "told"), [(True, "beats something"), (False, "does not beat anything")])
def test_a_single_claim_is_told_in_the_singular(ask: Ask, *, beats: bool, told: str) -> None:
    claims = read_claims(ask)
    able = claims[(claims["ledger"] == "capability") & (claims["outcome"].eq("beats baseline") == beats)].head(1)
    assert ledgers_words.family_title("a field", able).startswith(f"A field: the one capability claim {told}")
    context = claims[claims["ledger"] == "context"].head(2)
    assert ledgers_words.family_title("a field", context) == "A field: 2 claims for context"


def test_what_was_measured_of_a_system_is_what_the_store_compared(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("system", "who=Evo 2").find("measured")
    assert shown.rows is not None
    passed = (shown.rows["Article’s rule"] == "pass").sum()
    assert shown.title.startswith(f"{passed} of {shown.rows['Article’s rule'].notna().sum()} comparisons of Evo 2")
    row = shown.rows[shown.rows["Difference"].notna()].iloc[0]
    stored = ask_items(
        "SELECT c.delta FROM comparison c JOIN model m USING (model_id) JOIN task t USING (task_id) "
        "WHERE c.registered AND m.name = $model AND t.label = $task AND c.metric = $metric AND c.protocol = $protocol "
        "AND c.n = $n",
        {"model": row["Model"], "task": row["Task"], "metric": row["Metric"], "protocol": row["Protocol"],
         "n": int(row["n"])},
    )["delta"]  # fmt: skip
    assert row["Difference"] in set(stored.round(5))


def test_the_tree_marks_baselines_and_the_best_and_its_values_are_those_of_the_store(
    recorded: Recorded, ask_items: Ask
) -> None:
    shown = recorded("field", "suite=clinvar").find("systems")
    assert shown.rows is not None
    (measure,) = shown.best
    stored = ask_items(
        "SELECT m.name, s.value FROM score s JOIN model m USING (model_id) WHERE task_id = 'clinvar_vep_eval' "
        "AND stratum = 'all' AND metric = 'AUROC' AND value IS NOT NULL"
    ).set_index("name")["value"]
    values = shown.rows.set_index("System")[measure].dropna()
    assert values.to_dict() == stored.round(4).loc[values.index].to_dict()
    assert set(shown.rows["Role"].iloc[list(shown.baselines)]) == {"baseline"}
    assert shown.about.n == f"{len(shown.rows)} systems, {len(values)} of them measured"


def test_sizes_of_proteins_say_how_many_models_lie_above_the_baseline(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("beyond", "").find("protein-sizes")
    stored = ask_items(
        "SELECT m.name, m.role, s.value FROM score s JOIN model m USING (model_id) "
        "WHERE task_id = 'proteingym_dms_substitutions' AND stratum = 'all' AND metric = 'Spearman' "
        "AND protocol = 'proteingym-published' AND value IS NOT NULL"
    )
    assert shown.rows is not None
    assert dict(zip(shown.rows["System"], shown.rows["Spearman, all scans"], strict=True)) == dict(
        zip(stored["name"], stored["value"], strict=True)
    )
    beat = stored.loc[stored["name"] == "Site-Independent", "value"].iloc[0]
    models = stored[stored["role"] == "model"]
    assert shown.title.startswith(
        f"{(models['value'] > beat).sum()} of {len(models)} models lie above Site-Independent"
    )
    assert shown.about.interval == "no intervals: none were published"


def test_orders_without_scores_say_who_is_ahead(recorded: Recorded) -> None:
    shown = recorded("beyond", "chapter=cells")
    assert shown.find("beyond-clustering").title == (
        "Clustering: three of 3 simple methods lie ahead of the foundation models"
    )
    perturbation = shown.find("beyond-perturbation")
    assert perturbation.title == (
        "Perturbation: one of 3 simple methods lies ahead of the foundation models, two level with them"
    )
    assert perturbation.rows is not None
    assert sorted(perturbation.rows["The simple method is"]) == ["ahead", "level", "level"]
    behind = beyond_words.order_title(pd.DataFrame({"place": [-1, -1]}), "clustering")
    assert behind == "Clustering: none of 2 simple methods lie ahead of the foundation models, two behind"


def test_a_trap_is_told_by_the_numbers_under_it(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("traps", "")
    pooled = shown.find("trap-pooled")
    n = ask_items("SELECT n FROM stratum WHERE task_id = 'clinvar_vep_eval' AND stratum = 'all'")["n"].iloc[0]
    assert pooled.title.startswith(f"Over {n:,} ClinVar variants a rule that knows only the class")
    assert pooled.about.sources == ("vep_eval",)
    assert pooled.about.n == f"{n:,} variants, 13 classes"
    assert shown.find("trap-fields").about.sources == ("geneb_2026", "proteingym_2023")


def test_methods_count_scores_and_sources_as_the_store_does(recorded: Recorded, ask_items: Ask) -> None:
    shown = recorded("methods", "")
    counted = ask_items("SELECT count(*) AS n, count(ci_low) AS sure FROM score").iloc[0]
    title = f"{counted['n']:,} scores of 9 suites, {counted['sure']:,} of them with an interval"
    assert shown.find("store-contents").title == title
    sources = ask_items("SELECT count(*) AS n FROM source")["n"].iloc[0]
    assert shown.find("sources").title.startswith(f"{sources} sources: ")


def test_ids_of_sources_come_the_most_frequent_first() -> None:
    assert ids_of(["b; a", "a", None, float("nan")], ["c;"]) == ("a", "b", "c")


def test_claims_state_their_number_and_that_they_have_no_intervals(ask: Ask) -> None:
    claims = read_claims(ask)
    about = about_claims(claims)
    assert about.n == f"{len(claims)} claims from {claims['source_id'].nunique()} sources"
    assert about.interval == "no intervals: claims and their values are quoted as published"


def _worth(value: float, delta: float | None = None) -> Worth:
    return Worth(Measured(value=value, n=50, positives=20), None, None if delta is None else Difference(delta=delta))


def test_slices_are_told_by_the_largest_difference_or_by_the_ends() -> None:
    pair = [("Whole task", _worth(0.7, 0.01)), ("RING *domain*", _worth(0.8, -0.05))]
    assert slices.slices_title(pair, ["A", "B"], "AUROC") == "A and B differ most on RING \\*domain\\*: −0.050 AUROC"
    alone = [("Whole task", _worth(0.7)), ("Current filter", _worth(0.8))]
    told = "A has AUROC 0.700 on the whole task and 0.800 on the current filter"
    assert slices.slices_title(alone, ["A", None], "AUROC") == told
    assert slices.slices_title([], ["A", None], "AUROC") == "No slice has a value of AUROC"


@pytest.fixture
def split(visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page of a split with a file on it, one column of which is judged."""
    monkeypatch.setattr(client, "COMMAND", COMMAND)
    at = visit("your-split")
    at.file_uploader[0].upload("secret-cohort.csv", b"label,gene,variant,esm\n1,A,M1V,0.5\n").run()
    widgets: list[Any] = list(at.get("button_group"))
    next(one for one in widgets if one.label == "A high value of esm means").set_value("1")
    yield at.run()
    st.cache_resource.clear()


def test_everything_found_on_a_split_of_ones_own_can_be_put_into_the_deck(split: AppTest) -> None:
    assert not split.exception
    keys = [str(one.key) for one in split.button]
    offered = {key.removeprefix("deck-") for key in keys if key.startswith("deck-")}
    wanted = {"checks", "split-forest", "split-parts", "split-curves", "verdicts", "power", "values", "differences"}
    assert offered == wanted


@pytest.mark.parametrize("key", ["verdicts", "split-forest", "checks"])
def test_an_exhibit_of_a_split_goes_into_the_deck_by_content_and_no_word_of_it_into_the_address(
    split: AppTest, key: str
) -> None:
    next(one for one in split.button if one.key == f"deck-{key}").click()
    split.run()
    assert not split.exception
    (content,) = split.session_state["_private_exhibits"].values()
    exhibit = exhibit_from_json(content)
    assert exhibit.key == key
    assert exhibit.rows is not None
    assert len(exhibit.rows)
    assert exhibit.about.sources == ()
    assert "secret" not in f"{exhibit.about} {exhibit.file} {exhibit.alt}"
    assert set(split.query_params) == {"deck"}
    assert all(word not in str(split.query_params).lower() for word in ("secret", "cohort", "esm", "gene"))


def test_tables_of_a_split_hold_its_numbers() -> None:
    found = results.result(column="esm", verdict="PASS_PAIRED", inspection=results.inspection())
    verdicts = split_tables.difference_table(found, found.parts[0])
    own = [one for one in found.differences if one.registered and one.part_id == found.parts[0].part_id]
    deltas = [one.delta for one in own if one.metric == found.primary and one.delta is not None]
    assert list(verdicts["Difference"]) == [round(delta, 4) for delta in deltas]
    assert deltas
    power = split_tables.power_table(found)
    assert list(power["Smallest difference it can show"].dropna()) == [
        one.detectable for one in found.power if one.detectable is not None and one.part_id == found.parts[0].part_id
    ]
    about = split_words.about_split(found)
    assert about.n.startswith(f"{found.parts[0].n} items of a file of one’s own")
    assert about.sources == ()
