"""`vledger quickstart`: one labelled split, one model, the matrix baseline, side by side."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.options import BATCH_TOKENS, DEVICE, DTYPE, NOT_HERE, PICKLE, REMOTE_CODE, WEIGHTS, Dtype
from engine.cli.printing import FORMAT, Format, complain, print_rows, with_interval
from engine.cli.progress import ConsoleReporter, stopped
from engine.errors import SpecError

_COLUMNS = (
    "system", "protocol", "n", "auroc", "ci_low", "ci_high", "undefined_reason",
    "against", "difference", "difference_low", "difference_high", "p", "q", "verdict_article", "verdict", "no_verdict",
)  # fmt: skip


def quickstart(
    split: Annotated[
        Path, typer.Argument(help="CSV or TSV with sequence, label, and position, wt_aa, mut_aa or variant.")
    ],
    model: Annotated[str, typer.Option(help="Protein model of the registry, a local folder, or 'none'.")] = "esm-2-35m",
    weights: Annotated[Path | None, WEIGHTS] = None,
    device: Annotated[str, DEVICE] = "auto",
    dtype: Annotated[Dtype, DTYPE] = "auto",
    batch_tokens: Annotated[int | None, BATCH_TOKENS] = None,
    allow_remote_code: Annotated[bool, REMOTE_CODE] = False,
    allow_pickle: Annotated[bool, PICKLE] = False,
    alignment: Annotated[
        Path | None,
        typer.Option(help="a2m or aligned FASTA of the split's one protein; adds the site-independent baseline."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(dir_okay=False, help="CSV file for the scores of every variant; default: none.")
    ] = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Score labelled missense variants with a model and with BLOSUM62, side by side, with both verdicts."""
    from engine.run.quickstart import Ask
    from engine.run.quickstart import quickstart as answer_for

    ask = Ask(
        model=model,
        weights=weights,
        device=None if device == "auto" else device,
        dtype=None if dtype == "auto" else dtype,
        batch_tokens=batch_tokens,
        allow_remote_code=allow_remote_code,
        allow_pickle=allow_pickle,
    )
    if scores and not scores.parent.is_dir():
        raise SpecError(f"--scores {scores}: there is no folder {scores.parent}; give another place.")
    reporter = ConsoleReporter()
    with stopped(reporter, "stopped; the quickstart keeps nothing, so the same command begins anew"):
        answer = answer_for(split, None if model == "none" else ask, reporter.progress, alignment=alignment)
    if scores:
        _write_scores(scores, answer)
    if output is Format.TABLE:
        _print_answer(answer)
    else:
        print_rows(_COLUMNS, _rows(answer), output)
    if answer.problem:
        complain(answer.problem)
        raise typer.Exit(NOT_HERE)


def _write_scores(path: Path, answer: Any) -> None:
    """One line per variant, in the split's order, with the score of every system in its own direction."""
    items = answer.data.items[["gene", "protein_variant", "label"]]
    names = [f"{system.model_id} (higher: {system.higher_is})" for system in answer.systems]
    values = zip(*(system.scores for system in answer.systems), strict=True)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["gene", "variant", "label", *names])
            for variant, scores in zip(items.itertuples(index=False, name=None), values, strict=True):
                writer.writerow([*variant, *scores])
    except OSError as error:
        raise SpecError(f"--scores {path}: it cannot be written ({error.strerror}); give another place.") from error


def _rows(answer: Any) -> list[list[Any]]:
    """One row per system; beside a baseline stands how the model does against it."""
    verdicts = {row.baseline_id: row for row in answer.comparisons}
    rows = []
    for row in answer.scores:
        own = [row.model_id, row.protocol, row.n, row.value, row.ci_low, row.ci_high, row.undefined_reason]
        rows.append([*own, *_verdict(verdicts.get(row.model_id))])
    return rows


def _verdict(row: Any) -> list[Any]:
    if row is None:
        return [None] * 9
    return [
        row.model_id, row.delta, row.ci_low, row.ci_high, row.p, row.q,
        row.verdict_article, row.verdict, row.undefined_reason,
    ]  # fmt: skip


def _print_answer(answer: Any) -> None:
    shown = [
        [row.model_id, row.protocol, f"{row.n:,}", with_interval(row.value, row.ci_low, row.ci_high)]
        if row.undefined_reason is None
        else [row.model_id, row.protocol, row.n, f"none: {row.undefined_reason}"]
        for row in answer.scores
    ]
    print_rows(["system", "score", "n", "AUROC [95 % interval]"], shown, Format.TABLE)
    if answer.comparisons:
        typer.echo()
        print_rows(
            ["against", "difference", "q", "article's rule", "paired verdict"],
            [_comparison(row) for row in answer.comparisons],
            Format.TABLE,
        )
    if answer.identity:
        own = answer.identity
        typer.echo(f"\n{own.model_id}: {own.source} at {own.revision}, {own.dtype} on {own.device}")
    if answer.contamination:
        typer.echo(f"what it may have seen: {answer.contamination}")


def _comparison(row: Any) -> list[Any]:
    if row.undefined_reason:
        return [row.baseline_id, None, None, "none", f"none: {row.undefined_reason}"]
    delta = with_interval(row.delta, row.ci_low, row.ci_high)
    return [row.baseline_id, delta, None if row.q is None else f"{row.q:.2g}", row.verdict_article, row.verdict]
