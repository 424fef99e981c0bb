"""What this store shows of each trap.

An example is a query without parameters, so that `vledger sql` gives the same rows, and a sentence read off them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.queries.provenance import Shown
from dashboard.text import capital, count, in_words, listed, three
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask


@dataclass(frozen=True, slots=True)
class Example:
    """What the store shows of a trap.

    Attributes:
        key: unique on the page; names the CSV.
        number: the figure to look at, in a few signs.
        sentence: what it says.
        page: where it can be looked at, with the words of the link and the settings there.
        rows: the numbers behind it, with columns named for the screen.
        of: how many of what they are counted over.
        shown: the scores that they are made of.
        sql: what gives the same rows.
    """

    key: str
    number: str
    sentence: str
    page: str
    link: str
    query: dict[str, str]
    rows: pd.DataFrame
    of: str
    shown: tuple[Shown, ...]
    sql: str


_GENEB = Shown(suite="geneb", stratum=ALL_STRATA, metric="MCC", regimes=("full",), protocols=("geneb-published",))
_SCANS = Shown(tasks=("proteingym_dms_substitutions",), stratum=ALL_STRATA, protocols=("proteingym-published",))
_TOKENS = """
    SELECT coalesce(m.tokenizer, 'not stated') AS "Token type", count(*) AS "DNA models in the registry",
           count(s.model_id) AS "Ranked on GENEB", min(m.bp_per_token) AS "Bases a token, least",
           max(m.bp_per_token) AS "Bases a token, most", max(s.macro) AS "Highest macro MCC",
           arg_max(m.name, s.macro) AS "Reached by", min(m.name) AS "Such as"
    FROM model m LEFT JOIN suite_score s ON s.model_id = m.model_id
      AND s.suite = 'geneb' AND s.regime = 'full' AND s.metric = 'MCC' AND s.protocol = 'geneb-published'
    WHERE m.modality = 'DNA' AND m.role = 'model' AND (m.tokenizer IS NOT NULL OR s.model_id IS NOT NULL)
    GROUP BY ALL ORDER BY "Ranked on GENEB" DESC, "Token type"
"""
_WINDOWS = """
    SELECT m.name AS "Model", m.context_value AS "Window", m.context_unit AS "Unit", m.context_bp AS "In bp",
           s.value AS "MCC", t.label AS "Task", t.task_id AS "Task id"
    FROM score s JOIN model m USING (model_id) JOIN task t USING (task_id)
    WHERE s.protocol = 'geneb-published' AND s.regime = 'full' AND s.metric = 'MCC' AND s.stratum = 'all'
      AND t.task_id = (SELECT task_id FROM task WHERE suite = 'geneb' AND category = 'Enhancers'
                       ORDER BY label LIKE '%human%' DESC, position LIMIT 1)
    ORDER BY m.context_bp DESC NULLS LAST, s.value DESC
"""
_SUPERVISED = """
    WITH best AS (
      SELECT s.task_id, s.model_id, s.value = max(s.value) OVER (PARTITION BY s.task_id) AS first
      FROM score s JOIN task t USING (task_id)
      WHERE t.suite = 'geneb' AND s.protocol = 'geneb-published' AND s.regime = 'full' AND s.metric = 'MCC'
        AND s.stratum = 'all'
    )
    SELECT t.category AS "Category", count(DISTINCT t.task_id) AS "Tasks",
           count(*) FILTER (b.first AND m.supervised_on_assay) AS "Won by a model trained on assays",
           string_agg(DISTINCT m.name, ', ' ORDER BY m.name) FILTER (b.first AND m.supervised_on_assay) AS "Which",
           count(DISTINCT m.model_id) FILTER (m.supervised_on_assay) AS "Such models",
           count(DISTINCT m.model_id) AS "Ranked models"
    FROM best b JOIN task t USING (task_id) JOIN model m USING (model_id)
    GROUP BY ALL ORDER BY 3 DESC, 1
"""
_LABELS = """
    SELECT m.name AS "System", m.role AS "Role", c.value AS "AUROC, clinical labels",
           d.value AS "AUROC, measured effects",
           c.value - d.value AS "Difference"
    FROM score c JOIN score d USING (model_id, metric) JOIN model m USING (model_id)
    WHERE c.task_id = 'proteingym_clinical_substitutions' AND d.task_id = 'proteingym_dms_substitutions'
      AND c.stratum = 'all' AND d.stratum = 'all' AND c.metric = 'AUROC'
      AND c.protocol = 'proteingym-published' AND d.protocol = 'proteingym-published'
    ORDER BY 3 DESC, 4 DESC, 1
"""
_POOLED = """
    SELECT p.label AS "Part", p.kind AS "Kind", p.n AS "Variants",
           max(s.value) FILTER (s.model_id = 'rule-based') AS "Rule that knows the class",
           max(s.value) FILTER (m.role = 'model' AND s.n = p.n) AS "Highest model",
           arg_max(m.name, s.value) FILTER (m.role = 'model' AND s.n = p.n) AS "Which"
    FROM score s JOIN stratum p USING (task_id, stratum) JOIN model m USING (model_id)
    WHERE s.task_id = 'clinvar_vep_eval' AND s.metric = 'AUROC' AND s.protocol = 'vep-eval-published'
      AND p.kind IN ('all', 'variant_class')
    GROUP BY p.label, p.kind, p.n, p.position HAVING "Rule that knows the class" IS NOT NULL
    ORDER BY p.position
"""
_WINNERS = """
    WITH ranked AS (
      SELECT c.category, c.model_id, c.value, rank() OVER (PARTITION BY c.category ORDER BY c.value DESC) AS place
      FROM category_score c
      WHERE c.suite = 'geneb' AND c.regime = 'full' AND c.metric = 'MCC' AND c.protocol = 'geneb-published'
        AND c.value IS NOT NULL
    ),
    overall AS (
      SELECT model_id, rank() OVER (ORDER BY macro DESC) AS place FROM suite_score
      WHERE suite = 'geneb' AND regime = 'full' AND metric = 'MCC' AND protocol = 'geneb-published'
        AND macro IS NOT NULL
    )
    SELECT r.category AS "Category", m.name AS "First here", r.value AS "Its MCC", o.place AS "Its place overall",
           f.name AS "First overall", mine.place AS "Place of the first overall"
    FROM ranked r JOIN model m USING (model_id) LEFT JOIN overall o USING (model_id)
    CROSS JOIN (SELECT model_id, name FROM overall JOIN model USING (model_id) WHERE place = 1 LIMIT 1) f
    JOIN ranked mine ON mine.category = r.category AND mine.model_id = f.model_id
    WHERE r.place = 1 ORDER BY 6 DESC, 1
"""
_FIELDS = """
    SELECT CASE t.suite WHEN 'geneb' THEN 'DNA: GENEB, MCC' ELSE 'Protein: ProteinGym, Spearman' END AS "Field",
           string_agg(DISTINCT b.name, ', ' ORDER BY b.name) AS "Baseline to beat",
           count(DISTINCT c.model_id) AS "Models",
           count(DISTINCT c.task_id) AS "Tasks", count(*) AS "Comparisons",
           count(*) FILTER (c.delta > 0) AS "Value above the baseline"
    FROM comparison c JOIN task t USING (task_id) JOIN model b ON b.model_id = c.baseline_id
    JOIN model m ON m.model_id = c.model_id AND m.role = 'model'
    WHERE c.registered AND c.stratum = 'all' AND (
      (c.protocol = 'proteingym-published' AND c.task_id = 'proteingym_dms_substitutions' AND c.metric = 'Spearman')
      OR (c.protocol = 'geneb-published' AND c.regime = 'full' AND c.metric = 'MCC'))
    GROUP BY t.suite ORDER BY t.suite
"""
_BASELINES = """
    SELECT t.label AS "Task", b.name AS "Baseline to beat", count(*) AS "Published models",
           count(*) FILTER (c.delta < 0) AS "Behind it",
           CASE WHEN count(e.value) > 0 THEN count(*) FILTER (s.value < e.value) END
             AS "Behind it, GENEB's probe for both",
           max(c.delta) AS "Best model minus baseline, MCC",
           arg_max(m.name, c.delta) AS "Best model", t.task_id AS "Task id"
    FROM comparison c JOIN task t USING (task_id) JOIN model b ON b.model_id = c.baseline_id
    JOIN model m ON m.model_id = c.model_id AND m.role = 'model'
    JOIN score s ON s.model_id = c.model_id AND s.task_id = c.task_id AND s.stratum = c.stratum
      AND s.regime = c.regime AND s.protocol = c.protocol AND s.metric = c.metric
    LEFT JOIN score e ON e.model_id = c.baseline_id AND e.task_id = c.task_id AND e.stratum = c.stratum
      AND e.regime = c.regime AND e.protocol = 'geneb-exact' AND e.metric = c.metric
    WHERE c.registered AND c.protocol = 'geneb-published' AND c.regime = 'full' AND c.metric = 'MCC'
      AND c.stratum = 'all' AND c.delta IS NOT NULL
    GROUP BY t.label, b.name, t.task_id ORDER BY "Behind it" DESC, "Task"
"""
_FLOOR = """
    SELECT m.name AS "Embedding", CASE WHEN c.baseline_id IS NOT NULL THEN 'baseline to beat' ELSE m.role END AS "Role",
           s.value AS "AvgBIO", s.ci_low AS "95 % low", s.ci_high AS "95 % high", s.n AS "Cells"
    FROM score s JOIN model m USING (model_id)
    LEFT JOIN (SELECT DISTINCT task_id, metric, baseline_id FROM comparison WHERE registered) c
      ON c.task_id = s.task_id AND c.metric = s.metric AND c.baseline_id = s.model_id
    WHERE s.task_id = 'cells:pbmc68k' AND s.metric = 'AvgBIO' AND s.stratum = 'all' AND s.value IS NOT NULL
    ORDER BY c.baseline_id IS NULL, m.role = 'control', s.value DESC, m.name
"""


def read_examples(ask: Ask) -> dict[str, list[Example]]:
    """What the store shows of each trap, by trap_id; a trap that it says nothing about is left out."""
    found = {
        "tokenisation": [_tokens(ask)],
        "context-length": [_windows(ask)],
        "contamination": [_supervised(ask), _labels(ask)],
        "fragmented-benchmarks": [_pooled(ask), _winners(ask)],
        "dna-is-not-protein": [_fields(ask)],
    }
    kept = {trap: [example for example in examples if example] for trap, examples in found.items()}
    return {trap: examples for trap, examples in kept.items() if examples}


def read_baseline_trap(ask: Ask) -> Example | None:
    """On how many tasks, and for how many models, a plain baseline is ahead of what was published."""
    rows = ask(_BASELINES)
    if rows.empty:
        return None
    most = rows[rows["Behind it"] * 2 > rows["Published models"]]
    first = rows.iloc[0]
    return Example(
        key="baselines",
        number=f"{len(most)} of {len(rows)}",
        sentence=(
            f"On {len(most)} of the {count(len(rows), 'task')} where a plain baseline was fitted here, most published "
            f"models lie below it: on {first['Task']}, {first['Baseline to beat']} is ahead of {first['Behind it']} of "
            f"{first['Published models']}. {_other_probe(rows)}"
        ),
        page="task",
        link=f"See {first['Task']} with its baselines",
        query={"task": str(first["Task id"])},
        rows=rows,
        of=f"{count(len(rows), 'task')}, {count(int(rows['Published models'].sum()), 'pair')} of model and task",
        shown=(replace(_GENEB, tasks=tuple(rows["Task id"]), protocols=("geneb-published", "fair-v1", "geneb-exact")),),
        sql=_BASELINES,
    )


def read_floor_trap(ask: Ask) -> Example | None:
    """What an embedding of cells reaches that knows nothing, next to the baseline to beat."""
    rows = ask(_FLOOR)
    beat, drawn = rows[rows["Role"] == "baseline to beat"], rows[rows["Role"] == "control"]
    if beat.empty or drawn.empty:
        return None
    high, low = beat.iloc[0], drawn.iloc[0]
    return Example(
        key="floor",
        number=f"{three(low['AvgBIO'])} of {three(high['AvgBIO'])}",
        sentence=(
            f"{low['Embedding']} knows nothing of cell types and reaches AvgBIO {three(low['AvgBIO'])} on "
            f"{count(low['Cells'], 'blood cell')}, where {high['Embedding']}, the baseline to beat, reaches "
            f"{three(high['AvgBIO'])}. The metric lets the labels choose how fine the clusters are, so that no skill "
            "at all is far from 0: a value means something only between these two, or above them."
        ),
        page="task",
        link="See every embedding with its interval",
        query={"suite": "cells", "task": "cells:pbmc68k"},
        rows=rows,
        of=f"{count(low['Cells'], 'cell')}, {count(len(rows), 'embedding')}",
        shown=(Shown(tasks=("cells:pbmc68k",), stratum=ALL_STRATA, metric="AvgBIO", protocols=("cell-embedding-v1",)),),
        sql=_FLOOR,
    )


def _other_probe(rows: pd.DataFrame) -> str:
    """The baselines' probe was tuned on train, the published models' was not: the count with one probe for both."""
    same = rows.dropna(subset=["Behind it, GENEB's probe for both"])
    most = int((same["Behind it, GENEB's probe for both"] * 2 > same["Published models"]).sum())
    return (
        "The baseline's probe was tuned on train, GENEB's is fixed; with GENEB's probe for both, most lie below it on "
        f"{most} of {len(same)}."
    )


def _tokens(ask: Ask) -> Example | None:
    rows = ask(_TOKENS)
    ranked = rows[rows["Ranked on GENEB"] > 0]
    if ranked.empty:
        return None
    least, most = ranked["Bases a token, least"].min(), ranked["Bases a token, most"].max()
    kinds = [f"{row['Token type']} ({int(row['Ranked on GENEB'])})" for _, row in ranked.iterrows()]
    return Example(
        key="tokens",
        number=count(len(ranked), "way"),
        sentence=(
            f"{int(ranked['Ranked on GENEB'].sum())} models on one board cut DNA in {in_words(len(ranked))} ways: "
            f"{listed(kinds, 5)}. A token is {least:g} to {most:g} bases where that is stated. {_overlapping(rows)}"
        ),
        page="field",
        link="See a sequence cut by each kind",
        query={"scene": "tokens"},
        rows=rows,
        of=f"{count(int(rows['DNA models in the registry'].sum()), 'DNA model')}, "
        f"{int(rows['Ranked on GENEB'].sum())} of them ranked on GENEB",
        shown=(_GENEB,),
        sql=_TOKENS,
    )


def _overlapping(rows: pd.DataFrame) -> str:
    own = rows[rows["Token type"] == "overlapping k-mer"]
    if own.empty:
        return "None of the registry uses overlapping k-mers."
    models, ranked = int(own["DNA models in the registry"].sum()), int(own["Ranked on GENEB"].sum())
    where = "none of them is ranked here" if ranked == 0 else f"{in_words(ranked)} ranked here"
    return (
        f"Overlapping k-mers, which leak into their neighbours, are those of {count(models, 'registered model')} "
        f"({own['Such as'].iloc[0]}); {where}."
    )


def _windows(ask: Ask) -> Example | None:
    rows = ask(_WINDOWS)
    known = rows.dropna(subset=["In bp"])
    if len(known) < 2:
        return None
    widest, narrowest = known.iloc[0], known[known["In bp"] == known["In bp"].min()].iloc[0]
    factor, unknown = int(widest["In bp"] / narrowest["In bp"]), len(rows) - len(known)
    return Example(
        key="windows",
        number=f"{factor:,} times",
        sentence=(
            f"In one ranking of {len(rows)} models, on {widest['Task']}, {widest['Model']} can read "
            f"{int(widest['In bp']):,} bp (MCC {three(widest['MCC'])}) and {narrowest['Model']} "
            f"{int(narrowest['In bp']):,} bp (MCC {three(narrowest['MCC'])}): {factor:,} times as much. "
            f"{count(unknown, 'model')} state tokens, or nothing, that cannot be turned into bp."
        ),
        page="task",
        link=f"See {widest['Task']}",
        query={"task": str(widest["Task id"])},
        rows=rows,
        of=f"{count(len(rows), 'model')}, 1 task",
        shown=(replace(_GENEB, tasks=(str(widest["Task id"]),)),),
        sql=_WINDOWS,
    )


def _supervised(ask: Ask) -> Example | None:
    rows = ask(_SUPERVISED)
    if rows.empty:
        return None
    won, tasks = int(rows["Won by a model trained on assays"].sum()), int(rows["Tasks"].sum())
    names = sorted({name for told in rows["Which"].dropna() for name in told.split(", ")})
    such, of = int(rows["Such models"].max()), int(rows["Ranked models"].max())
    top = rows.iloc[0]
    return Example(
        key="supervised",
        number=f"{won} of {tasks}",
        sentence=(
            f"{capital(in_words(such))} of {of} ranked models learned from measured tracks ({listed(names)}), and "
            f"they hold the highest MCC on {won} of {tasks} GENEB tasks, most often in {top['Category']} "
            f"({top['Won by a model trained on assays']} of {top['Tasks']}). Some labels are made of such tracks."
        ),
        page="leaderboard",
        link="See the board without them",
        query={"unsupervised": "yes"},
        rows=rows,
        of=f"{count(of, 'model')}, {count(tasks, 'task')}",
        shown=(_GENEB,),
        sql=_SUPERVISED,
    )


def _labels(ask: Ask) -> Example | None:
    rows = ask(_LABELS)
    if rows.empty:
        return None
    top = rows.iloc[0]
    clinical, measured = rows["AUROC, clinical labels"], rows["AUROC, measured effects"]
    return Example(
        key="labels",
        number=f"{three(top['AUROC, clinical labels'])} → {three(top['AUROC, measured effects'])}",
        sentence=(
            f"{top['System']} has AUROC {three(top['AUROC, clinical labels'])} on curated clinical labels and "
            f"{three(top['AUROC, measured effects'])} on measured effects; the {in_words(len(rows))} systems with both "
            f"lie at {three(clinical.min())} to {three(clinical.max())} and {three(measured.min())} to "
            f"{three(measured.max())}. The questions differ, so the gap is not a measure of leakage; it shows what the "
            "kind of label does."
        ),
        page="beyond",
        link="See clinical labels against scans",
        query={},
        rows=rows,
        of=count(len(rows), "system"),
        shown=(replace(_SCANS, tasks=("proteingym_clinical_substitutions", *_SCANS.tasks), metric="AUROC"),),
        sql=_LABELS,
    )


def _pooled(ask: Ask) -> Example | None:
    rows = ask(_POOLED)
    whole, parts = rows[rows["Kind"] == "all"], rows[rows["Kind"] == "variant_class"]
    if whole.empty or parts.empty:
        return None
    rule = "Rule that knows the class"
    value, level = whole[rule].iloc[0], int((parts[rule] == 0.5).sum())
    return Example(
        key="pooled",
        number=f"{three(value)} → {three(parts[rule].median())}",
        sentence=(
            f"Over {count(whole['Variants'].iloc[0], 'ClinVar variant')} a rule that knows only the class of a variant "
            f"reaches AUROC {three(value)}; within {level} of {len(parts)} classes it is at 0.5, a coin toss. The best "
            f"model reaches {three(whole['Highest model'].iloc[0])} over all: pooling rewards knowing the class."
        ),
        page="leaderboard",
        link="See ClinVar by class",
        query={"suite": "clinvar"},
        rows=rows,
        of=f"{count(whole['Variants'].iloc[0], 'variant')}, {len(parts)} classes",
        shown=(Shown(tasks=("clinvar_vep_eval",), metric="AUROC", protocols=("vep-eval-published",)),),
        sql=_POOLED,
    )


def _winners(ask: Ask) -> Example | None:
    rows = ask(_WINNERS)
    if rows.empty:
        return None
    first, places = str(rows["First overall"].iloc[0]), rows["Place of the first overall"]
    own = int((rows["First here"] == first).sum())
    return Example(
        key="winners",
        number=f"{rows['First here'].nunique()} firsts",
        sentence=(
            f"{rows['First here'].nunique()} different models are first in the {rows['Category'].nunique()} GENEB "
            f"categories. {first}, first overall, is first in {in_words(own)} of them; elsewhere it falls as far as "
            f"place {int(places.max())} ({rows.loc[places.idxmax(), 'Category']})."
        ),
        page="ranks",
        link="See how ranks move",
        query={},
        rows=rows,
        of=f"{rows['Category'].nunique()} categories of GENEB",
        shown=(_GENEB,),
        sql=_WINNERS,
    )


def _fields(ask: Ask) -> Example | None:
    rows = ask(_FIELDS)
    if len(rows) < 2:
        return None
    dna, protein = rows.iloc[0], rows.iloc[1]
    return Example(
        key="fields",
        number=f"{_share(protein)} and {_share(dna)}",
        sentence=(
            f"{protein['Value above the baseline']} of {protein['Models']} protein models lie above "
            f"{protein['Baseline to beat']}, a table of frequencies. Of {count(dna['Comparisons'], 'DNA result')} "
            f"({dna['Models']} models, {count(dna['Tasks'], 'task')}) {dna['Value above the baseline']} lie above "
            f"the one to beat there ({dna['Baseline to beat']}). Two questions on two scales: "
            "neither share speaks for the other field."
        ),
        page="beyond",
        link="See proteins on their own",
        query={},
        rows=rows,
        of=f"{count(dna['Comparisons'], 'comparison')} of DNA models, {protein['Comparisons']} of protein models",
        shown=(_GENEB, replace(_SCANS, metric="Spearman")),
        sql=_FIELDS,
    )


def _share(row: pd.Series) -> str:
    return f"{100 * row['Value above the baseline'] / row['Comparisons']:.0f} %"
