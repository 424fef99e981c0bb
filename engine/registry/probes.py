"""Probes as data: what each does, and where it stands."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from engine.errors import SpecError
from engine.names import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCard:
    """A probe.

    Attributes:
        name: the protocol under which its numbers stand.
        pointer: "module:class".
        chooses: whether it can choose among several candidate features on train.
        sentence: what it does, for people.
        source: who described it.
    """

    name: Protocol
    pointer: str
    chooses: bool
    sentence: str
    source: str

    def make(self) -> Any:
        """The probe, which fulfils `engine.probes.contract.Probe`; only now is its module loaded."""
        module, _, name = self.pointer.partition(":")
        return getattr(importlib.import_module(module), name)()


PROBES: dict[str, ProbeCard] = {
    card.name: card
    for card in (
        ProbeCard(
            name=Protocol.GENEB_EXACT,
            pointer="engine.probes.geneb_exact:GenebExact",
            chooses=False,
            sentence="GENEB's own: logistic regression on raw features with C = 1; it can collapse on small numbers.",
            source="https://github.com/chenkenbio/GENEB",
        ),
        ProbeCard(
            name=Protocol.FAIR_V1,
            pointer="engine.probes.fair_v1:FairV1",
            chooses=True,
            sentence="Logistic regression on standardised features; C and class weights by five inner folds of train.",
            source="A protocol of this project; claims are made from it alone.",
        ),
        ProbeCard(
            name=Protocol.KNN,
            pointer="engine.probes.knn:KNN",
            chooses=True,
            sentence="Votes of the nearest sequences of train; how many is chosen by inner folds of train.",
            source="Cover & Hart, IEEE Trans Inf Theory 1967;13:21-27, https://doi.org/10.1109/TIT.1967.1053964",
        ),
        ProbeCard(
            name=Protocol.MLP,
            pointer="engine.probes.mlp:MLP",
            chooses=True,
            sentence="One hidden layer on standardised features; its size is chosen by inner folds of train.",
            source="Rumelhart, Hinton & Williams, Nature 1986;323:533-536, https://doi.org/10.1038/323533a0",
        ),
    )
}
"""All probes by id."""


def find_probe(name: str) -> ProbeCard:
    """The card of a probe.

    Raises:
        SpecError: there is none of this id.
    """
    if name not in PROBES:
        raise SpecError(f"there is no probe '{name}'; known here: {', '.join(PROBES)}.")
    return PROBES[name]
