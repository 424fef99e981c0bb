"""Choose a model: what the matrix names, what was measured, and the page as a reader has it."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import typer

from dashboard import urlstate
from dashboard.components import choose_words as words
from dashboard.components.choose_commands import OWN, command
from dashboard.components.choose_measured import against_baselines, pairs, places_table, query
from dashboard.flag_words import flag_name
from dashboard.queries.choose import Candidate, read_candidates, read_choice, read_matrix
from dashboard.queries.choose_measured import (
    category_ranks,
    read_longest_input,
    read_measured,
    read_tasks,
    tallied,
    with_ranks,
)
from dashboard.queries.choose_needs import Needs, Variant
from dashboard.queries.choose_topics import TOPICS, topic_of
from dashboard.queries.ledgers import read_claims
from dashboard.queries.suites import SUITES
from dashboard.text import plain, three
from dashboard.view import View
from engine.cli import app as cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

CODING = "Coding SNV pathogenicity"
NETWORKS = "Regulatory network inference from attention"
LONG = "Long-range regulatory, limited compute"
EVERY_JOB = pytest.mark.parametrize("job", TOPICS)


def variant(**known: Any) -> Variant:
    """A DNA model of which nothing is stated but what is given."""
    nothing = dict.fromkeys(Variant.__slots__)
    return Variant(**{**nothing, "system": "S", "name": "S 1", "modality": "DNA", "stated_windows": (), **known})


def sees(at: AppTest) -> str:
    found = [str(element.value) for element in (*at.title, *at.subheader, *at.markdown, *at.caption)]
    html = [unescape(element.proto.body) for element in at.get("html")]
    return "\n".join([*found, *html]).replace("\\", "")


# What is declared, against the store.


def test_every_row_of_the_matrix_has_its_topic_and_every_topic_its_row(ask: Ask) -> None:
    assert list(read_matrix(ask)["task"]) == list(TOPICS)


def test_a_job_that_only_a_later_store_has_names_nobody_and_breaks_nothing() -> None:
    assert topic_of("Telling fortunes").places == ()


@EVERY_JOB
def test_every_system_that_a_topic_names_has_facts_and_stands_in_the_words_of_its_row(job: str, ask: Ask) -> None:
    choice, topic = read_choice(ask, job), TOPICS[job]
    known = set(ask("SELECT system FROM model_fact")["system"])
    assert {*topic.first, *topic.baselines, *topic.examples} <= known
    for text, systems in ((choice.first, topic.first), (choice.baseline, topic.baselines)):
        said = "".join(text.lower().replace("alphafold2/3", "alphafold2 alphafold3").split())
        for system in systems:
            assert "".join(system.lower().removesuffix(" baseline").split()) in said


@EVERY_JOB
def test_every_place_of_a_topic_is_a_part_or_category_that_the_store_has(job: str, ask: Ask) -> None:
    measured = read_measured(ask, job)
    assert [found.place for found in measured] == list(TOPICS[job].places)
    for found in measured:
        assert len(found.rows) > 1
        assert found.metric in SUITES[found.place.suite].metrics


@EVERY_JOB
def test_every_choice_has_a_baseline_a_caveat_and_sources_with_links(job: str, ask: Ask) -> None:
    choice = read_choice(ask, job)
    assert choice.baseline
    assert choice.caveat
    assert all(source.url for source in choice.sources)
    assert len(choice.sources)


def test_what_is_shown_of_a_job_is_the_rows_own_words(ask: Ask) -> None:
    row = ask("SELECT * FROM decision WHERE task = $task", {"task": CODING}).iloc[0]
    choice = read_choice(ask, CODING)
    assert (choice.baseline, choice.first, choice.caveat, choice.why) == (
        row["baseline_to_beat"],
        row["first_choice"],
        row["caveat"],
        row["why"],
    )


def test_systems_come_in_the_order_first_choice_baseline_and_claims(ask: Ask) -> None:
    found = read_candidates(ask, CODING, "coding SNV pathogenicity")
    assert [one.system for one in found] == ["AlphaMissense", "ESM-1b", "GPN-MSA", "Evo 2"]
    assert [one.named for one in found] == ["first choice"] * 3 + ["in a claim"]
    both = read_candidates(ask, "Single-cell zero-shot clustering", "single-cell clustering")
    assert both[0].named == "first choice, baseline to beat"


def test_a_range_that_two_systems_share_is_stated_of_both(ask: Ask) -> None:
    found = {one.system: one for one in read_candidates(ask, LONG, "long-range regulatory")}
    for system in ("Enformer", "Borzoi"):
        assert found[system].variants[0].stated_windows == ((200000, "bp"), (500000, "bp"))


# What was measured.


def scores(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["model_id", "role", "value", "ci_low", "ci_high"])
    return found.assign(name=found["model_id"], part="P", metric="AUROC", baseline_id=None)


def test_a_range_of_ranks_is_what_the_intervals_leave_open() -> None:
    rows = scores(
        ("a", "model", 0.9, 0.88, 0.92),
        ("b", "model", 0.8, 0.70, 0.85),
        ("c", "model", 0.75, 0.71, 0.79),
        ("d", "baseline", 0.5, 0.45, 0.55),
    )
    found = with_ranks(rows)
    assert list(found["rank"]) == [1, 2, 3, 4]
    assert list(zip(found["rank_low"], found["rank_high"], strict=True)) == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_one_missing_interval_leaves_every_range_open() -> None:
    found = with_ranks(scores(("a", "model", 0.9, 0.88, 0.92), ("b", "model", 0.8, math.nan, math.nan)))
    assert found["rank_low"].isna().all()
    assert list(found["rank"]) == [1, 2]


def test_models_are_counted_against_the_strongest_baseline_and_against_the_registered_one() -> None:
    rows = scores(
        ("a", "model", 0.9, 0.88, 0.92),
        ("strong", "baseline", 0.8, 0.78, 0.82),
        ("b", "model", 0.79, 0.77, 0.81),
        ("c", "model", 0.6, 0.58, 0.62),
        ("rule", "baseline", 0.5, 0.5, 0.5),
    )
    rows["baseline_id"] = ["rule", None, "rule", "rule", None]
    found = tallied(rows)
    assert list(found["baseline_id"]) == ["strong", "rule"]
    assert list(found["registered"]) == [False, True]
    assert found[["below", "level", "above", "higher"]].to_numpy().tolist() == [[1, 1, 1, 1], [0, 0, 3, 3]]


def test_a_baseline_without_interval_leaves_every_model_unknown_but_for_its_value() -> None:
    found = tallied(scores(("a", "model", 0.9, 0.8, 1.0), ("rule", "baseline", 0.5, math.nan, math.nan)))
    assert found[["below", "level", "above", "unknown", "higher"]].to_numpy().tolist() == [[0, 0, 0, 1, 1]]


@EVERY_JOB
def test_every_value_and_verdict_of_a_part_is_the_stores(job: str, ask: Ask) -> None:
    for found in read_measured(ask, job):
        if found.place.task is None:
            continue
        stored = ask(
            "SELECT model_id, value, ci_low FROM score WHERE task_id = $task AND stratum = $part AND metric = $metric",
            {"task": found.place.task, "part": found.place.part, "metric": found.metric},
        ).drop_duplicates()
        joined = found.rows.merge(stored.astype({"ci_low": float}), on="model_id")
        same = (joined["value_x"] == joined["value_y"]) & (
            joined["ci_low_x"].eq(joined["ci_low_y"]) | joined["ci_low_x"].isna()
        )
        assert set(joined.loc[same, "model_id"]) == set(found.rows["model_id"])
        assert found.rows["model_id"].is_unique


def test_missense_of_clinvar_has_the_numbers_of_the_published_table(ask: Ask) -> None:
    found = read_measured(ask, CODING)[0]
    rows = found.rows.set_index("model_id")
    assert (found.label, found.metric) == ("ClinVar · Missense", "AUROC")
    assert rows.at["alphamissense", "value"] == 0.966
    assert rows.at["evo-2-40b", "value"] == 0.8454
    strongest = found.tally.iloc[0]
    assert (strongest["baseline"], strongest["value"]) == ("PhyloP", 0.8694)
    assert [int(strongest[side]) for side in ("below", "level", "above")] == [7, 0, 8]


def test_a_value_that_does_not_state_its_n_where_others_do_is_not_ranked_with_them(ask: Ask) -> None:
    for job in TOPICS:
        for found in read_measured(ask, job):
            assert found.rows["n"].notna().all() or found.rows["n"].isna().all()


def test_ranks_in_a_category_have_the_bounds_of_its_own_tasks(ask: Ask) -> None:
    found = category_ranks(read_tasks(ask, LONG))
    assert set(found) == {"Mouse Enh.", "Enhancers", "Regulatory"}  # one task of chromatin is no draw
    values = ask(
        "SELECT model_id, value FROM category_score WHERE category = 'Enhancers' AND regime = 'full' "
        "AND metric = 'MCC' AND protocol = 'geneb-published'"
    ).set_index("model_id")["value"]
    ranks = found["Enhancers"]
    assert (ranks["value"] - values[ranks.index]).abs().max() < 1e-9
    assert (ranks["rank_low"] <= ranks["rank_high"]).all()


@EVERY_JOB
def test_no_place_shows_a_system_before_its_baseline_or_the_word_that_there_is_none(job: str, ask: Ask) -> None:
    choice, measured = read_choice(ask, job), read_measured(ask, job)
    rows = places_table(read_candidates(ask, job, choice.family), measured, {})
    assert len(rows) or not measured
    for found in measured:
        first = rows[rows["Place"].str.startswith(found.label)].iloc[0]
        assert "baseline" in first["Why it is here"] or first["System"] == "No baseline yet"


def test_places_without_intervals_are_told_in_words_and_the_others_drawn(ask: Ask) -> None:
    measured = read_measured(ask, "Protein missense interpretation")
    told = [sentence for found in measured for sentence in words.without_intervals(found)]
    assert told[0].startswith("**ProteinGym · Deep mutational scans, substitutions:** 19 of 94 models have a higher")
    drawn = against_baselines(measured)
    assert set(drawn["suite"]) == {"clinvar", "dms"}
    assert drawn["task_id"].is_unique


def test_pairs_are_those_of_the_row_best_first_then_the_best_with_the_strongest_baseline(ask: Ask) -> None:
    found = pairs(read_candidates(ask, CODING, "coding SNV pathogenicity"), read_measured(ask, CODING)[0])
    assert [(one, other) for one, other, _ in found] == [
        ("alphamissense", "esm-1b"),
        ("alphamissense", "gpn-msa-sapiens"),
        ("esm-1b", "gpn-msa-sapiens"),
        ("alphamissense", "vep-eval:phylop"),
    ]


def test_labels_that_a_tool_was_tuned_on_are_flagged_beside_its_value(ask: Ask) -> None:
    measured = read_measured(ask, CODING)[:1]
    rows = places_table(read_candidates(ask, CODING, "coding SNV pathogenicity"), measured, {})
    care = rows.set_index("System")["Care"]
    assert care["AlphaMissense"].startswith(flag_name("CONTAM_LABELS"))
    assert pd.isna(care["PhyloP"])


@pytest.mark.parametrize("job", [job for job, topic in TOPICS.items() if topic.places])
def test_the_command_for_a_place_gives_its_values(job: str, ask: Ask) -> None:
    for found in read_measured(ask, job):
        program, verb, sql = shlex.split(query(found))
        assert (program, verb) == ("vledger", "sql")
        given = ask(sql)
        assert set(found.rows["model_id"]) <= set(given["model_id"])
        assert found.place.task is not None or len(given) == len(found.rows)


# Words and commands.


@EVERY_JOB
def test_the_title_names_the_baseline_or_says_that_nothing_was_measured(job: str, ask: Ask) -> None:
    measured = read_measured(ask, job)
    title = words.title(job, measured)
    if any(len(found.tally) for found in measured):
        assert str(next(found.tally["baseline"].iloc[0] for found in measured if len(found.tally))) in title
    else:
        assert "nothing was measured here" in title


def test_how_many_of_the_named_systems_meet_the_needs_is_said_in_one_sentence(ask: Ask) -> None:
    found = read_candidates(ask, CODING, "coding SNV pathogenicity")
    assert words.fit_summary(found, Needs()).startswith("State your needs")
    told = words.fit_summary(found, Needs(weights=True, commercial=True))
    assert told == "Of 3 systems named here 2 meet your needs and 1 does not."


@pytest.mark.parametrize("kind", OWN)
def test_every_command_exists_with_its_options(kind: str) -> None:
    program, verb, *rest = shlex.split(command(OWN[kind], [], Needs()))
    assert program == "vledger"
    known = typer.main.get_command(cli).commands[verb]  # type: ignore[attr-defined]
    options = {name for parameter in known.params for name in parameter.opts}
    assert {word for word in [*rest, "--model", "--allow-remote-code"] if word.startswith("--")} <= options | (
        {"--allow-remote-code", "--model"} if OWN[kind].reads is None else set()
    )


def test_a_command_takes_the_named_model_that_runs_here_meets_the_needs_and_ranks_best() -> None:
    first = variant(model_id="big", parameters=2e10, runs=True, support="Runs here.")
    second = variant(model_id="small", parameters=1e6, runs=True, support="Runs here, with --allow-remote-code.")
    never = variant(model_id="never", parameters=1e3, runs=False, support="No.")
    found = [Candidate("S", "first choice", (first, second, never))]
    plain = "vledger probe --task sequences.csv"
    ranks = {"big": 1, "small": 2}
    assert command(OWN["sequences"], found, Needs(), ranks=ranks) == f"{plain} --model big"
    fitting = command(OWN["sequences"], found, Needs(compute="laptop"), ranks=ranks)
    assert fitting == f"{plain} --model small --allow-remote-code"
    assert command(OWN["sequences"], [replace(found[0], variants=(never,))], Needs()) == plain


# The page.


ASKED = {
    "topic": CODING,
    "window": "100000",
    "resolution": "base",
    "compute": "one-gpu",
    "weights_needed": "yes",
    "commercial": "yes",
}


@EVERY_JOB
def test_every_job_opens_with_baseline_choice_and_caveat_in_this_order(job: str, visit: Visit, ask: Ask) -> None:
    at = visit("choose", {"topic": job})
    assert [error.message for error in at.exception] == []
    seen, choice = sees(at), read_choice(ask, job)
    places = [seen.find(text) for text in (choice.baseline, choice.first[1:], choice.caveat)]
    assert -1 not in places
    assert places == sorted(places)
    assert all(source.url in seen for source in choice.sources)
    claims = read_claims(ask)
    for claim in claims[claims["task_family"] == choice.family].itertuples():
        assert claim.statement in seen
        assert claim.evidence in seen
        assert not isinstance(claim.caveat, str) or claim.caveat in seen
    assert at.dataframe[-1].value.shape[0] == len(TOPICS)


def test_the_address_carries_every_answer_and_the_widgets_show_them(visit: Visit) -> None:
    at = visit("choose", ASKED)
    assert not at.warning
    assert at.selectbox(key="w_topic").value == CODING
    assert at.number_input(key="w_window").value == 100_000
    assert at.toggle(key="w_weights_needed").value
    assert at.toggle(key="w_commercial").value
    assert "Of 3 systems named here 0 meet your needs and 3 do not." in sees(at)
    assert "Against your needs: 100,000 bp of context" in sees(at)


def test_an_answer_that_is_changed_goes_into_the_address_and_all_can_be_taken_back(visit: Visit) -> None:
    at = visit("choose", {"topic": CODING})
    at.number_input(key="w_window").set_value(5000).run()
    at.toggle(key="w_commercial").set_value(True).run()
    assert dict(at.query_params) == {"topic": CODING, "window": "5000", "commercial": "yes"}
    at.button(key="choose-reset").click().run()
    assert dict(at.query_params) == {"topic": CODING}
    assert at.number_input(key="w_window").value == 0


def test_a_hostile_address_opens_the_first_job_with_a_notice_for_each_offence(visit: Visit) -> None:
    at = visit("choose", dict.fromkeys(ASKED, "<script>"))
    assert [error.message for error in at.exception] == []
    assert at.warning[0].value.count("\n") == len(ASKED) - 1
    assert at.selectbox(key="w_topic").value == next(iter(TOPICS))


def test_the_address_of_the_answers_reads_back_as_it_was_written(catalog: Catalog) -> None:
    raw = {name: [value] for name, value in ASKED.items()}
    view, notices = urlstate.parse(raw, "choose", catalog, View())
    assert notices == []
    assert urlstate.serialise(view, "choose", catalog) == raw


def test_a_job_outside_the_engine_says_that_nothing_is_measured_and_shows_its_claims(visit: Visit) -> None:
    seen = sees(visit("choose", {"topic": "Protein structure (accuracy)"}))
    assert words.NOT_MEASURED in seen
    assert "it measures no structures" in seen
    assert "ESMFold" in seen


@pytest.mark.parametrize(
    ("job", "first"),
    [
        ("Single-cell perturbation prediction", "Additive"),
        ("Single-cell zero-shot clustering", "HVG + PCA"),
        (NETWORKS, "Gene-level regression"),
    ],
)
def test_a_job_on_single_cells_shows_every_baseline_with_the_one_to_beat_first(
    job: str, first: str, visit: Visit, ask: Ask
) -> None:
    at = visit("choose", {"topic": job})
    assert [error.message for error in at.exception] == []
    seen = sees(at)
    for found in read_measured(ask, job):
        told = words.baselines_alone(found)
        assert told.replace("\\", "") in seen
        assert told.endswith("No model was run here.")
        stored = ask(
            "SELECT m.name, s.value FROM score s JOIN model m USING (model_id) JOIN task t USING (task_id) "
            "WHERE s.task_id = $task AND s.metric = t.primary_metric AND m.role = 'baseline' AND s.value IS NOT NULL",
            {"task": found.place.task},
        )
        assert all(f"{plain(row.name)} {three(row.value)}" in told for row in stored.itertuples())
    assert f"of {plain(first)} " in words.baselines_alone(read_measured(ask, job)[0])
    assert "simple methods alone were measured here" in at.title[0].value


def test_long_range_tasks_say_how_long_their_longest_input_is(visit: Visit, ask: Ask) -> None:
    assert read_longest_input(ask) == (10_000, "dnabert2_2024")
    assert "has 10,000 bp" in sees(visit("choose", {"topic": LONG}))
    assert "has 10,000 bp" not in sees(visit("choose", {"topic": CODING}))


def test_named_systems_are_links_to_their_pages_and_pairs_to_compare(visit: Visit) -> None:
    at = visit("choose", {"topic": CODING})
    labels = [link.proto.label for link in at.main.get("page_link")]
    assert {"AlphaMissense", "ESM-1b", "GPN-MSA", "Compare AlphaMissense with ESM-1b →"} <= set(labels)
    assert "vledger quickstart variants.csv --model esm-1b" in [code.value for code in at.code]
