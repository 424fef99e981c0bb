"""Methods and provenance: metrics, aggregates, sources, licences, the store's version, what is not claimed."""

import pandas as pd
import streamlit as st

from dashboard.components.about_evidence import COUNTED, STATED
from dashboard.components.exhibit import say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.links import fresh_link
from dashboard.database import load, pointer
from dashboard.exhibits import About
from dashboard.filters import context
from dashboard.queries.methods import (
    read_counts,
    read_licences,
    read_sources,
)
from dashboard.queries.suites import suite_label
from dashboard.queries.traps import read_not_claimed
from dashboard.text import GLOSSARY, METRICS, count

ctx = context()
counts, sources = load(read_counts), load(read_sources)
scores, intervals = int(counts["scores"].sum()), int(counts["with_interval"].sum())
heading(
    f"Every one of {scores:,} scores names its source",
    f"{intervals:,} of them carry an interval; the others are published without what an interval needs, or have no "
    f"value and a reason, and the pages say so. Nothing on these pages was chosen on test data by this ledger.",
)
whole = f"{count(scores, 'score')}, {count(len(counts), 'suite')}"
say_about(About(whole, COUNTED, tuple(sources.loc[sources["scores"] > 0, "source_id"])))
section("What is in the store")
table(
    pd.DataFrame(
        {
            "Suite": counts["suite"].map(suite_label),
            "Systems": counts["systems"],
            "Tasks": counts["tasks"],
            "Tasks and parts": counts["parts"],
            "Scores": counts["scores"],
            "With interval": counts["with_interval"],
            "Protocol": counts["protocols"],
        }
    ),
    name="store-contents",
    title=f"{scores:,} scores of {count(len(counts), 'suite')}, {intervals:,} of them with an interval",
    alt="Systems, tasks and scores per suite",
)
section("Metrics")
st.markdown(
    "\n".join(
        f"- **{text.name}**: {text.sentence} Chance: {text.chance}. Source: {text.source}." for text in METRICS.values()
    )
)
st.markdown(
    "ProteinGym calls a substitution positive for MCC when its score is at or above the median of that model's "
    "scores in the assay, and so do we for deep mutational scans; GENEB's hard predictions are those of its probe. "
    "Elsewhere MCC needs a threshold that was published for the system or declared with the rule: without one it has "
    "no value. No threshold was chosen on test data."
)
section("How numbers are made")
st.markdown(
    """
- **Macro** is the mean over a suite's categories, **micro** the mean over its tasks. Both are recomputed from the task
  values when the store is built; for the 40 official GENEB models the macro must equal the published one to 2 × 10⁻⁵
  (task values are cut after five decimals), or the store is not put in service.
- **GENEB** values are published means over five seeds (full regime: five times the same fit). GENEB publishes no
  predictions and, for most tasks, no test size: its rows have no interval yet.
- **ProteinGym** “All assays” is the benchmark's own average over assays within a protein, proteins, then five
  selection types.
- **ClinVar** values are AUROCs per class of variant as published. Their 95 % intervals follow Hanley & McNeil (1982)
  from the AUROC and the class counts, on the logit scale, the wider of the two orientations; they take variants as
  independent, so variants of one gene make them too narrow. “Mean of classes” is over classes with at least 30
  variants and 10 of each label. Systems scored on some classes only are not ranked in the summaries.
- **Scored here**: BRCA1 saturation editing, ClinVar variant by variant and TEM-1's scan are evaluated from scores of
  single variants, some published, some our own rules. Intervals are percentile bootstraps over variants, over
  proteins where a task has many. A value over a part of the variants is another quantity and is not shown as one
  over all. Protocols stand side by side on the same variants, each row naming its own.
- **Verdicts** are against a baseline that was named beforehand from earlier publications. The article's rule asks for
  two intervals that are apart; the paired test compares both on the same variants (DeLong for AUROC, else paired
  bootstrap). Controls, a constant and random numbers, are shown beside and never ranked.
- **Size and performance**: Spearman's ρ with a percentile bootstrap over models (2,000 draws, seed 0). Outliers, if
  left out, lie more than three robust standard deviations (1.4826 MAD) from the Theil–Sen line.
- **Near-tie**: within 0.01 of the highest value shown; a reading aid, not a test.
"""
)
section("Two probes, and what train gives away")
st.markdown(
    """
On the GENEB tasks whose official split is at hand, baselines, controls and anybody’s models are
fitted under two probes, which are never ranked together or with published rows.

- **fair-v1** makes claims: features are standardised on train, columns without variance dropped; C (10⁻⁴ to 10²) and
  class weights are chosen by five inner folds of train, by MCC, on the same folds for every system; test is predicted
  once.
- **GENEB-exact** reproduces: the published harness to the letter, raw features, C = 1. On features that hardly vary it
  can collapse to one class (⊘ collapsed); so did published rows: MCC 0 with the accuracy of the largest class.
- **Few labels**: fair-v1 draws the training examples at least 20 times and shows the median with the range of 95 % of
  the draws; GENEB-exact shows the mean of GENEB’s five seeds with the range of the same draws. With all labels the fit
  is the same for every seed: it is made once, and its interval is a bootstrap over test sequences.
- **Baseline to beat**: the baseline with the highest MCC over the inner folds of train under fair-v1. Which one it is
  was never looked up on test.
- **Leakage**: each test sequence is looked for in train, as it is and as its reverse complement, and so are its k-mers
  (k is a third of a short sequence’s length, 9 to 21). It is near train if one training sequence holds more than half
  of its k-mers, else far; both parts have scores of their own where both exist.
"""
)
section("Single cells: three protocols")
st.markdown(
    """
The baseline to beat of each task was declared from earlier publications before any value was known. Every system is
resampled alike, so that differences are paired; where fewer than 20 perturbations are resampled, the interval is itself
unreliable, and says so.

- **perturbation-v1**: means of the logs per condition over at most 1,000 genes that control cells express most. All
  singles and half of all doubles are in train, five seeds; of singles, half of those perturbed in a second data set are
  held out, with every double that has one. A perturbation’s value is the mean over the splits that hold it out. L2
  skill is 1 minus the mean distance (L2) over that of the baseline to beat, so that the baseline has 0 and worse is
  below 0, without a floor. The linear predictor is the closed form of
  [Ahlmann-Eltze et al. 2025](https://doi.org/10.1038/s41592-025-02772-6), λ = 0.1 and 10 components. A system that
  predicts less than nine tenths of the perturbations has no value. Intervals: percentile bootstrap over perturbations.
- **cell-embedding-v1**: Louvain clusters of the neighbour graph at the resolution, of 0.1 to 2.0, where NMI is largest;
  NMI and ARI there, ASW, the silhouette by cell type moved to [0, 1]; AvgBIO is their mean, as in
  [scGPT](https://doi.org/10.1038/s41592-024-02201-0) and in [scIB](https://doi.org/10.1038/s41592-021-01336-8). Labels
  choose the resolution, alike for every system: without any skill the value is not 0. Intervals: cells drawn within
  their types, with embedding, clusters and silhouettes held fixed, so that a new clustering is not part of them.
- **network-v1**: a gene responds where Welch’s test on the logs against control cells has q below 0.05 and the mean
  changes by at least 0.1; a perturbation counts with three genes that respond and three that do not, the perturbed ones
  left out. AUROC per perturbation, then the mean. Baselines read control cells alone; the gene-level regression is
  fitted to other perturbations. What edges add is that regression with them next to it without, on the same folds, by
  Wilcoxon’s test over perturbations. The baselines follow
  [an audit of attention edges](https://arxiv.org/abs/2602.17532).
- **Verdicts**: the smallest difference that counts is 0.05 for L2 skill and Pearson, 0.02 for AvgBIO and AUROC; q is
  Benjamini–Hochberg’s over all comparisons by a metric. A model stands next to every baseline and to its twin, the same
  network with weights drawn at random.
- **Limits**: 5 to 13 perturbations show few differences; the 700 blood cells come with variable genes that others
  chose, and without batches; of the perturbed genes one alone is among the 500 measured, so that correlation and
  attention edges have no value here. No pretrained model’s weights were at hand for the values that are shipped.
"""
)
with st.expander("Words and what they mean here"):
    st.markdown("\n".join(f"- **{term}**: {sentence}" for term, sentence in GLOSSARY.items()))
section("What is not claimed")
st.markdown("\n".join(f"- **{row.claim_not_made}.** {row.reason}" for row in load(read_not_claimed).itertuples()))
fresh_link(ctx, "traps", "Traps when comparing, and what a fair critic would say →", {})
section("Sources")
resting = {kind: int((sources[kind] > 0).sum()) for kind in ("scores", "claims")}
table(
    pd.DataFrame(
        {
            "Citation": sources["citation"],
            "Link": sources["url"],
            "Licence": sources["licence"],
            "Version": sources["version"],
            "Scores": sources["scores"],
            "Claims": sources["claims"],
        }
    ),
    name="sources",
    title=f"{count(len(sources), 'source')}: {resting['scores']} of scores, {resting['claims']} of claims",
    about=About(count(len(sources), "source"), COUNTED, tuple(sources["source_id"])),
    alt="Sources with licence, version and the number of scores and claims that rest on each",
    columns={"Citation": st.column_config.TextColumn(width="large"), "Link": st.column_config.LinkColumn()},
    height=420,
)
section("Licences and revisions of the registered systems")
licences = load(read_licences)
established = int((licences["licence"] != "not established").sum())
table(
    licences.rename(
        columns={
            "name": "System",
            "licence": "Licence of the weights",
            "licence_group": "Kind",
            "access": "Access",
            "hf_id": "Weights",
            "revision": "Revision",
        }
    ),
    name="licences",
    title=f"The licence of the weights is established for {established} of {count(len(licences), 'registered system')}",
    about=About(count(len(licences), "registered system"), STATED, ("registry",)),
    alt="Licence, access and pinned revision of every registered system",
    height=420,
)
section("This build")
store = pointer()
st.markdown(
    f"Engine {store.engine_version}, schema `{store.schema}`, content SHA-256 `{store.content_hash}`, published "
    f"{store.published_at}. "
    "The same content always has the same hash; `vledger where` prints it."
)
