"""What the page of a system says: its claims counted, and where its models stand beside what they have to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dashboard.queries.ledgers import BEATS, LEDGERS, LOSES, NONE
from dashboard.queries.suites import suite_label
from dashboard.text import (
    METRICS,
    PROTOCOLS,
    VERDICTS,
    count,
    difference,
    interval,
    listed,
    plain,
    size,
    three,
)
from engine.names import Metric

if TYPE_CHECKING:
    from dashboard.queries.system import Measurements

_ALL = "all"
_ROUNDED = 1e-6


def system_title(who: str, claims: pd.DataFrame, measured: Measurements) -> str:
    """One sentence: the claims in either ledger, and how its models do next to the baseline to beat."""
    own = claims.loc[~claims["as_comparator"], "ledger"]
    able, valid = (int((own == ledger).sum()) for ledger in ("capability", "validity"))
    first = f"{count(able, 'claim') if able else 'no claim'} of capability, {valid or 'none'} of validity"
    if not able and not valid:
        first = "no claim of capability or validity"
    return f"{who}: {first}; {_standing(measured)}"


def claims_title(who: str, claims: pd.DataFrame) -> str:
    """How the claims about a system that were held against something came out."""
    own = claims[~claims["as_comparator"]]
    judged = own[own["ledger"].isin(LEDGERS[:2]) & (own["outcome"] != NONE)]
    if judged.empty:
        return f"{who} stands in {count(len(claims), 'claim')}; none was held against anything"
    sums = {outcome: int((judged["outcome"] == outcome).sum()) for outcome in (BEATS, LOSES)}
    return (
        f"Of {count(len(judged), 'claim')} about {who} held against something, {sums[BEATS] or 'none'} "
        f"{'beats' if sums[BEATS] == 1 else 'beat'} it and {sums[LOSES] or 'none'} "
        f"{'loses' if sums[LOSES] == 1 else 'lose'}"
    )


def measured_title(who: str, tasks: pd.DataFrame) -> str:
    """How many comparisons with the baseline to beat pass, by the article's rule."""
    judged = tasks["verdict_article"].dropna()
    if judged.empty:
        return f"{who} has values on {count(tasks['task_id'].nunique(), 'task')}, none with a verdict"
    passed = int((judged == "PASS").sum())
    passes = "passes" if passed == 1 else "pass"
    return f"{passed or 'None'} of {count(len(judged), 'comparison')} of {who} {passes} against the baseline to beat"


def probed_title(who: str, probed: pd.DataFrame) -> str:
    """Likewise on GENEB, all models and probes together."""
    passed, judged = int(probed["passed"].sum()), int(probed["judged"].sum())
    return f"On GENEB {who} passes against the baseline to beat in {passed or 'none'} of {count(judged, 'comparison')}"


def _standing(measured: Measurements) -> str:
    tasks = measured.tasks
    if measured.carries:
        return f"its values of {count(measured.carries, 'system')} are in this store"
    if measured.n_judged == 1 and tasks["verdict_article"].notna().any():
        row = tasks[tasks["verdict_article"].notna()].iloc[0]
        side = "above" if row["verdict_article"] == "PASS" else "not above"
        return f"measured here {side} {row['baseline']} on {_place(row)}"
    if measured.n_judged:
        passed = measured.n_passed or "none"
        return f"measured here, it passes against the baseline in {passed} of {measured.n_judged} comparisons"
    if tasks.empty:
        return "nothing measured here"
    if (tasks["role"] == "baseline").all():
        return "measured here as a baseline that others have to beat"
    return "measured here, though by nothing that allows a verdict"


def system_lede(facts: pd.Series, n_models: int, measured: Measurements) -> str:
    """Who made it and what it is, how many of the store's models it stands for, and its farthest places."""
    what = [plain(str(facts[name])) for name in ("architecture", "organisation_or_authors") if pd.notna(facts[name])]
    stands = (
        f"{count(n_models, 'model')} of the store {'is' if n_models == 1 else 'are'} this system."
        if n_models
        else "No model of the store is this system."
    )
    described = f"{'; '.join(what).removesuffix('.')}." if what else ""
    return " ".join(filter(None, [described, stands, _farthest(measured.tasks)]))


def _farthest(rows: pd.DataFrame) -> str:
    judged = rows[rows["delta"].notna()].sort_values("delta")
    if judged.empty:
        return ""
    several = len(set(rows["model_id"])) > 1
    told = [
        f"**{difference(row['delta'])}** {METRICS[row['metric']].name} to {plain(row['baseline'])} "
        f"on {plain(_place(row))}{', by ' + plain(row['name']) if several else ''}"
        for _, row in judged.iloc[[-1, 0] if len(judged) > 1 else [0]].iterrows()
    ]
    return f"{'The one difference' if len(told) == 1 else 'Best and worst difference'}: {'; '.join(told)}."


def _place(row: Any) -> str:
    part = "" if row["stratum"] == _ALL else f", {str(row['part']).lower()}"
    return f"{row['task']}{part}"


def _suite_place(row: Any) -> str:
    """The place with its suite, unless the task begins with the suite's name."""
    suite = suite_label(row["suite"])
    begins = str(row["task"]).startswith(suite.replace(",", " ").split(maxsplit=1)[0])
    return plain(_place(row) if begins else f"{suite}: {_place(row)}")


def to_beat_words(row: Any) -> str:
    """The baseline to beat of a single-cell task with its value; where a metric starts from it, that value is 0."""
    name, n = plain(str(row.name)), f"n = {int(row.n):,}"
    if row.ci_low == row.ci_high:
        return f"{name}, from which {METRICS[row.metric].name} is counted, {n}"
    return f"{name}, {METRICS[row.metric].name} {three(row.value)} ({interval(row.ci_low, row.ci_high)}), {n}"


def measured_words(row: Any) -> str:
    """One value next to the baseline: baseline first, then the model, the difference and the article's verdict."""
    own = f"{METRICS[row['metric']].name} **{three(row['value'])}**"
    known = pd.notna(row["ci_low"]) and (row["metric"] != Metric.L2_SKILL or row["ci_low"] < row["ci_high"])
    bounds = f" ({interval(row['ci_low'], row['ci_high'])})" if known else ""
    place = _suite_place(row)
    if pd.isna(row["baseline"]):
        return f"{place}: {own}{bounds}"
    against = f"{plain(row['baseline'])}{_baseline_value(row)}, {own}{bounds}"
    if pd.isna(row["delta"]):
        return f"{place}: {against}, not compared"
    verdict = "" if pd.isna(row["verdict_article"]) else f", {VERDICTS[row['verdict_article']]}"
    return f"{place}: {against}, {difference(row['delta'])}{verdict}"


def _baseline_value(row: Any) -> str:
    """The baseline's own value, unless the two were compared on fewer items than that one is over."""
    if pd.notna(row["delta"]) and abs(row["value"] - row["baseline_value"] - row["delta"]) > _ROUNDED:
        return f" on the same {int(row['n']):,} items"
    return f" {three(row['baseline_value'])}"


def probed_words(row: Any) -> str:
    """One model on GENEB: how many tasks pass against the baseline to beat, and the macro mean."""
    protocol = PROTOCOLS.get(row["protocol"], "published values")
    macro = "" if pd.isna(row["macro"]) else f", macro MCC **{three(row['macro'])}**"
    passes = "passes" if row["passed"] == 1 else "pass"
    return f"GENEB, {protocol}: {row['passed']} of {count(row['judged'], 'task')} {passes} against the baseline{macro}"


def stored_size(models: pd.DataFrame) -> str | None:
    """Parameters of each model as the store has them, all statements where they differ."""
    told = []
    for row in models.itertuples():
        stated = [f"{size(one['parameters'])} ({one['by']})" for one in statements(row.statements)]
        if stated:
            told.append(f"{row.name}: {' or '.join(stated)}")
        elif pd.notna(row.parameters):
            told.append(f"{row.name}: {size(row.parameters)}")
    return "; ".join(told) or None


def statements(found: Any) -> list[Any]:
    """What several places state of one model; none where there is but one statement."""
    return list(found) if isinstance(found, list | np.ndarray) else []


def by_words(models: pd.DataFrame, column: str) -> list[tuple[str, str]]:
    """Models that share a text, with it: ('ESM-2 8M, ESM-2 35M', 'Apache-2.0'); those without one are left out."""
    known = models[models[column].notna()]
    return [(_named(list(rows["name"])), str(text)) for text, rows in known.groupby(column, sort=False)]


def _named(names: list[str]) -> str:
    """Names in a row, in quotation marks where one has a comma of its own."""
    return listed([f"“{name}”" for name in names] if any("," in name for name in names) else names, 12)


def tasks_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `read_measured` with words for headings."""
    return pd.DataFrame(
        {
            "Model": rows["name"],
            "Task": rows["task"],
            "Part": rows["part"],
            "Metric": rows["metric"],
            "Value": rows["value"].round(5),
            "95 % low": rows["ci_low"].round(4),
            "95 % high": rows["ci_high"].round(4),
            "Baseline to beat": rows["baseline"],
            "Its own value": rows["baseline_value"].round(5),
            "Difference": rows["delta"].round(5),
            "Article’s rule": rows["verdict_article"].map(VERDICTS),
            "Paired test": rows["verdict"].map(VERDICTS),
            "No verdict because": rows["undefined_reason"],
            "n": rows["n"].astype("Int64"),
            "Protocol": rows["protocol"],
        }
    )


def probed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `read_probed` with words for headings."""
    return pd.DataFrame(
        {
            "Model": rows["name"],
            "Macro MCC": rows["macro"].round(5),
            "Tasks with a verdict": rows["judged"],
            "Tasks that pass": rows["passed"],
            "Protocol": rows["protocol"],
        }
    )
