"""The command that ranks: which places are real, and which are chance in the choice of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.printing import FORMAT, Format, print_rows, with_interval
from engine.names import Metric, Protocol, Regime, Suite
from engine.statistics.rank_rules import Aggregate, Sampling, Units

if TYPE_CHECKING:
    from engine.run.ranks import Matrix
    from engine.statistics.ranking import RankTable

_SHORT = ("rank", "model", "value", "ci", "rank_low", "rank_high", "p_best", "p_top3", "tier")
_FULL = (
    "rank", "model", "value", "value_low", "value_high", "rank_low", "rank_high", "p_best", "p_top1", "p_top3",
    "p_top5", "tier", "separable_from_first", "separable_from_next",
)  # fmt: skip


def ranks(
    suite: Annotated[Suite, typer.Option(help="Whose systems.")] = Suite.GENEB,
    regime: Annotated[Regime | None, typer.Option(help="Default: the suite's own.")] = None,
    metric: Annotated[Metric | None, typer.Option(help="Default: the suite's own.")] = None,
    protocol: Annotated[Protocol | None, typer.Option(help="Default: the suite's published one.")] = None,
    provenance: Annotated[str | None, typer.Option(help="Only scores of this provenance, such as official.")] = None,
    kind: Annotated[str | None, typer.Option(help="Which parts of a suite's one task, such as taxon.")] = None,
    model: Annotated[list[str], typer.Option(help="Only this system; may be repeated. Default: all.")] = [],  # noqa: B006
    aggregate: Annotated[Aggregate, typer.Option(help="How task values become one number.")] = Aggregate.MACRO,
    weight: Annotated[
        list[str], typer.Option(help="Weight of a category, name=number; 1 where not given; may be repeated.")
    ] = [],  # noqa: B006
    units: Annotated[
        Units, typer.Option(help="What a draw takes: categories, groups and tasks, or categories alone.")
    ] = Units.HIERARCHICAL,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws behind each interval.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Rank the systems of a suite, with the ranks that other tasks of the same kind could give them."""
    from engine.run.ranks import Asked, rank, weights_of

    asked = Asked(
        suite=suite,
        regime=regime,
        metric=metric,
        protocol=protocol,
        provenance=provenance,
        kind=kind,
        models=tuple(model),
    )
    sampling = Sampling(units=units, draws=draws, seed=seed)
    table, ranked = rank(asked, aggregate=aggregate, weights=weights_of(weight), sampling=sampling)
    rows = table.models.rename_axis("model").reset_index().to_dict("records")
    if output is Format.TABLE:
        print_rows(_SHORT, [_short_row(row) for row in rows], output)
    else:
        print_rows(_FULL, [[row[name] for name in _FULL] for row in rows], output)
    typer.echo(_remark(table, ranked), err=True)


def _short_row(row: dict[Any, Any]) -> list[Any]:
    return [
        row["rank"],
        row["model"],
        f"{row['value']:.3f}",
        with_interval(row["value"], row["value_low"], row["value_high"]).partition(" ")[2],
        row["rank_low"],
        row["rank_high"],
        f"{row['p_best']:.2f}",
        f"{row['p_top3']:.2f}",
        row["tier"],
    ]


def _remark(table: RankTable, ranked: Matrix) -> str:
    from engine.statistics.ranking import adjacent_separable

    systems, tasks = ranked.values.shape
    said = (
        f"{systems} systems on {tasks} columns of {len(table.weights)} categories; "
        f"{adjacent_separable(table)} of {systems - 1} adjacent ranks separable at 95 %"
    )
    left = ranked.left_out
    return f"{said}; left out, because scores are missing: {', '.join(left)}" if left else said
