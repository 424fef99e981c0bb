"""Sentences of the Field map, computed from what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.charts.field_windows import span
from dashboard.queries.field import NEAR, UNSTATED
from dashboard.queries.field_windows import STATED
from dashboard.text import capital, count, in_words, listed, plain, size, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.field import Tree
    from dashboard.queries.tokens import Hidden, Token


def tree_title(tree: Tree, suite: str) -> str:
    """Which families lead, or how many stay under the baseline."""
    best = tree.best
    if tree.systems.empty:
        return "No system is of these families"
    if best.empty:
        return f"No model of a stated family is measured on {suite}"
    if tree.baseline is not None:
        return f"On {suite}, {_against(int((best['value'] <= tree.baseline[1]).sum()), len(best))}"
    if len(best) == 1:
        return f"{best['name'].iloc[0]} is the best of {best['family'].iloc[0]} on {suite}"
    near = int((best["value"] >= best["value"].iloc[0] - NEAR).sum()) - 1
    others = f"{in_words(near)} other {_plural('family comes', 'families come', near)} within {NEAR:g} of it"
    return f"{best['family'].iloc[0]} leads on {suite}; {others}"


def _against(under: int, families: int) -> str:
    if not under:
        who = "the one family measured" if families == 1 else f"each of {in_words(families)} families"
        return f"{who} has a model above the baseline"
    if under == families:
        who = "the one family measured has no" if families == 1 else f"none of {in_words(families)} families has a"
        return f"{who} model above the baseline"
    have = _plural("has", "have", under)
    return f"{in_words(under)} of {in_words(families)} families {have} no model above the baseline"


def tree_lede(tree: Tree, suite: str, measure: str, probed: int = 0) -> str:
    """The numbers under the title: the baseline first; on `probed` tasks of the suite one was fitted here."""
    models, n = tree.models, int((tree.systems["role"] == "model").sum())
    told = (
        f"The baseline to beat, **{plain(tree.baseline[0])}**, has {measure} **{three(tree.baseline[1])}**. "
        if tree.baseline
        else f"No baseline has a value over all of {suite}, so nothing is placed beside one{_task_by_task(probed)}. "
    )
    if len(models):
        top = models.iloc[0]
        told += f"The highest is **{plain(top['name'])}** with {three(top['value'])}"
        told += "" if pd.isna(top["parameters"]) else f" at {size(top['parameters'])} parameters"
        told += f" ({plain(top['family'])}). "
    unstated = int((tree.systems["family"] == UNSTATED).sum())
    number = capital(in_words(len(models))) if len(models) else "None"
    told += f"{number} of {count(n, 'model')} shown {_plural('is', 'are', max(len(models), 1))} measured."
    return told + (f" For {count(unstated, 'system')} the store states no family." if unstated else "")


def _task_by_task(probed: int) -> str:
    return f"; {count(probed, 'task')} of it {_plural('has', 'have', probed)} one, fitted here" if probed else ""


def systems_title(tree: Tree) -> str:
    """How many systems of how many families there are, and how many are measured."""
    families = tree.systems.loc[tree.systems["family"] != UNSTATED, "family"].nunique()
    measured = int(tree.systems["value"].notna().sum())
    return (
        f"{count(len(tree.systems), 'system')} of {in_words(families)} {_plural('family', 'families', families)}, "
        f"{measured or 'none'} of them measured"
    )


def longest_title(windows: pd.DataFrame) -> str:
    """Which model of the registry sees the most base pairs at once, and how many rows of models there are."""
    known = windows[(windows["section"] != STATED) & windows["bp_high"].notna()]
    if known.empty:
        return "No window of the registry is known in base pairs"
    top = known.loc[known["bp_high"].idxmax()]
    return f"The longest window that is known, of {top['label']}, is {top['bp_high']:,.0f} bp"


def windows_title(windows: pd.DataFrame, distances: pd.DataFrame) -> str:
    """How many models of the registry reach the longest distance that is stated."""
    known = windows[windows["section"] != STATED]
    total = int(known["names"].map(len).sum())
    if distances.empty:
        return f"{count(total, 'model')} of the registry state a window"
    far = float(distances["bp"].max())
    reach = int(known.loc[known["bp_high"] >= far, "names"].map(len).sum())
    return f"{capital(in_words(reach))} of {total} models with a known window see {far:,.0f} bp or more at once"


def windows_lede(windows: pd.DataFrame) -> str:
    """What could be converted, and what could not."""
    known = windows[windows["section"] != STATED]
    tokens = known[known["unit"] == "tokens"]
    open_ = tokens[tokens["bp_high"].isna()]
    total, lacking = int(tokens["names"].map(len).sum()), int(open_["names"].map(len).sum())
    return (
        f"**{total}** models of the registry state their window in tokens; for **{lacking}** a token has no "
        "fixed length or none is stated, so base pairs are not known. A long window says what can be read, not what "
        "is used. Residues and genes are other things than base pairs and are never converted."
    )


def differences_sentence(differences: pd.DataFrame) -> str | None:
    """Where the registry and the literature do not say the same; a stated length may have been rounded."""
    if differences.empty:
        return None
    told = "; ".join(
        f"{plain(str(row.system))}, stated {span(row.low, row.high)} bp, registry {row.bp:,.0f} bp"
        for row in differences.itertuples()
    )
    return f"**Stated and registered windows differ** (a statement may be rounded): {told}."


def tokens_title(tokens: dict[str, list[Token]], letters: int) -> str:
    """From how few to how many tokens the same letters become."""
    counts = {name: len(found) for name, found in tokens.items() if found}
    fewest, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[fewest] == counts[most]:
        return f"The same {letters} letters are {count(counts[most], 'token')} whichever way they are cut"
    return f"The same {letters} letters are {counts[fewest]} to {counts[most]} tokens"


def substitution_title(sequence: str, other: str, place: int, changed: Sequence[int]) -> str:
    """From how few to how many tokens one substitution changes; `place` is counted from 0."""
    least, most = min(changed), max(changed)
    many = count(most, "token") if least == most else f"{least} to {most} tokens"
    return f"{sequence[place]} to {other[place]} at place {place + 1} changes {many}, by how the sequence is cut"


def tokenisers_title(kinds: pd.Series) -> str:
    """How many kinds there are, and the most frequent; a list of names by kind."""
    sizes = kinds.map(len)
    return (
        f"{capital(in_words(int(sizes.sum())))} models cut in {in_words(len(kinds))} ways, most of them by "
        f"{plain(str(sizes.idxmax()))} ({sizes.max()})"
    )


def leak_sentence(name: str, found: Hidden | None) -> str:
    """What is left to read of a hidden token."""
    if found is None:
        return f"**{name}**: the sequence is too short for one token."
    if not found.readable:
        return f"**{name}**: hide the token and nothing of it can be read elsewhere."
    share = f"{'all' if found.readable == found.letters else found.readable} of its {found.letters} letters"
    return (
        f"**{name}**: hide one token and {share} can still be read in {count(found.neighbours, 'neighbour')}; "
        f"{count(found.needed, 'token')} must be hidden together before this place is a question at all."
    )


def registry_words(names: Sequence[str]) -> str:
    """Some names of many."""
    return listed([plain(name) for name in names], 6)


def _plural(one: str, many: str, number: int) -> str:
    return one if number == 1 else many
