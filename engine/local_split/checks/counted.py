"""What became of the rows of a file: how many are evaluated, set aside or left out, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engine.local_split.exchange import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.local_split.exchange import Problem, Severity
    from engine.local_split.faults import Fault

_TITLES = {
    "label-missing": "Labels missing",
    "label-set-aside": "Labels set aside",
    "label-unknown": "Labels not understood",
    "split-set-aside": "Rows of validation",
    "split-missing": "Rows of neither part",
    "split-unknown": "Rows of neither part",
    "variant-missing": "Variants missing",
    "variant-unreadable": "Variants not understood",
    "stop": "Stops",
    "synonymous": "Unchanged residues",
    "position-unreadable": "Positions not understood",
    "position-outside": "Positions outside",
    "residue-unreadable": "Residues not understood",
    "sequence-missing": "Sequences missing",
    "sequence-unreadable": "Letters not understood",
    "sequence-not-found": "Proteins not in the FASTA file",
    "chrom-unreadable": "Chromosomes not understood",
    "allele-unreadable": "Alleles not understood",
    "unchanged": "Unchanged bases",
    "consequence-unknown": "Consequences without a grade",
    "class-not-in-train": "Classes that train lacks",
    "score-unreadable": "Scores that are no numbers",
    "score-infinite": "Infinite scores",
}
_OWN = ("duplicate", "label-conflict", "reference-mismatch")


def of_faults(faults: Iterable[Fault]) -> list[Check]:
    """One check for each kind of fault that has no check of its own."""
    rows: Counter[str] = Counter()
    first: dict[str, Fault] = {}
    for fault in faults:
        rows[fault.kind] += len(fault.at)
        first.setdefault(fault.kind, fault)
    return [_check(fault, rows[kind]) for kind, fault in first.items() if kind not in _OWN]


def of_reading(problems: Sequence[Problem]) -> list[Check]:
    """What the reading of the file had to leave out or mend."""
    if not problems:
        return [Check(kind="reading", title="The file", severity="passed", found="Every row was read whole.")]
    out = len({problem.row for problem in problems if problem.severity == "left out" and problem.row is not None})
    found = (
        f"{len(problems):,} {_plural(len(problems), 'problem')} while reading; {out:,} {_plural(out, 'row')} left out."
    )
    severity: Severity = "left out" if out else "warning"
    return [
        Check(kind="reading", title="The file", severity=severity, found=found, remedy="See the problems.", rows=out)
    ]


def _check(fault: Fault, rows: int) -> Check:
    said = fault.problem if isinstance(fault.problem, str) else "see the problems"
    what = "set aside" if fault.set_aside else {"left out": "left out"}.get(fault.severity, "kept")
    column = f" in the column '{fault.column}'" if fault.column else ""
    return Check(
        kind=fault.kind,
        title=_TITLES.get(fault.kind, fault.kind),
        severity="note" if fault.set_aside else fault.severity,
        found=f"{rows:,} {_plural(rows, 'row')}{column}: {said}; {what}.",
        remedy=None if fault.set_aside else f"{fault.remedy[0].upper()}{fault.remedy[1:]}.",
        rows=rows,
    )


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
