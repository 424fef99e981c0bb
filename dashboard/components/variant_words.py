"""What a variant's card says in words, from its rows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.genome_names import ACCESSIONS
from dashboard.queries.suites import label_words
from dashboard.queries.variant import FEWEST_KNOWN, UNKNOWN_LETTER, sides
from dashboard.text import count, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.variant import Surroundings, Variant

NOT_SCORED = "not scored"
NO_THRESHOLD = "no threshold is stated"
_CLASSES = {
    "FUNC": "functional",
    "INT": "intermediate, counted with function",
    "LOF": "loss of function",
}
"""Function classes of saturation genome editing."""
_ABSENT = "absent"


def title(variant: Variant) -> str:
    """What a variant is called in a heading: gene and change, or its place, or its id."""
    change = variant.protein or variant.coding or variant.vcf
    gene = variant.gene or (f"chr{variant.chrom}" if variant.chrom and variant.protein else None)
    return " ".join(part for part in (gene, change or variant.item_id) if part)


def identity(variant: Variant) -> dict[str, object]:
    """Its names, by the kind of name."""
    genomic = variant.genomic
    return {
        "VCF": f"{variant.vcf} ({variant.assembly})" if variant.vcf and variant.assembly else variant.vcf,
        "HGVS, genome": genomic.text if genomic else None,
        "HGVS, coding": " ".join(part for part in (variant.gene, variant.coding) if part) if variant.coding else None,
        "HGVS, protein": variant.protein or (None if variant.residue else variant.protein_variant),
        "Gene": variant.gene,
        "Transcript": variant.groups.get("transcript"),
        "Exon": variant.groups.get("exon"),
        "Consequence": variant.consequence,
        "Id": variant.item_id,
    }


def name_note(variant: Variant) -> str | None:
    """What to know of the genomic name."""
    genomic = variant.genomic
    if genomic is not None and not genomic.shifted:
        return "In a repeat, HGVS names the last possible place; the reference is not in the store to find it."
    if variant.assembly and variant.vcf and genomic is None and variant.assembly not in ACCESSIONS:
        return f"No accessions of {plain(variant.assembly)} are known here, so there is no genomic name by HGVS."
    return None


def label_sentences(variant: Variant, values: pd.DataFrame) -> list[str]:
    """What the label is and where it comes from."""
    words = label_words(variant.suite)
    if variant.label not in {0, 1}:
        return ["It has no label."]
    groups = variant.groups
    number = f"label {variant.label}"
    told = [f"**{words[variant.label].capitalize()}**" + ("." if words[variant.label] == number else f" ({number}).")]
    if func := groups.get("func_class"):
        told.append(f"Saturation genome editing: class {plain(str(func))}, {_CLASSES.get(str(func), 'not named')}.")
    if variant.value is not None:
        told.append(f"Measured value {_number(variant.value)}. {cut_sentence(values, words)}".rstrip())
    if "stars" in groups:
        told.append(f"The label is ClinVar’s, with {count(int(groups['stars']), 'review star')}.")
    if entries := groups.get("entries"):
        told.append(f"The label is ClinVar’s, as published under {plain(', '.join(map(str, entries)))}.")
    if own := groups.get("clinvar"):
        absent = own == _ABSENT
        told.append("ClinVar did not have it at the time." if absent else f"ClinVar’s own word: {plain(str(own))}.")
    if groups.get("unchanged"):
        told.append("It was published with the reference as its alternate allele: nothing changes.")
    return told


def cut_sentence(values: pd.DataFrame, words: Mapping[int, str]) -> str:
    """Where a measured value was cut into two labels; empty where the labels overlap in it or one is missing."""
    if set(values.index) != {0, 1} or values[["lowest", "highest"]].isna().any(axis=None):
        return ""
    if values.at[1, "lowest"] > values.at[0, "highest"]:
        upper, lower = words[1], words[0]
        low, high = values.at[0, "highest"], values.at[1, "lowest"]
    elif values.at[0, "lowest"] > values.at[1, "highest"]:
        upper, lower = words[0], words[1]
        low, high = values.at[1, "highest"], values.at[0, "lowest"]
    else:
        return ""
    return f"Cut in two: {upper} from {_number(high)} up, {lower} from {_number(low)} down."


def _number(value: float) -> str:
    """Four significant digits with a typeset minus."""
    text = f"{abs(value):#.4g}"
    return f"−{text}" if value < 0 and float(text) else text


def placing_sentence(standings: pd.DataFrame, variant: Variant) -> str:
    """How many systems put it with which label, controls left out; where none scored it, that."""
    judges = standings[standings["role"] != "control"]
    scored = judges[judges["score"].notna()]
    if scored.empty:
        return "No system scored it."
    words = label_words(variant.suite)
    found = sides(scored)
    number = int((found == variant.label).sum()) if variant.label in {0, 1} else int((found == 1).sum())
    own = words[variant.label if variant.label in {0, 1} else 1]
    many = "system that scored it puts" if len(scored) == 1 else "systems that scored it put"
    rest = f", {len(judges) - len(scored)} did not score it" if len(judges) > len(scored) else ""
    end = "its label" if variant.label in {0, 1} else "it has no label"
    return f"{number} of {len(scored)} {many} it with the items labelled **{own}** ({end}){rest}."


def standings_table(standings: pd.DataFrame, variant: Variant) -> pd.DataFrame:
    """The table under the chart; a system that did not score the variant says so."""
    words = label_words(variant.suite)
    scored = standings["score"].notna()
    called = standings["called"].map({True: words[1], False: words[0]}).astype(object)
    called = called.where(standings["called"].notna(), NO_THRESHOLD).where(scored, NOT_SCORED)
    right = standings["called"].eq(variant.label == 1).map({True: "right", False: "wrong"}).astype(object)
    judged = standings["called"].notna() & scored & (variant.label in {0, 1})
    return pd.DataFrame(
        {
            "System": standings["name"],
            "Called": called,
            "The call is": right.where(judged),
            f"Above, of {words[0]} (%)": standings["among_negative"].astype(float).round(2),
            f"Above, of {words[1]} (%)": standings["among_positive"].astype(float).round(2),
            "Placed with": sides(standings).map({0: words[0], 1: words[1]}),
            "Score": standings["score"].astype(float),
            "High score means": standings["higher_is"],
            "Threshold": standings["threshold"],
            "Threshold from": standings["threshold_source"],
            "Above, of all (%)": standings["percentile"].astype(float).round(2),
            "Role": standings["role"],
        }
    )


def surroundings_html(found: Surroundings) -> str:
    """Letters around a change with the change marked, the alternate under it, places at both ends."""
    before = "".join(found.letters[: found.index])
    changed = "".join(found.letters[found.index : found.index + found.changed])
    after = "".join(found.letters[found.index + found.changed :])
    last = found.start + len(found.letters) - 1
    first_line = str(found.start) + str(last).rjust(max(len(found.letters) - len(str(found.start)), len(str(last)) + 1))
    under = " " * found.index + (found.alternate or "–")
    told = f"{before} [{changed} to {found.alternate or 'nothing'}] {after}"
    return (
        f'<pre style="margin:0;font-size:.95rem" role="img" aria-label="{escape(told)}">'
        f'<span style="opacity:.7">{first_line}</span>\n'
        f"{escape(before)}<b><u>{escape(changed)}</u></b>{escape(after)}\n"
        f"<b>{escape(under)}</b></pre>"
    )


def surroundings_sentence(found: Surroundings, variant: Variant) -> str:
    """Where the letters come from."""
    if found.known < FEWEST_KNOWN:
        return "The reference around it is not in the store, and too few other variants of this task lie near."
    strand = f"Plus strand of {plain(variant.assembly)}" if variant.pos and variant.assembly else "Residues"
    unknown = f"; {UNKNOWN_LETTER} is not known" if UNKNOWN_LETTER in found.letters else ""
    return f"{strand}. The letters come from the other variants of this task{unknown}."


def command_sql(variant: Variant) -> str:
    """The query that gives the card's numbers."""
    task, item = (text.replace("'", "''") for text in (variant.task_id, variant.item_id))
    return (
        "SELECT m.name, v.score, v.among_negative, v.among_positive, s.threshold\n"
        "FROM numbered_item i JOIN standing v USING (task_id, item_no)\n"
        "  JOIN scored s USING (task_id, model_id) JOIN model m USING (model_id)\n"
        f"WHERE i.task_id = '{task}' AND i.item_id = '{item}'\n"
        "ORDER BY m.role <> 'model', lower(m.name)"
    )
