"""Baselines, comparators and controls as data: one card each, its rule found only when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import SpecError
from engine.names import Direction, Family, Role, licence_group
from engine.records import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from engine.variants import VariantTask

    Baseline = Callable[[VariantTask], NDArray[np.float64]]

SOURCE_ID = "engine"
"""`source_id` of the models that this table describes."""

_OWN_LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineCard:
    """What a baseline is and where its rule stands.

    Attributes:
        higher_is: what a high score means, declared and never inferred from labels.
        modality: "DNA", "protein", or None where the rule reads neither.
        pointer: "module:function" of the rule; None for a comparator, whose scores came with the data.
        needs: what it reads of a task: columns of its items, or `regions`, `measured`.
        built_from: arguments that the pointer's function takes to build the rule; most rules need none.
        sentence: what it does, for people.
        described_in: which table holds its `model` row.
        contamination: what of the labels it may have seen.
    """

    model_id: str
    name: str
    role: Role = Role.BASELINE
    higher_is: Direction = Direction.DAMAGING
    modality: str | None
    pointer: str | None = None
    needs: tuple[str, ...]
    built_from: tuple[str, ...] = ()
    sentence: str
    source: str
    described_in: Literal["baselines.py", "models.csv", "system_aliases.csv"] = "baselines.py"
    contamination: str | None = None

    def resolve(self, **arguments: object) -> Baseline:
        """The function from a task to scores of shape (n,), NaN where the rule does not apply.

        Args:
            **arguments: what `built_from` names, and nothing else.

        Raises:
            SpecError: `arguments` are not those of `built_from`.
        """
        if set(arguments) != set(self.built_from):
            wanted = ", ".join(self.built_from) or "nothing"
            raise SpecError(f"{self.model_id} is built from {wanted}; given: {', '.join(arguments) or 'nothing'}.")
        if self.pointer is None:
            return partial(_measured, self.model_id)
        module, _, name = self.pointer.partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        rule: Baseline = found(**arguments) if self.built_from else found
        return rule


def find_baseline(model_id: str) -> BaselineCard:
    """The card of an id, of those that need more than a task too.

    Raises:
        SpecError: there is none; the message names the nearest.
    """
    known = BASELINES | BUILT_BASELINES
    if model_id in known:
        return known[model_id]
    near = difflib.get_close_matches(model_id, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}."
    raise SpecError(f"there is no baseline '{model_id}'; {hint}")


def as_models() -> list[Model]:
    """Rows of the store's `model` table for the cards that no other table describes."""
    return [_as_model(card) for card in BASELINES.values() if card.described_in == "baselines.py"]


def _as_model(card: BaselineCard) -> Model:
    licence = _OWN_LICENCE if card.pointer else None
    return Model(
        model_id=card.model_id,
        name=card.name,
        role=card.role,
        modality=card.modality,
        family=Family.SCORE,
        licence=licence,
        licence_group=licence_group(licence),
        code_licence=licence,
        access_kind="algorithm" if card.pointer else "lookup",
        supervised_on_assay=False,
        contamination=card.contamination,
        provenance_note=f"{card.sentence} {card.source}",
        source_id=SOURCE_ID,
    )


def _measured(model_id: str, data: VariantTask) -> NDArray[np.float64]:
    if model_id not in data.measured:
        have = ", ".join(data.measured) or "none"
        raise SpecError(f"the data of {data.task.task_id} hold no scores of {model_id}; they hold those of: {have}.")
    scores: NDArray[np.float64] = data.measured[model_id].to_numpy(dtype="float64")
    return scores


def _by_id(cards: Iterable[BaselineCard]) -> dict[str, BaselineCard]:
    return {card.model_id: card for card in cards}


_OWN_RULE = "A rule of this project, declared before labels were looked at."

_SUBSTITUTION = (
    BaselineCard(
        model_id="blosum62",
        name="BLOSUM62",
        modality="protein",
        pointer="engine.baselines.substitution:blosum62",
        needs=("protein_variant",),
        sentence="Minus the BLOSUM62 entry of the two residues: how rarely one replaces the other in related proteins.",
        source="Henikoff & Henikoff, PNAS 1992;89:10915-10919, https://doi.org/10.1073/pnas.89.22.10915",
    ),
    BaselineCard(
        model_id="grantham",
        name="Grantham distance",
        modality="protein",
        pointer="engine.baselines.substitution:grantham",
        needs=("protein_variant",),
        sentence="How unlike two residues are in the composition, polarity and volume of their side chains.",
        source="Grantham, Science 1974;185:862-864, https://doi.org/10.1126/science.185.4154.862",
    ),
    BaselineCard(
        model_id="hydropathy",
        name="Hydropathy difference",
        modality="protein",
        pointer="engine.baselines.substitution:hydropathy",
        needs=("protein_variant",),
        sentence="Absolute difference of the two residues on the scale of Kyte and Doolittle.",
        source="Kyte & Doolittle, J Mol Biol 1982;157:105-132, https://doi.org/10.1016/0022-2836(82)90515-0",
    ),
    BaselineCard(
        model_id="volume",
        name="Volume difference",
        modality="protein",
        pointer="engine.baselines.substitution:volume",
        needs=("protein_variant",),
        sentence="Absolute difference in volume of the two residues, in cubic angstrom.",
        source="Zamyatnin, Prog Biophys Mol Biol 1972;24:107-123, https://doi.org/10.1016/0079-6107(72)90005-3",
    ),
)

_VARIANT = (
    BaselineCard(
        model_id="consequence",
        name="Consequence",
        modality="DNA",
        pointer="engine.baselines.consequence:severity",
        needs=("consequence",),
        sentence="A fixed grade from 0 to 4 for what the variant does to its transcript.",
        source=_OWN_RULE,
    ),
    BaselineCard(
        model_id="consequence+blosum62",
        name="Consequence + BLOSUM62",
        modality="DNA",
        pointer="engine.baselines.consequence:severity_with_blosum62",
        needs=("consequence", "protein_variant"),
        sentence="The consequence's grade, with missense variants ordered by BLOSUM62 inside theirs.",
        source=_OWN_RULE,
    ),
    BaselineCard(
        model_id="transversion",
        name="Transversion",
        modality="DNA",
        pointer="engine.baselines.nucleotide:transversion",
        needs=("ref", "alt"),
        sentence="1 where a purine and a pyrimidine are exchanged, 0 where the base stays of its kind.",
        source=_OWN_RULE,
    ),
    BaselineCard(
        model_id="cpg",
        name="CpG removed",
        modality="DNA",
        pointer="engine.baselines.nucleotide:cpg",
        needs=("item_id", "chrom", "pos", "ref", "alt", "regions"),
        sentence="1 where the variant removes a CpG of the reference sequence, else 0.",
        source="CpG as hot spot: Cooper & Youssoufian, Hum Genet 1988;78:151-155, https://doi.org/10.1007/BF00278187",
    ),
    BaselineCard(
        model_id="splice-distance",
        name="Splice distance",
        modality="DNA",
        pointer="engine.baselines.splice:minus_log_distance",
        needs=("gene", "groups"),
        sentence="Minus the logarithm of the distance to the nearest splice junction that the data name.",
        source="Positions in HGVS coding notation, https://hgvs-nomenclature.org/stable/background/numbering/",
    ),
    BaselineCard(
        model_id="gc",
        name="GC content",
        modality="DNA",
        pointer="engine.baselines.nucleotide:gc",
        needs=("item_id", "chrom", "pos", "ref", "alt", "regions"),
        sentence="Share of C and G in the 501 bases around a variant; of a labelled sequence, with its length.",
        source=_OWN_RULE,
    ),
)

_CONTROLS = (
    BaselineCard(
        model_id="constant",
        name="Constant",
        role=Role.CONTROL,
        modality=None,
        pointer="engine.baselines.controls:constant",
        needs=(),
        sentence="0 for every variant.",
        source=_OWN_RULE,
    ),
    BaselineCard(
        model_id="random",
        name="Random",
        role=Role.CONTROL,
        modality=None,
        pointer="engine.baselines.controls:random",
        needs=("item_id",),
        sentence="A number between 0 and 1 drawn from the variant's identifier.",
        source=_OWN_RULE,
    ),
)

_COMPARATORS = (
    BaselineCard(
        model_id="phylop",
        name="phyloP (mammalian)",
        modality="DNA",
        needs=("measured",),
        sentence="How much slower than neutral the position has changed in mammals.",
        source="Pollard et al., Genome Res 2010;20:110-121, https://doi.org/10.1101/gr.097857.109",
        described_in="models.csv",
    ),
    BaselineCard(
        model_id="cadd",
        name="CADD",
        modality="DNA",
        needs=("measured",),
        sentence="A classifier of simulated against fixed variants over many annotations.",
        source="Kircher et al., Nat Genet 2014;46:310-315, https://doi.org/10.1038/ng.2892",
        described_in="models.csv",
    ),
    BaselineCard(
        model_id="sift",
        name="SIFT",
        # A probability of being tolerated: low is damaging.
        higher_is=Direction.FIT,
        modality="protein",
        needs=("measured",),
        sentence="How well the residue fits its column in an alignment of related proteins; low is damaging.",
        source="Ng & Henikoff, Genome Res 2001;11:863-874, https://doi.org/10.1101/gr.176601",
    ),
    BaselineCard(
        model_id="polyphen2",
        name="PolyPhen-2",
        modality="protein",
        needs=("measured",),
        sentence="A classifier of missense variants over conservation and structure.",
        source="Adzhubei et al., Nat Methods 2010;7:248-249, https://doi.org/10.1038/nmeth0410-248",
        contamination="Trained on disease variants of UniProt and differences between related proteins",
    ),
    BaselineCard(
        model_id="rule-based",
        name="Rule-based (variant class)",
        modality="DNA",
        needs=("measured",),
        sentence="One constant per variant class; it cannot rank within a class.",
        source="https://github.com/Brandes-Lab/VEP-eval",
        described_in="system_aliases.csv",
        contamination="Its constants agree with the share of pathogenic variants of each class in the benchmark itself",
    ),
)

BASELINES: dict[str, BaselineCard] = _by_id([*_SUBSTITUTION, *_VARIANT, *_CONTROLS, *_COMPARATORS])
"""What can be asked of any task, by id; a comparator only where the task's data hold its scores."""

BUILT_BASELINES: dict[str, BaselineCard] = _by_id(
    [
        BaselineCard(
            model_id="site-independent",
            name="Site-Independent",
            modality="protein",
            pointer="engine.baselines.alignment:site_independent",
            needs=("item_id", "protein_variant"),
            built_from=("alignment_path", "first_position"),
            sentence="How much rarer the new residue is than the old one in its column of an alignment.",
            source="Hopf et al., Nat Biotechnol 2017;35:128-135, https://doi.org/10.1038/nbt.3769",
            described_in="models.csv",
        ),
    ]
)
"""What is built from a file besides the task, by id."""
