"""Words of a label column: what is 1, what is 0, and what is neither.

Label 1 is pathogenic, damaging, positive. ClinVar joins words ("Pathogenic/Likely_pathogenic|risk_factor"): one that
says nothing of pathogenicity does not count beside one that does, and two that contradict each other set it aside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.errors import one_line
from engine.local_split.columns import NO_VALUE, is_missing
from engine.local_split.exchange import LabelWord
from engine.local_split.faults import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.local_split.columns import Words

    Reading = Literal["1", "0", "class", "set aside", "missing", "unknown"]

MOST_CLASSES = 200
MOST_WORDS = 5000
"""Different words of a column that can still be one of labels, with mistakes in it."""
NONE = -1
_LONGEST_WORD = 1000

_POSITIVE = frozenset({
    "1", "true", "t", "yes", "y", "positive", "pos", "pathogenic", "likely pathogenic", "p", "lp", "damaging",
    "probably damaging", "possibly damaging", "deleterious", "disease causing",
})  # fmt: skip
_NEGATIVE = frozenset({
    "0", "false", "f", "no", "n", "negative", "neg", "benign", "likely benign", "b", "lb", "tolerated", "neutral",
})  # fmt: skip
_ASIDE = frozenset({
    "vus", "vous", "uncertain", "uncertain significance", "unknown significance", "conflicting", "ambiguous",
    "variant of uncertain significance", "variant of unknown significance", "uncertain risk allele",
    "likely risk allele", "established risk allele",
})  # fmt: skip
# What ClinVar adds to a classification, or gives where there is none.
_BESIDE = frozenset({
    "not provided", "other", "drug response", "association", "association not found", "risk factor", "protective",
    "affects", "confers sensitivity", "low penetrance", "no classification for the single variant",
    "no classifications from unflagged records", "no interpretation for the single variant",
})  # fmt: skip
_JOINT = re.compile(r"\s*[/|,;&]\s*")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_CUT = re.compile(r"\s*(>=|<=|>|<)\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*")
_HOLDS = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Labels:
    """A label column, read.

    Attributes:
        numbers: shape (n,), 0 or 1, or the class number; `NONE` for a row without one.
        words: each word with its count and reading, the frequent ones first.
        classes: the labels by number.
        faults: rows that are left out for their label.
        missing: why no label can be used, None where labels can.
    """

    numbers: NDArray[np.int64]
    words: tuple[LabelWord, ...]
    classes: tuple[str, ...]
    faults: tuple[Fault, ...]
    missing: str | None = None


def reading(word: str) -> Reading:
    """What a word of a column of two labels is read as, by the usual words alone."""
    if word.strip() in NO_VALUE:
        return "missing"
    if len(word) > _LONGEST_WORD:
        return "unknown"
    text = re.sub(r"\.0+$", "", _plain(word))
    if text.startswith("conflicting"):
        return "set aside"
    parts = [part for part in _JOINT.split(text) if part]
    found = {_of_part(part) for part in parts}
    if not found or "unknown" in found:
        return "unknown"
    told = found - {"beside"}
    if told == {"1"}:
        return "1"
    return "0" if told == {"0"} else "set aside"


def read_binary(column: str, words: Words, positive: str | None) -> Labels:
    """Labels 0 and 1.

    Args:
        column: its name.
        words: its cells.
        positive: the word that is label 1; then every other word is 0 but those that are no label by the usual words.
            Or which measured values are: ">= 0.5" makes every other number 0.
    """
    if positive is not None and (cut := _CUT.fullmatch(positive)):
        return _cut(column, words, cut[1], cut[2])
    if len(words.words) > MOST_WORDS and positive is None:
        return Labels(np.full(len(words.codes), NONE, dtype=np.int64), (), ("0", "1"), (), _too_many(column, words))
    readings: list[Reading] = [reading(word) for word in words.words]
    missing: str | None = None
    if positive is not None:
        readings, missing = _by_hand(column, words, positive, readings)
    elif not {"1", "0"} & set(readings) or _two_other_numbers(words, readings) or _is_no_label(words, readings):
        missing = _ask(column, words, readings)
    codes = [{"1": 1, "0": 0}.get(read, NONE) for read in readings]
    numbers = words.numbers(codes)
    found = _listed(words, readings)
    return Labels(numbers, found, ("0", "1"), () if missing else tuple(_faults(column, words, readings)), missing)


def read_classes(column: str, words: Words, positive: str | None) -> Labels:
    """Labels of any number of classes, numbers in rising order, else words in the alphabet's order.

    Of two classes that are words for 0 and 1, or of which one is `positive`, 1 comes last.
    """
    none = is_missing(words.words)
    keys = [None if out else _class_of(word) for word, out in zip(words.words, none, strict=True)]
    classes = _in_order({key for key in keys if key is not None}, positive)
    readings: list[Reading] = ["missing" if out else "class" for out in none]
    number = {key: place for place, key in enumerate(classes)}
    numbers = words.numbers([NONE if key is None else number[key] for key in keys])
    missing = _wrong_count(column, len(classes))
    if positive is not None and _class_of(positive) not in number:
        missing = _absent(column, words, positive)
    faults = () if missing else tuple(_faults(column, words, readings))
    return Labels(numbers, _listed(words, readings), tuple(classes[: MOST_CLASSES + 1]), faults, missing)


def _plain(word: str) -> str:
    text = word.strip().lower().replace("_", " ").replace("-", " ") if not _NUMBER.fullmatch(word.strip()) else word
    while (bare := _IN_BRACKETS.sub("", text)) != text:
        text = bare
    return re.sub(r"\s+", " ", text).strip()


def _of_part(part: str) -> str:
    for read, known in (("1", _POSITIVE), ("0", _NEGATIVE), ("set aside", _ASIDE), ("beside", _BESIDE)):
        if part in known:
            return read
    return "set aside" if part.startswith("conflicting") else "unknown"


def _by_hand(column: str, words: Words, positive: str, readings: list[Reading]) -> tuple[list[Reading], str | None]:
    texts = [str(word) for word in words.words]
    same = {text for text in texts if text == positive} or {
        text for text in texts if _class_of(text) == _class_of(positive)
    }
    same = same or {text for text in texts if text.lower() == positive.strip().lower()}
    if not same:
        return readings, _absent(column, words, positive)
    own = reading(positive)
    if own in {"1", "0"}:
        turned: dict[Reading, Reading] = {own: "1", "0" if own == "1" else "1": "0"}
        return [turned.get(read, "0" if read == "unknown" else read) for read in readings], None
    kept = {"missing", "set aside"}
    return [
        "1" if text in same else read if read in kept else "0" for text, read in zip(texts, readings, strict=True)
    ], None


def _cut(column: str, words: Words, sign: str, bound: str) -> Labels:
    """Labels of a measured column, by a bound that its owner declares."""
    values = np.array([float(word) if _NUMBER.fullmatch(word.strip()) else np.nan for word in words.words])
    empty = is_missing(words.words)
    high = _HOLDS[sign](values, float(bound))
    readings: list[Reading] = [
        "missing" if out else "unknown" if np.isnan(value) else "1" if one else "0"
        for out, value, one in zip(empty, values, high, strict=True)
    ]
    told = words.of(readings)
    counts = {read: int((told == read).sum()) for read in ("1", "0", "missing", "unknown")}
    names = {"1": f"{sign} {bound}", "0": "other numbers", "missing": "", "unknown": "no numbers"}
    found = tuple(LabelWord(word=names[read], count=count, read_as=read) for read, count in counts.items() if count)  # type: ignore[arg-type]
    numbers = words.numbers([{"1": 1, "0": 0}.get(read, NONE) for read in readings])
    missing = None
    if not counts["1"] and not counts["0"]:
        missing = (
            f"The label column '{column[:SHOWN]}' has no numbers, so none is {sign} {bound}: choose another column."
        )
    return Labels(numbers, found, ("0", "1"), () if missing else tuple(_faults(column, words, readings)), missing)


def _absent(column: str, words: Words, positive: str) -> str:
    return (
        f"The label column '{column[:SHOWN]}' has no '{one_line(positive)}', which was named as label 1; it has "
        f"{_some(words)}."
    )


def _two_other_numbers(words: Words, readings: list[Reading]) -> bool:
    """Two numbers of which one is neither 0 nor 1, such as 1 and 2: nobody can know which is which."""
    told = [str(word) for word, read in zip(words.words, readings, strict=True) if read != "missing"]
    return len(told) == 2 and all(map(_NUMBER.fullmatch, told)) and "unknown" in readings


def _is_no_label(words: Words, readings: list[Reading]) -> bool:
    """Many different words of which most are none for a label: measured values, a few of them 0 or 1 by chance."""
    known = np.array([read not in {"unknown", "missing"} for read in readings])
    return len(readings) > MOST_CLASSES and 2 * int(words.counts[known].sum()) < len(words.codes)


def _ask(column: str, words: Words, readings: list[Reading]) -> str:
    if set(readings) <= {"missing"}:
        return f"The label column '{column[:SHOWN]}' is empty: choose another column."
    if set(readings) <= {"missing", "set aside"}:
        return f"The label column '{column[:SHOWN]}' has no pathogenic or benign row, only {_some(words)}."
    if len(words.words) > MOST_CLASSES:
        return _too_many(column, words)
    return (
        f"The words of the label column '{column[:SHOWN]}' are {_some(words)}: say which of them is label 1 "
        f"(pathogenic, damaging, positive)."
    )


def _too_many(column: str, words: Words) -> str:
    return (
        f"The column '{column[:SHOWN]}' has {len(words.words):,} different values and cannot be a label of two "
        f"classes: choose another column, or say which values are label 1, such as '>= 0.5'."
    )


def _some(words: Words) -> str:
    known = [one_line(str(word)) for word in words.words if word]
    return ", ".join(known[:_LISTED]) + (f" and {len(known) - _LISTED:,} others" if len(known) > _LISTED else "")


def _faults(column: str, words: Words, readings: list[Reading]) -> list[Fault]:
    kinds = {
        "missing": ("label-missing", "the label is missing", "fill it in, or leave the row out"),
        "set aside": (
            "label-set-aside",
            "this is neither pathogenic nor benign",
            "nothing needs to be done: such rows are counted, not evaluated",
        ),
        "unknown": (
            "label-unknown",
            "this is no usual word for a label",
            "write 1 or pathogenic, 0 or benign, or say which word is label 1",
        ),
    }
    told = words.of(readings)
    found = []
    for read, (kind, problem, remedy) in kinds.items():
        at = np.flatnonzero(told == read)
        if at.size:
            values = words.words[words.codes[at]]
            found.append(
                Fault(
                    kind=kind,
                    at=at,
                    problem=problem,
                    remedy=remedy,
                    column=column,
                    values=values,
                    set_aside=read == "set aside",
                )
            )
    return found


def _listed(words: Words, readings: list[Reading]) -> tuple[LabelWord, ...]:
    counts = words.counts
    order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    return tuple(
        LabelWord(word=str(words.words[at])[:SHOWN], count=int(counts[at]), read_as=readings[at]) for at in order
    )


def _class_of(word: str) -> str:
    """A class by one spelling: 1, 1.0 and 01 are the same number."""
    text = word.strip()
    return str(int(float(text))) if re.fullmatch(r"[+-]?\d{1,9}(?:\.0+)?", text) else text


def _in_order(keys: set[str], positive: str | None) -> list[str]:
    whole = all(re.fullmatch(r"-?\d{1,9}", key) for key in keys)
    order = sorted(keys, key=int) if whole else sorted(keys)
    if len(order) == 2:
        last = _class_of(positive) if positive is not None else _word_for_1(order)
        order.sort(key=lambda key: key == last)
    return order


def _word_for_1(pair: list[str]) -> str | None:
    read = {reading(word): word for word in pair}
    return read["1"] if read.keys() == {"1", "0"} else None


def _wrong_count(column: str, classes: int) -> str | None:
    if classes > MOST_CLASSES:
        return (
            f"The label column '{column[:SHOWN]}' has {classes:,} different values: at most {MOST_CLASSES} classes can "
            f"be told apart here."
        )
    if classes < 2:
        return f"The label column '{column[:SHOWN]}' has {'one class' if classes else 'no value'}: two are needed."
    return None
