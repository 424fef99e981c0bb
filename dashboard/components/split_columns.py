"""Step two of `/your-split`: what was recognised, and how to say otherwise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.heading import section
from dashboard.components.split_desk import draft
from dashboard.components.split_widgets import decide, tied
from dashboard.text import capital, count, listed, plain
from engine.local_split.exchange import Field, Shape

if TYPE_CHECKING:
    from engine.local_split.exchange import Inspection, Options

SHAPES: dict[Shape, str] = {
    Shape.PROTEIN: "Protein variants",
    Shape.DNA: "DNA variants",
    Shape.SEQUENCES: "Sequences",
    Shape.SCORES: "Scores",
}
FIELDS: dict[Field, tuple[str, str]] = {
    Field.LABEL: ("Label", "1 or 0, true or false, pathogenic or benign, or ClinVar’s words; for sequences any class."),
    Field.SPLIT: ("Train or test", "Says of each row which part it belongs to; without it all rows are evaluated."),
    Field.ID: ("Name", "Names a row; not used in any number."),
    Field.GENE: ("Gene", "Items of one gene are drawn together, so that intervals do not take them as independent."),
    Field.PROTEIN: ("Protein", "Names the protein’s sequence in the FASTA given beside."),
    Field.SEQUENCE: ("Sequence", "Of the protein, or of the item itself."),
    Field.VARIANT: ("Variant", "Such as M1775R or p.Met1775Arg."),
    Field.CHROM: ("Chromosome", "With or without chr."),
    Field.POSITION: ("Position", "Counted from 1."),
    Field.REFERENCE: ("Reference", "Letter or letters before the change."),
    Field.ALTERNATE: ("Alternate", "Letter or letters after the change."),
    Field.ASSEMBLY: ("Assembly, row by row", "GRCh37 or GRCh38, in a column."),
    Field.CONSEQUENCE: ("Consequence", "Of the variant, in the words of VEP or of Sequence Ontology."),
    Field.CODING: ("HGVS c.", "Such as c.5324T>G; tells the distance to a splice site."),
}
_VARIANT = (Field.POSITION, Field.REFERENCE, Field.ALTERNATE)
FIELDS_OF: dict[Shape, tuple[Field, ...]] = {
    Shape.PROTEIN: (Field.LABEL, Field.VARIANT, *_VARIANT, Field.SEQUENCE, Field.PROTEIN, Field.GENE, Field.SPLIT),
    Shape.DNA: (
        Field.LABEL, Field.CHROM, *_VARIANT, Field.ASSEMBLY, Field.CONSEQUENCE, Field.CODING, Field.GENE, Field.SPLIT,
    ),
    Shape.SEQUENCES: (Field.LABEL, Field.SEQUENCE, Field.SPLIT, Field.ID),
    Shape.SCORES: (Field.LABEL, Field.SPLIT, Field.GENE, Field.ID),
}  # fmt: skip
_A_ROW = 5
_NONE = ""
_INDEPENDENT = "items are independent"
_ASSEMBLIES = ("GRCh37", "GRCh38")
_READ_AS = {
    "1": "label 1",
    "0": "label 0",
    "class": "a class",
    "set aside": "set aside",
    "missing": "no label",
    "unknown": "not known: left out",
}
_MOST_WORDS = 200
_MOST_GROUPS = 2


def columns(found: Inspection) -> None:
    """Shape, columns, label words, groups and strata; each as it was recognised until somebody says otherwise."""
    options = draft().options
    section("What was recognised")
    st.markdown(_summary(found))
    if found.missing is not None:
        st.warning(plain(capital(found.missing)), icon=":material/rule:")
    with st.expander("Say otherwise", expanded=found.missing is not None, key=f"split-fields-{draft().uploads}"):
        with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
            _shape(found)
            _file(found, options)
        _fields(found)
    with st.expander("The first rows, and how the labels were read"):
        _preview(found)
        _labels(found)
    if found.shape is not Shape.SEQUENCES:
        _positive(found, options)
    _divisions(found, options)


def read_otherwise() -> None:
    """Sheet and header row where the file could not be read, and so nothing is known of either."""
    options = draft().options
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.number_input(
            "Header in row",
            min_value=1,
            max_value=1000,
            step=1,
            width=170,
            placeholder="found by itself",
            **tied("header-hint", options.header, lambda row: decide(header=row)),
        )
        st.text_input(
            "Sheet of a workbook",
            width=220,
            placeholder="the first",
            **tied("sheet-hint", options.sheet or "", lambda name: decide(sheet=name or None)),
        )


def _summary(found: Inspection) -> str:
    """Kind of file, shape, and which column was taken for what."""
    taken = [f"{FIELDS[one][0]}: **{plain(name)}**" for one, name in found.fields.items() if name]
    told = f"**{SHAPES[found.shape]}**, {plain(found.kind)}, {count(found.rows, 'row')}"
    return " · ".join([told, *taken]) if taken else f"{told}; no column was recognised."


def _shape(found: Inspection) -> None:
    st.segmented_control(
        "A row is one of",
        list(SHAPES),
        required=True,
        format_func=SHAPES.__getitem__,
        help="Decides which baselines there are. Scores: a label and any number of score columns, nothing else known.",
        **tied("shape", found.shape, lambda shape: decide(shape=Shape(shape))),
    )


def _file(found: Inspection, options: Options) -> None:
    """Sheet and header row, where the kind of file has them."""
    if len(found.sheets) > 1:
        sheet = options.sheet or found.sheets[0]
        st.selectbox("Sheet", found.sheets, width=200, **tied("sheet", sheet, lambda name: decide(sheet=name)))
    if found.header is not None:
        st.number_input(
            "Header in row",
            min_value=1,
            max_value=1000,
            step=1,
            width=150,
            **tied("header", found.header, lambda row: decide(header=int(row))),
        )
    if found.shape is Shape.DNA and Field.ASSEMBLY not in found.fields:
        st.selectbox(
            "Assembly",
            _ASSEMBLIES,
            index=None,
            placeholder="not stated",
            width=170,
            **tied("assembly", options.assembly, lambda name: decide(assembly=name)),
        )


def _fields(found: Inspection) -> None:
    names = [_NONE, *(column.name for column in found.columns)]
    fields = FIELDS_OF[found.shape]
    for start in range(0, len(fields), _A_ROW):
        for place, one in zip(st.columns(_A_ROW), fields[start : start + _A_ROW], strict=False):
            label, sentence = FIELDS[one]
            place.selectbox(
                label,
                names,
                format_func=lambda name: name or "–",
                help=sentence,
                **tied(f"field-{one}", found.fields.get(one, _NONE), partial(_map, one)),
            )


def _map(one: Field, name: str) -> None:
    """A column by hand; it stands no longer for what it was taken for by hand before."""
    kept = [
        (field, column) for field, column in draft().options.columns if field != one and (column != name or not name)
    ]
    decide(columns=(*kept, (one, name)))


def _divisions(found: Inspection, options: Options) -> None:
    """Which items belong together, and by what the result is split up."""
    group, strata = st.columns([2, 3])
    scores = set(found.score_columns)
    names = [column.name for column in found.columns if column.distinct >= _MOST_GROUPS and column.name not in scores]
    if found.group is not None and found.group not in names:
        names.append(found.group)
    group.selectbox(
        "Items that belong together share a value of",
        [_NONE, *names],
        format_func=lambda name: name or _INDEPENDENT,
        help="Variants of one gene or patients of one family are not independent: intervals come from drawing whole "
        "groups.",
        **tied("group", found.group or _NONE, lambda name: decide(group=name)),
    )
    offered: list[str] = list(dict.fromkeys([*found.strata_columns, *options.strata]))
    strata.multiselect(
        "Split the result up by",
        offered,
        placeholder="ancestry, class, gene …" if offered else "no column with few enough values",
        disabled=not offered,
        help="Parts under 30 rows, or under 10 of a label, are shown and not judged.",
        **tied("strata", list(options.strata), lambda names: decide(strata=tuple(names))),
    )


def _preview(found: Inspection) -> None:
    rows = pd.DataFrame({name: list(cells) for name, cells in found.preview.items()}).head(5)
    if len(rows):
        st.dataframe(rows, hide_index=True, width="stretch", lazy=False, alt=f"The first {len(rows)} rows of the file")


def _labels(found: Inspection) -> None:
    words = pd.DataFrame(
        {
            "Word": [one.word for one in found.label_words],
            "Rows": [one.count for one in found.label_words],
            "Read as": [_READ_AS[one.read_as] for one in found.label_words],
        }
    )
    if len(words):
        st.dataframe(
            words,
            hide_index=True,
            width="content",
            lazy=False,
            alt="Words of the label column, how often they stand there and what they were read as",
        )


def _positive(found: Inspection, options: Options) -> None:
    """Which word is label 1, or from which value on, where the usual words do not say it."""
    unknown = [one for one in found.label_words if one.read_as == "unknown"]
    unsettled = found.missing is not None and Field.LABEL in found.fields
    if not unknown and not unsettled and options.positive is None:
        return
    if unknown:
        names = [f"“{plain(one.word)}” ({one.count:,})" for one in unknown]
        st.markdown(f":material/help: Not a usual word for a label, and so left out: {listed(names, 5)}.")
    st.selectbox(
        "What is label 1; everything else is then label 0",
        [one.word for one in found.label_words[:_MOST_WORDS]],
        index=None,
        placeholder="the usual words",
        accept_new_options=True,
        help="A word of the label column; or, where it has measured values, a bound such as >= 0.5.",
        **tied("positive", options.positive, lambda word: decide(positive=word)),
    )
