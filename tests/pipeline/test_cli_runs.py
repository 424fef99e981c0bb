"""The commands around scoring as they are typed: what they print where, what they leave, how they end."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pytest
import typer.main

from engine import cli
from engine.cli import options
from engine.cli.runs import run_name
from engine.registry.scorers import SCORERS
from engine.registry.tasks import TASKS
from engine.spec import ModelSpec, Options, Spec
from tests.engine.tiny_esm2 import variants, write_checkpoint, write_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Vledger = Callable[..., tuple[int, str, str]]


@pytest.fixture
def vledger(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Vledger:
    """Exit code, standard output and standard error of a command, run in this process."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny-esm2")


# ---- help ----


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
    for name, sub in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(sub, (*path, name))


COMMANDS = dict(_commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_argument_and_option_has_a_sentence(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", None), f"{parameter.name} has no help"
        assert parameter.help.endswith("."), f"{parameter.name}: {parameter.help}"


def test_everything_that_a_spec_can_say_of_a_model_can_be_said_on_the_command_line() -> None:
    known = {parameter.name for parameter in COMMANDS["score",].params}
    assert set(Options.model_fields) <= known
    assert {"model" if name == "id" else name.replace("options", "option") for name in ModelSpec.model_fields} <= known
    assert set(Spec.model_fields) - {"name", "tasks", "baselines", "models", "options"} <= known
    assert {"task", "baseline", "plan", "results", "publish"} <= known


def test_the_help_names_every_task_that_can_be_scored() -> None:
    (parameter,) = (one for one in COMMANDS["score",].params if one.name == "task")
    assert all(task_id in parameter.help for task_id in TASKS)


def test_the_command_line_knows_every_scorer() -> None:
    assert get_args(options.Scorer) == tuple(SCORERS)


# ---- planning ----


@pytest.fixture
def with_mirror(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mirror, and a cache that nobody has made yet."""
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def spec(with_mirror: Path, folder: Path) -> Path:
    path = with_mirror / "mine.toml"
    models = f'[[models]]\nid = "{folder}"\n\n[[models]]\nid = "esm-2-35m"\n'
    path.write_text(f'name = "mine"\ntasks = ["dms:BLAT_ECOLX", "clinvar_missense"]\n\n{models}', "utf-8")
    return path


def test_a_plan_names_tasks_models_tokens_and_time_and_does_nothing(vledger: Vledger, spec: Path) -> None:
    code, out, err = vledger("run", spec, "--plan")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["system", "task", "score", "variants", "tokens", "time"]
    assert lines[1].split()[:3] == ["8", "baselines", "dms:BLAT_ECOLX"]
    assert any(
        line.split()[:5] == ["esm-2-35m", "dms:BLAT_ECOLX", "masked-marginal", "4,996", "75,744"] for line in lines
    )
    assert any(line.startswith("esm-2-35m") and "about" in line for line in lines)
    assert any("tiny-esm2" in line and "known after the first shard" in line for line in lines)
    assert lines[-1].startswith("all")
    assert not (spec.parent / "cache").exists()


def test_a_plan_without_models_still_shows_the_tasks(vledger: Vledger, with_mirror: Path) -> None:
    path = with_mirror / "rules.toml"
    path.write_text('name = "rules"\ntasks = ["dms:BLAT_ECOLX"]\n', "utf-8")
    code, out, _ = vledger("run", path, "--plan", "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {
            "system": "8 baselines",
            "task": "dms:BLAT_ECOLX",
            "score": "rule",
            "variants": "4,996",
            "tokens": "0",
            "time": "seconds",
        }
    ]


@pytest.mark.usefixtures("with_mirror")
def test_a_plan_with_a_pair_that_cannot_be_done_says_why_and_ends_with_3(vledger: Vledger) -> None:
    code, out, err = vledger("score", "--model", "evo-2-7b", "--task", "dms:BLAT_ECOLX", "--plan")
    assert code == 3
    assert "8 baselines" in out
    assert err.startswith("not run evo-2-7b on dms:BLAT_ECOLX: ")
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("with_mirror")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model", "esm-2-35mm", "--task", "dms:BLAT_ECOLX"), "Did you mean esm-2-35m"),
        (("--model", "esm-2-35m", "--task", "dms:BLAT"), "did you mean 'dms:BLAT_ECOLX'?"),
        (("--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--baseline", "blosum"), "did you mean 'blosum62'?"),
        (("--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--option", "windows=9"), "did you mean 'window'?"),
        (("--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--option", "window"), "give name=value"),
        (("--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--revision", "main"), "40"),
    ],
)
def test_what_does_not_exist_is_told_with_the_nearest_and_exit_code_2(
    vledger: Vledger, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = vledger("score", *arguments, "--plan")
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("with_mirror")
def test_a_scorer_or_device_that_does_not_exist_is_told_with_those_that_do(vledger: Vledger) -> None:
    code, _, err = vledger("score", "--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--scorer", "rule")
    assert code == 2
    assert "masked-marginal" in err
    code, _, err = vledger("score", "--model", "esm-2-35m", "--task", "dms:BLAT_ECOLX", "--device", "gpu")
    assert code == 2
    assert "cuda:0" in err


@pytest.mark.parametrize("path", ["none.toml", "."])
def test_a_spec_that_is_not_there_ends_with_2(vledger: Vledger, path: str) -> None:
    code, _, err = vledger("run", path)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.usefixtures("empty_cache")
def test_a_task_whose_data_are_not_here_names_the_command_that_brings_them(vledger: Vledger) -> None:
    # Another test of this process may have read the task already, and the process remembers it.
    from engine.run.data import load_task  # noqa: PLC0415

    load_task.cache_clear()
    code, _, err = vledger("score", "--model", "esm-2-35m", "--task", "brca1_sge", "--plan")
    assert code == 3
    assert "vledger fetch brca1_sge" in err


def test_long_names_of_results_stay_apart() -> None:
    model = "caduceus-ps_seqlen-131k_d_model-256_n_layer-16"
    names = [run_name(model, ["dms:BLAT_ECOLX"], scorer) for scorer in (None, "masked-marginal", "wt-marginal")]
    assert names[0] == "caduceus-ps-seqlen-131k-d-model-256-n-layer-16-dms-blat-ecolx"[:51] + names[0][51:]
    assert len({*names}) == 3
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", name) for name in names)


def test_the_results_of_a_folder_are_named_after_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert run_name(".", ["brca1_sge"], None) == "tiny-esm2-brca1-sge"


# ---- the commands of docs/scoring.md, one after the other ----

_SCORE = "vledger score --model ./my-model --task dms:BLAT_ECOLX --draws 200"


@dataclass(frozen=True)
class Done:
    """What a command printed and left."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def walkthrough(
    tmp_path_factory: pytest.TempPathFactory, mirror: Path, precomputed: Path
) -> Iterator[tuple[Path, dict[str, Done]]]:
    """Every command of the page that needs no network, in a folder with a split, a model and the page's own spec."""
    place = tmp_path_factory.mktemp("walkthrough")
    page = (precomputed.parent / "docs" / "scoring.md").read_text("utf-8")
    write_checkpoint(place / "my-model")
    write_split(place / "split.csv", variants(), [number % 2 for number in range(150)])
    one = variants((60,))
    write_split(place / "one-protein.csv", one, [number % 2 for number in range(len(one))])
    (place / "protein.a2m").write_text(f">own\n{one[0][0]}\n>other\n{one[0][0]}\n", "utf-8")
    (place / "mine.toml").write_text(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0], "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("VLEDGER_CACHE", str(place / "cache"))
        patch.setenv("VLEDGER_MIRROR", str(mirror))
        yield place, {command: _carried_out(command, patch) for command in _commands_of(page)}


def _commands_of(page: str) -> list[str]:
    lines = "".join(re.findall(r"```bash\n(.*?)```", page, re.DOTALL)).splitlines()
    split = [line.partition("  #") for line in lines]
    return [command.strip() for command, _, remark in split if not remark.strip().startswith("network")]


def _carried_out(command: str, patch: pytest.MonkeyPatch) -> Done:
    patch.setattr(sys, "argv", shlex.split(command))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def test_every_command_of_the_page_does_what_it_says(walkthrough: tuple[Path, dict[str, Done]]) -> None:
    _, commands = walkthrough
    assert len(commands) > 12
    assert all(command.startswith("vledger ") for command in commands)
    assert {command: done.err for command, done in commands.items() if done.code} == {}
    assert [command for command, done in commands.items() if not done.out.strip()] == []


def test_scoring_prints_the_results_on_standard_output(walkthrough: tuple[Path, dict[str, Done]]) -> None:
    lines = walkthrough[1][_SCORE].out.splitlines()
    assert lines[0].split() == [
        "task", "metric", "model", "value", "baseline", "value", "difference", "article", "paired",
    ]  # fmt: skip
    assert [line.split()[1:3] for line in lines[1:]] == [
        [metric, "my-model"] for metric in ("Spearman", "AUPRC", "AUROC", "MCC")
    ]
    assert all(" evmutation " in line and line.split()[-1] == "FAIL" for line in lines[1:])


def test_progress_goes_to_standard_error_in_few_lines(walkthrough: tuple[Path, dict[str, Done]]) -> None:
    lines = walkthrough[1][_SCORE].err.splitlines()
    assert lines[0].split() == ["system", "task", "score", "variants", "tokens", "time"]
    assert "0 of 4,996 variants" in lines
    assert any(re.fullmatch(r"4,996 of 4,996 variants, [\d,]+ tokens/s", line) for line in lines)
    assert lines[-2] == "publishing ..."
    assert lines[-1].startswith("published ")
    assert len(lines) < 12


def test_scoring_leaves_results_and_a_store_that_has_them(walkthrough: tuple[Path, dict[str, Done]]) -> None:
    place, commands = walkthrough
    folder = place / "cache" / "results" / "my-model-dms-blat-ecolx"
    assert {path.name for path in folder.iterdir()} >= {"run.parquet", "score.parquet", "prediction.parquet"}
    (asked,) = (done.out for command, done in commands.items() if command.startswith("vledger sql"))
    assert re.search(r"my-model\s+0\.0", asked)


def test_a_run_with_a_folder_of_its_own_leaves_its_results_there(walkthrough: tuple[Path, dict[str, Done]]) -> None:
    place, _ = walkthrough
    assert (place / "results" / "mine" / "score.parquet").is_file()
    assert not (place / "cache" / "results" / "mine").exists()


@pytest.mark.usefixtures("walkthrough")
def test_two_systems_of_the_store_are_compared_on_every_stratum(vledger: Vledger) -> None:
    code, out, _ = vledger("compare", "evo2-1b", "consequence", "--task", "brca1_sge", "--format", "csv")
    rows = {row["stratum"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    whole = rows["all"]
    assert [round(float(whole[name]), 3) for name in ("first", "first_low", "first_high")] == [0.729, 0.708, 0.750]
    assert round(float(whole["second"]), 3) == 0.762
    assert (whole["metric"], whole["n"], whole["verdict"]) == ("AUROC", "3893", "FAIL")
    assert rows["missense"]["verdict"] == "PASS"
    assert "too few" in rows["nonsense"]["undefined_reason"]


@pytest.mark.usefixtures("walkthrough")
def test_a_system_without_scores_of_items_is_told_with_the_command_that_makes_them(vledger: Vledger) -> None:
    code, out, err = vledger("compare", "esm-2-35m", "blosum62", "--task", "dms:BLAT_ECOLX")
    assert (code, out) == (2, "")
    assert "`vledger score --model esm-2-35m --task dms:BLAT_ECOLX` makes them" in err


def test_a_model_that_reads_only_some_variants_is_shown_on_their_part(
    folder: Path, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path))
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    command = f"vledger score --model {folder} --task brca1_sge --draws 100 --no-publish --format csv"
    done = _carried_out(command, monkeypatch)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.code == 0
    whole = [row for row in rows if row["task"] == "brca1_sge"]
    assert {row["undefined_reason"].partition(": ")[2][:32] for row in whole} == {"scores 2086 of 3893 items: a val"}
    parts = [row for row in rows if row["task"] == "brca1_sge / missense"]
    assert [(row["metric"], row["n"], row["verdict_article"]) for row in parts] == [
        ("AUROC", "2086", "FAIL"),
        ("AUPRC", "2086", "FAIL"),
    ]
