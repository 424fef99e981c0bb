"""The Geneformers that are published: where their files are and how their networks are built.

The numbers are those of each folder's config.json in the repository at the revision below; a network built from them
has as many parameters as the published weights (41 MB, 104,365,056 parameters with the pooler, 1,265 MB). The
activation of V2-316M, which has no parameters, is taken to be that of V2-104M.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.protocols import Kind

REPOSITORY = "ctheodoris/Geneformer"
REVISION = "04c2b2e84da7c0f385c3f9ad8f3ec24bab6650e5"
"""Holds V1 and V2 in folders of their own. Earlier revisions had V1 at the top and no V2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One of them.

    Attributes:
        model_id: the registry's id.
        folder: of weights and config.json in the repository.
        dictionaries: folder of its dictionaries, and the end of their names.
        special: tokens that come before the genes'.
        layers: transformer layers.
        width: numbers in a hidden state; the others as in BERT's configuration.
        heads: attention heads.
        wide: numbers in the wide half of a layer.
        context: most tokens in a row.
        vocabulary: tokens, special ones included.
        dropout: in training; decides nothing here, but is in the configuration.
    """

    model_id: str
    folder: str
    dictionaries: tuple[str, str]
    special: tuple[str, ...]
    layers: int
    width: int
    heads: int
    wide: int
    context: int
    vocabulary: int
    dropout: float

    @property
    def kind(self) -> Kind:
        """What it is asked for here; the head that names masked genes is left over."""
        return "encoder"

    @property
    def revision(self) -> str | None:
        """Commit of the repository."""
        return REVISION

    @property
    def configuration(self) -> dict[str, Any]:
        """As config.json has it."""
        return {
            "architectures": ["BertForMaskedLM"],
            "model_type": "bert",
            "hidden_act": "relu",
            "hidden_size": self.width,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.wide,
            "max_position_embeddings": self.context,
            "vocab_size": self.vocabulary,
            "type_vocab_size": 2,
            "pad_token_id": 0,
            "initializer_range": 0.02,
            "layer_norm_eps": 1e-12,
            "hidden_dropout_prob": self.dropout,
            "attention_probs_dropout_prob": self.dropout,
        }

    @property
    def files(self) -> list[str]:
        """Of the repository, with `*`: configuration, weights and dictionaries."""
        folder, tail = self.dictionaries
        return [
            f"{self.folder}/config.json",
            f"{self.folder}/*.safetensors",
            *(f"{folder}/{stem}{tail}.pkl" for stem in ("token_dictionary", "gene_median_dictionary")),
            *(f"{folder}/{stem}{tail}.pkl" for stem in ("gene_name_id_dict", "ensembl_mapping_dict")),
        ]


_V1 = ("geneformer/gene_dictionaries_30m", "_gc30M")
_V2 = ("geneformer", "_gc104M")
_SPECIAL_OF_V1 = ("<pad>", "<mask>")
_SPECIAL_OF_V2 = ("<pad>", "<mask>", "<cls>", "<eos>")

SHAPES = {
    shape.model_id: shape
    for shape in (
        Shape(
            model_id="geneformer-v1-10m",
            folder="Geneformer-V1-10M",
            dictionaries=_V1,
            special=_SPECIAL_OF_V1,
            layers=6,
            width=256,
            heads=4,
            wide=512,
            context=2_048,
            vocabulary=25_426,
            dropout=0.02,
        ),
        Shape(
            model_id="geneformer-v2-104m",
            folder="Geneformer-V2-104M",
            dictionaries=_V2,
            special=_SPECIAL_OF_V2,
            layers=12,
            width=768,
            heads=12,
            wide=3_072,
            context=4_096,
            vocabulary=20_275,
            dropout=0.1,
        ),
        Shape(
            model_id="geneformer-v2-316m",
            folder="Geneformer-V2-316M",
            dictionaries=_V2,
            special=_SPECIAL_OF_V2,
            layers=18,
            width=1_152,
            heads=18,
            wide=4_608,
            context=4_096,
            vocabulary=20_275,
            dropout=0.1,
        ),
    )
}
"""By model_id; the first is what `geneformer` alone means."""
