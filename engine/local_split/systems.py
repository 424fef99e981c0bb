"""What is put side by side on a split: the owner's columns and model, the baselines that suit it, and two controls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError, VledgerError, one_line
from engine.local_split import own_model
from engine.local_split.exchange import Problem, Shape, System
from engine.local_split.probing import probe_systems
from engine.local_split.thresholds import GIVEN, Threshold, calls, decide
from engine.names import Regime, Role
from engine.registry.baselines import find_baseline
from engine.run.evaluate import LEAST_COVERAGE
from engine.run.parts import rule_system

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from engine.local_split.exchange import Higher, Options, Progress, ScoreColumn
    from engine.local_split.split import LocalSplit
    from engine.run.probing.evaluate import Answer
    from engine.variants import VariantTask

    Floats = NDArray[np.float64]

COLUMN = "column:"
MODEL = "model:"
_SUBSTITUTION = ("blosum62", "grantham", "hydropathy", "volume")
RULES: dict[Shape, tuple[str, ...]] = {
    Shape.PROTEIN: _SUBSTITUTION,
    Shape.DNA: (
        "consequence+blosum62",
        "consequence",
        *_SUBSTITUTION,
        "splice-distance",
        "cpg",
        "transversion",
        "gc",
    ),
    Shape.SCORES: (),
}
"""Rules that may suit a split, by its shape."""
CONTROLS = ("constant", "random")
REGISTERED = ("consequence+blosum62", "consequence", "blosum62", "transversion")
"""The baseline to beat is the first of these that scores nearly all rows: declared before labels are looked at."""
_NO_BASELINE = "no rule of ours suits these rows, so that there is no baseline to beat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A system on the test rows, m of them.

    Attributes:
        system: what is told of it.
        scores: shape (m,), a higher one speaks for label 1, NaN where there is none; None where only classes are
            predicted.
        classes: shape (m,), predicted labels or class numbers, NaN where there is none; None with a reason.
        no_classes: why none are predicted.
        facts: of a probe's fit; see `engine.local_split.probing`.
    """

    system: System
    scores: Floats | None
    classes: Floats | None
    no_classes: str | None = None
    facts: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """What is evaluated, the owner's first, then the baselines, the registered one before the others, then controls.

    Attributes:
        failed: what was asked for or would suit, and could not be run.
    """

    scored: tuple[Scored, ...]
    failed: tuple[Problem, ...]

    def of(self, role: str) -> list[Scored]:
        """Those of one role, in order."""
        return [one for one in self.scored if one.system.role == role]

    @property
    def registered(self) -> Scored | None:
        """The baseline to beat; None where there is none."""
        return next((one for one in self.scored if one.system.registered), None)


def covering(systems: Systems, parts: Sequence[NDArray[np.int64]]) -> Systems:
    """Without the rules that have a score for too few rows of every part; they are told among what failed.

    Args:
        systems: the registered baseline and the owner's columns stay in any case.
        parts: rows of each part among the test rows.
    """
    kept, notes = [], []
    for one in systems.scored:
        ours = one.system.role == "baseline" and not one.system.system_id.startswith(COLUMN)
        scores = one.scores if ours and not one.system.registered else None
        if scores is None or any(_coverage(scores[rows]) >= LEAST_COVERAGE for rows in parts):
            kept.append(one)
            continue
        told = (
            f"{one.system.name} scores {int(np.isfinite(scores).sum()):,} of {len(scores):,} rows, too few of any part"
        )
        remedy = "split the result up by a column that tells kinds of variants apart"
        notes.append(_problem("coverage", told, remedy, value=one.system.system_id))
    return Systems(scored=tuple(kept), failed=(*systems.failed, *notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A system on all n rows: `scores`, shape (n,), in its own direction; `declared` is a threshold and its source."""

    system: System
    scores: Floats
    declared: tuple[float, str] | None = None


def systems_of(split: LocalSplit, options: Options, progress: Progress | None = None) -> Systems:
    """The systems that suit a split, with their scores and predictions on its test rows.

    Args:
        split: the rows.
        options: which columns are evaluated and in which direction; a model to run.
        progress: told of probes and of the model while they run.

    Raises:
        SpecError: a column is named that the split does not have, or twice.
    """
    failed: list[Problem] = []
    own = [*_columns(split, options, failed), *_own_model(split, options, progress, failed)]
    rules = list(_rules(split, failed))
    probed = list(_probes(split, options, progress, failed))
    named = next((one.system.system_id for one in own if one.system.role == "baseline"), None)
    registered = named or next((one.system.system_id for one in probed if one.system.registered), None)
    registered = registered or _registered(split, rules)
    if registered is None:
        failed.append(_problem("no-baseline", _NO_BASELINE, "name one of your columns as the baseline"))
    scored = [*(_scored(split, one) for one in [*own, *rules]), *probed]
    marked = [replace(one, system=_marked(one.system, registered)) for one in scored]
    return Systems(scored=tuple(sorted(marked, key=_rank)), failed=tuple(failed))


def _rank(one: Scored) -> tuple[int, bool]:
    return ("yours", "baseline", "control").index(one.system.role), not one.system.registered


def _marked(system: System, registered: str | None) -> System:
    return replace(system, registered=system.system_id == registered)


def _columns(split: LocalSplit, options: Options, failed: list[Problem]) -> Iterator[_Candidate]:
    """The owner's columns; those that cannot be evaluated are added to `failed`."""
    names = [column.column for column in options.scores]
    for column in options.scores:
        if column.column not in split.scores:
            raise SpecError(
                f"there is no column of scores '{one_line(column.column)}': name one of {', '.join(split.scores)}."
            )
        if names.count(column.column) > 1:
            raise SpecError(
                f"the column '{one_line(column.column)}' is named twice: it is either judged or what others must beat."
            )
        problem = _no_use(split, column)
        if problem:
            failed.append(problem)
            continue
        declared = None if column.threshold is None else (column.threshold, GIVEN)
        yield _Candidate(system=_own(column), scores=split.scores[column.column], declared=declared)


def _no_use(split: LocalSplit, column: ScoreColumn) -> Problem | None:
    if column.higher_is is None:
        told = "nobody said for which label a high value of this column speaks, so it was not evaluated"
        remedy = "say whether a high value speaks for label 1 or for label 0"
        return _problem("direction", told, remedy, column=column.column)
    count = len(split.inspection.classes)
    if split.sequences is not None and len(split.sequences.classes) > 2:
        told = f"one score cannot tell {count} classes apart, so this column was not evaluated"
        return _problem("classes", told, "bring labels of two classes", column=column.column)
    return None


def _problem(kind: str, problem: str, remedy: str, *, column: str | None = None, value: str | None = None) -> Problem:
    return Problem(kind=kind, severity="warning", problem=problem, remedy=remedy, column=column, value=value)


def _own(column: ScoreColumn) -> System:
    what = "A column of the split to beat" if column.role == "baseline" else "A column of the split"
    return System(
        system_id=COLUMN + column.column,
        name=column.column,
        role="baseline" if column.role == "baseline" else "yours",
        sentence=f"{what}; a high value speaks for label {column.higher_is}.",
        higher_is=column.higher_is,
    )


def _own_model(
    split: LocalSplit, options: Options, progress: Progress | None, failed: list[Problem]
) -> Iterator[_Candidate]:
    asked = options.model
    if asked is None:
        return
    try:
        scores, higher_is, sentence = own_model.score(split, asked, progress)
    except VledgerError as error:
        failed.append(_problem("model", str(error), "the rest was evaluated without it", value=asked.model))
        return
    # A report is given away, and where a folder lies is nobody else's business.
    name = PurePath(asked.model).name
    system = System(system_id=MODEL + name, name=name, role="yours", sentence=sentence, higher_is=higher_is)
    yield _Candidate(system=system, scores=scores)


def _rules(split: LocalSplit, failed: list[Problem]) -> Iterator[_Candidate]:
    """The baselines for whose rules the split has columns, and the controls."""
    if split.variants is None:
        return
    for name in (*RULES[split.shape], *CONTROLS):
        if not _has(split.variants, find_baseline(name).needs):
            continue
        card = find_baseline(name)
        try:
            found = rule_system(split.variants, name)
        except VledgerError as error:
            failed.append(
                _problem("baseline", f"{card.name}: {error}", "the rest was evaluated without it", value=name)
            )
            continue
        if not np.isfinite(found.scores).any():
            continue
        # The task's label 1 is damaging, and so is what every one of these rules is high for.
        higher: Higher = "1" if found.higher_is == split.variants.positive_is else "0"
        system = System(
            system_id=name,
            name=card.name,
            role="control" if card.role == Role.CONTROL else "baseline",
            sentence=card.sentence,
            higher_is=higher,
        )
        yield _Candidate(system=system, scores=found.scores, declared=found.threshold)


def _has(data: VariantTask, needs: Iterable[str]) -> bool:
    """Whether a task holds something of all that a rule reads."""
    return all(bool(data.regions) if need == "regions" else data.items[need].notna().any() for need in needs)


def _registered(split: LocalSplit, rules: Sequence[_Candidate]) -> str | None:
    covering = {one.system.system_id for one in rules if _coverage(one.scores[~split.train]) >= LEAST_COVERAGE}
    return next((name for name in REGISTERED if name in covering), None)


def _coverage(scores: Floats) -> float:
    return float(np.isfinite(scores).mean()) if len(scores) else 0.0


def _scored(split: LocalSplit, one: _Candidate) -> Scored:
    """Turned so that high speaks for label 1, and called at the threshold."""
    own = np.where(np.isfinite(one.scores), one.scores, np.nan)
    high_is_1 = one.system.higher_is == "1"
    threshold = decide(own, split.labels == (1 if high_is_1 else 0), split.train, one.declared)
    tested = own[~split.train]
    return Scored(
        system=replace(one.system, threshold=threshold.value, threshold_source=threshold.source),
        scores=tested if high_is_1 else -tested,
        classes=_classes(tested, threshold, high_is_1=high_is_1),
        no_classes=threshold.reason,
    )


def _classes(scores: Floats, threshold: Threshold, *, high_is_1: bool) -> Floats | None:
    return None if threshold.value is None else calls(scores, threshold.value, high_is_1=high_is_1)


def _probes(split: LocalSplit, options: Options, progress: Progress | None, failed: list[Problem]) -> Iterator[Scored]:
    """Baselines on labelled sequences, asked about test once."""
    if split.sequences is None:
        return
    probes = probe_systems(split, options, progress)
    for answer in probes.answers:
        if answer.predicted is None:
            reason = answer.absent.get(Regime.FULL, "it could not be run")
            told = f"{answer.system.name}: {reason}"
            failed.append(_problem("baseline", told, "the rest was evaluated without it", value=answer.system.model_id))
            continue
        yield _probed(answer, registered=answer.system.model_id == probes.registered)


def _probed(answer: Answer, *, registered: bool) -> Scored:
    probability = answer.probability
    known = probability is not None and bool(np.isfinite(probability).any())
    return Scored(
        system=System(
            system_id=answer.system.model_id,
            name=answer.system.name,
            role="control" if answer.system.role == Role.CONTROL else "baseline",
            sentence=_sentence(answer),
            higher_is="1" if known else None,
            registered=registered,
        ),
        scores=probability if known else None,
        classes=None if answer.predicted is None else answer.predicted.astype(np.float64),
        facts=dict(answer.facts),
    )


def _sentence(answer: Answer) -> str:
    card = answer.system.features
    sentence = card.sentence if card else f"{answer.system.name}."
    return (
        f"{sentence} Here of shuffled sequences: what is left without their order."
        if answer.system.shuffled
        else sentence
    )
