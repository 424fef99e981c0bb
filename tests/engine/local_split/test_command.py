"""The command that reproduces a result: what it says, and that its words mean what they came from."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from engine.cli import app
from engine.errors import SpecError
from engine.local_split import command
from engine.local_split.exchange import Field, Files, Options, OwnModel, ScoreColumn, Shape, Upload

FILES = Files(table=Upload("mine.csv", b""))
# What a shell word and a column name can hold: control characters are mended when a table is read.
_NAMES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=12)
_MAYBE = st.none() | _NAMES


@st.composite
def _scores(draw: st.DrawFn) -> tuple[ScoreColumn, ...]:
    names = draw(st.lists(_NAMES, unique=True, max_size=4))
    one = st.builds(
        ScoreColumn,
        column=st.none(),
        higher_is=st.sampled_from([None, "1", "0"]),
        role=st.sampled_from(["model", "baseline"]),
        threshold=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )
    drawn = [draw(one) for _ in names]
    return command.in_order(
        ScoreColumn(column=name, higher_is=each.higher_is, role=each.role, threshold=each.threshold)
        for name, each in zip(names, drawn, strict=True)
    )


_OPTIONS = st.builds(
    Options,
    shape=st.none() | st.sampled_from(Shape),
    columns=st.lists(st.tuples(st.sampled_from(Field), st.just("") | _NAMES), max_size=3).map(tuple),
    scores=_scores(),
    group=st.none() | st.just("") | st.sampled_from(["none", "column:none", "column:"]) | _NAMES,
    strata=st.lists(_NAMES, max_size=3).map(tuple),
    positive=_MAYBE,
    assembly=_MAYBE,
    header=st.none() | st.integers(1, 99),
    sheet=_MAYBE,
    draws=st.integers(100, 10_000),
    seed=st.integers(0, 2**31),
    model=st.none() | st.builds(OwnModel, model=_NAMES, weights=_MAYBE, device=st.sampled_from(["auto", "cuda:1"])),
)


def test_what_is_left_to_what_is_recognised_is_left_out() -> None:
    assert command.command_of(FILES, Options()) == "vledger compare --split mine.csv"


def test_everything_that_was_decided_stands_in_it() -> None:
    options = Options(
        shape=Shape.DNA,
        columns=((Field.GENE, "Gene (HGNC)"), (Field.ID, "")),
        scores=(
            ScoreColumn(column="CADD", higher_is="1", role="baseline", threshold=20.0),
            ScoreColumn(column="my=score", higher_is="0"),
            ScoreColumn(column="a=b"),
        ),
        group="",
        strata=("class",),
        positive="LOF",
        assembly="GRCh37",
        header=3,
        sheet="S 1",
        draws=500,
        seed=7,
        model=OwnModel(model="esm-2-8m", weights="w", device="cpu"),
    )
    files = Files(table=Upload("a b.xlsx", b""), sequences=Upload("chr.fa", b""), labels=Upload("l.csv", b""))
    assert shlex.split(command.command_of(files, options))[2:] == [
        "--split", "a b.xlsx", "--sequences", "chr.fa", "--labels", "l.csv", "--shape", "dna-variants",
        "--column", "gene=Gene (HGNC)", "--column", "id=", "--score", "my=score=0", "--score", "a=b=",
        "--baseline", "CADD=1", "--threshold", "CADD=20.0", "--group", "none", "--by", "class", "--positive", "LOF",
        "--assembly", "GRCh37", "--header", "3", "--sheet", "S 1", "--draws", "500", "--seed", "7",
        "--model", "esm-2-8m", "--weights", "w", "--device", "cpu",
    ]  # fmt: skip


@given(options=_OPTIONS)
def test_the_command_line_reads_back_what_was_asked(options: Options) -> None:
    words = shlex.split(command.command_of(FILES, options))
    assert words[0] == "vledger"
    assert asked(words[1:]) == options


def asked(words: list[str]) -> Options:
    """The options that the command line makes of words, with nothing computed."""
    found: list[Options] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.cli.local_split.answer", lambda said: found.append(said.options))
        done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return found[0]


def test_a_column_called_none_is_not_taken_for_no_group() -> None:
    assert command.group_of("none") == ""
    assert command.group_of("column:none") == "none"
    assert command.group_of("gene") == "gene"
    assert command.group_of(None) is None


def test_only_the_last_equals_sign_separates_a_name_from_its_direction() -> None:
    assert command.score_columns(["a=1=0"], [], []) == (ScoreColumn(column="a=1", higher_is="0"),)


@pytest.mark.parametrize("word", ["esm=2", "esm=high", "=1", "="])
def test_another_word_for_the_direction_is_refused_with_both_that_there_are(word: str) -> None:
    with pytest.raises(SpecError, match="give NAME=1 where a high value speaks for label 1, and NAME=0"):
        command.score_columns([word], [], [])


@pytest.mark.parametrize("word", ["esm", "esm=", "=0.5", "esm=high", "esm=nan", "esm=inf"])
def test_a_threshold_that_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(SpecError, match="give NAME=NUMBER"):
        command.score_columns(["esm=1"], [], [word])


def test_a_threshold_of_a_column_that_nobody_named_is_refused() -> None:
    with pytest.raises(SpecError, match="--threshold cadd: it is none of the columns given"):
        command.score_columns(["esm=1"], [], ["cadd=20"])


def test_a_column_cannot_be_judged_by_itself() -> None:
    with pytest.raises(SpecError, match="'esm' is given twice"):
        command.score_columns(["esm=1"], ["esm=1"], [])


@pytest.mark.parametrize("word", ["gene", "Gene=x", "chromosome=x", ""])
def test_a_field_that_does_not_exist_is_refused_with_those_that_do(word: str) -> None:
    with pytest.raises(SpecError, match="give field=NAME, the field being one of label, split, id, gene"):
        command.meaning(word)
