"""The shell line that asks a question about a split again, and how its words are read.

Files stand in it by their names: where they lie is known to whoever types it. A column of scores is written
`NAME=1` or `NAME=0`, by the label that a high value speaks for, and `NAME=` where nobody said.
"""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from engine.errors import SpecError, one_line
from engine.local_split.exchange import Field, Options, ScoreColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.local_split.exchange import Files, Higher, OwnModel

INDEPENDENT = "none"
"""The word of `--group` for items that share nothing."""
_COLUMN = "column:"
_DEFAULTS = Options()


def command_of(files: Files, options: Options) -> str:
    """The line that answers the same question, with what differs from the defaults alone."""
    words = [*_files(files), *_columns(options), *_scores(options), *_rest(options), *_model(options.model)]
    return shlex.join(["vledger", "compare", *words])


def in_order(scores: Iterable[ScoreColumn]) -> tuple[ScoreColumn, ...]:
    """Columns as a command holds them: those to be judged first, each kind in the order given."""
    return tuple(sorted(scores, key=lambda score: score.role == "baseline"))


def score_columns(
    judged: Sequence[str], baselines: Sequence[str], thresholds: Sequence[str]
) -> tuple[ScoreColumn, ...]:
    """Columns of scores from the words after `--score`, `--baseline` and `--threshold`.

    Raises:
        SpecError: a column is named twice, a threshold is of none of them or no number.
    """
    found = [_score(word, "model") for word in judged] + [_score(word, "baseline") for word in baselines]
    names = [score.column for score in found]
    for name in names:
        if names.count(name) > 1:
            raise SpecError(
                f"the column '{one_line(name)}' is given twice; name it once, with --score or with --baseline."
            )
    given = dict(_threshold(word) for word in thresholds)
    for name in given.keys() - set(names):
        raise SpecError(
            f"--threshold {one_line(name)}: it is none of the columns given; name it with --score or --baseline too."
        )
    return tuple(replace(score, threshold=given.get(score.column)) for score in found)


def meaning(word: str) -> tuple[Field, str]:
    """What a column means, from `field=NAME`; an empty name says that there is no such column.

    Raises:
        SpecError: it is not written so, or there is no such field.
    """
    field, equals, name = word.partition("=")
    if not equals or field not in list(Field):
        raise SpecError(f"--column '{one_line(word)}': give field=NAME, the field being one of {', '.join(Field)}.")
    return Field(field), name


def group_of(word: str | None) -> str | None:
    """The column after `--group`: None where it was not given, empty for items that are independent."""
    if word is None or word.startswith(_COLUMN):
        return word and word.removeprefix(_COLUMN)
    return "" if word == INDEPENDENT else word


def _files(files: Files) -> Iterator[str]:
    for name, upload in (("--split", files.table), ("--sequences", files.sequences), ("--labels", files.labels)):
        if upload:
            yield from (name, upload.name)


def _columns(options: Options) -> Iterator[str]:
    if options.shape:
        yield from ("--shape", options.shape.value)
    for field, name in options.columns:
        yield from ("--column", f"{field.value}={name}")


def _scores(options: Options) -> Iterator[str]:
    scores = in_order(options.scores)
    for score in scores:
        undirected = score.column + ("=" if "=" in score.column else "")
        yield "--baseline" if score.role == "baseline" else "--score"
        yield f"{score.column}={score.higher_is}" if score.higher_is else undirected
    for score in scores:
        if score.threshold is not None:
            yield from ("--threshold", f"{score.column}={float(score.threshold)!r}")


def _rest(options: Options) -> Iterator[str]:
    if options.group is not None:
        yield from ("--group", _group(options.group))
    for name in options.strata:
        yield from ("--by", name)
    for name in ("positive", "assembly", "header", "sheet", "draws", "seed"):
        value = getattr(options, name)
        if value != getattr(_DEFAULTS, name):
            yield from (f"--{name}", str(value))


def _group(name: str) -> str:
    """A column may itself be called by the word for none."""
    if not name:
        return INDEPENDENT
    return _COLUMN + name if name == INDEPENDENT or name.startswith(_COLUMN) else name


def _model(model: OwnModel | None) -> Iterator[str]:
    if model is None:
        return
    yield from ("--model", model.model)
    if model.weights is not None:
        yield from ("--weights", model.weights)
    if model.device != "auto":
        yield from ("--device", model.device)


def _score(word: str, role: Literal["model", "baseline"]) -> ScoreColumn:
    name, equals, higher = word.rpartition("=")
    if not equals:
        return ScoreColumn(column=word, role=role)
    if not name or higher not in {"1", "0", ""}:
        raise SpecError(
            f"'{one_line(word)}': give NAME=1 where a high value speaks for label 1, and NAME=0 where it speaks for "
            "label 0."
        )
    return ScoreColumn(column=name, higher_is=cast("Higher", higher) if higher else None, role=role)


def _threshold(word: str) -> tuple[str, float]:
    name, _, text = word.rpartition("=")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise SpecError(f"--threshold '{one_line(word)}': give NAME=NUMBER, such as score=0.5.")
    return name, value
