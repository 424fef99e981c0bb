"""`vledger list` for what needs no store: the registry's baselines, scorers, probes and adapters."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.printing import FORMAT, Format, print_rows


def list_baselines(output: Annotated[Format, FORMAT] = Format.TABLE) -> None:
    """List baselines, controls and comparators: what each does, and on which tasks it stands."""
    from engine.registry.baselines import BASELINES, BUILT_BASELINES
    from engine.registry.cell_systems import CELL_SYSTEMS
    from engine.registry.features import FEATURES
    from engine.registry.singlecell import CELL_TASKS
    from engine.registry.tasks import TASKS

    rows: list[list[str | None]] = []
    for card in (BASELINES | BUILT_BASELINES).values():
        tasks = [task.task_id for task in TASKS.values() if card.model_id in (*task.baselines, *task.comparators)]
        rows.append([card.model_id, card.role.value, card.higher_is.value, " ".join(tasks), card.sentence, card.source])
    rows += [
        [card.model_id, card.role.value, None, "labelled sequences", card.sentence, card.source]
        for card in FEATURES.values()
    ]
    rows += [
        [card.model_id, card.role.value, None,
         " ".join(task.task_id for task in CELL_TASKS.values() if task.suite == card.suite), card.sentence, card.source]
        for card in CELL_SYSTEMS.values()
    ]  # fmt: skip
    print_rows(["baseline", "role", "high means", "tasks", "what it does", "source"], rows, output)


def list_probes(output: Annotated[Format, FORMAT] = Format.TABLE) -> None:
    """List probes: how each turns frozen features into predictions, and whether it chooses on train."""
    from engine.registry.probes import PROBES

    rows = [[card.name.value, "yes" if card.chooses else "no", card.sentence, card.source] for card in PROBES.values()]
    print_rows(["probe", "chooses on train", "what it does", "source"], rows, output)


def list_scorers(output: Annotated[Format, FORMAT] = Format.TABLE) -> None:
    """List zero-shot scorers: which kind of model each asks, and what it asks."""
    from engine.registry.adapters import SCORERS_OF
    from engine.registry.scorers import SCORERS

    rows = [
        [card.name.value, " ".join(kind for kind, names in SCORERS_OF.items() if card.name in names), card.sentence,
         card.source]
        for card in SCORERS.values()
    ]  # fmt: skip
    print_rows(["scorer", "kinds", "what it asks", "source"], rows, output)


def list_adapters(
    runnable: Annotated[bool, typer.Option("--runnable", help="Only systems that an adapter can run.")] = False,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """List every system of the registry with its adapter, or the sentence why it cannot be run here."""
    from engine.registry.adapters import AdapterCard, cards

    rows = []
    for card in cards().values():
        if isinstance(card, AdapterCard):
            packages = " ".join(card.packages) or None
            rows.append(
                [card.model_id, "yes", card.alphabet, card.kind, card.tokens, card.scorer.value, card.window, packages,
                 card.notes]
            )  # fmt: skip
        elif not runnable:
            rows.append([card.model_id, "no", *[None] * 6, card.sentence])
    names = ["system", "runs", "reads", "kind", "tokens", "scorer", "window", "packages", "note"]
    print_rows(names, rows, output)
