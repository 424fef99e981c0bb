"""The commands that look and fetch: they stay light, need no store where none is needed, and say what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from engine import cli
from engine.datasets import fetch
from engine.registry.adapters import AdapterCard, cards
from engine.registry.baselines import BASELINES, BUILT_BASELINES
from engine.registry.cell_systems import CELL_SYSTEMS
from engine.registry.features import FEATURES
from engine.registry.probes import PROBES
from engine.registry.scorers import SCORERS
from engine.registry.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Vledger = Callable[..., tuple[int, str, str]]

GENEB_TASK = "leannmlindsey_GUE_mouse_0"


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


@pytest.fixture
def with_mirror(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mirror, and a cache that nobody has made yet."""
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    return tmp_path


# ---- what stays light ----


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "arguments",
    ["where", "list models", "list tasks", "list baselines", "list scorers", "list probes", "list adapters"],
)
def test_looking_loads_nothing_heavy(arguments: str) -> None:
    program = (
        "import sys\nfrom engine.cli import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "print('loaded:', *({name.split('.')[0] for name in sys.modules} & {'torch', 'scipy', 'requests', 'pandas'}))"
    )
    command = [sys.executable, "-c", program, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


# ---- lists of the registry ----


@pytest.mark.usefixtures("empty_cache")
def test_the_list_of_baselines_is_the_registry_and_needs_no_store(vledger: Vledger) -> None:
    code, out, _ = vledger("list", "baselines", "--format", "json")
    rows = json.loads(out)
    assert code == 0
    assert [row["baseline"] for row in rows] == [*BASELINES, *BUILT_BASELINES, *FEATURES, *CELL_SYSTEMS]
    blosum = rows[0]
    assert (blosum["baseline"], blosum["role"], blosum["high means"]) == ("blosum62", "baseline", "damaging")
    assert blosum["tasks"].split() == list(TASKS)


@pytest.mark.usefixtures("empty_cache")
def test_the_list_of_probes_is_the_registry(vledger: Vledger) -> None:
    rows = json.loads(vledger("list", "probes", "--format", "json")[1])
    assert [row["probe"] for row in rows] == list(PROBES)
    assert {row["probe"]: row["chooses on train"] for row in rows}["geneb-exact"] == "no"
    assert all(row["what it does"] and row["source"] for row in rows)


@pytest.mark.usefixtures("empty_cache")
def test_the_list_of_scorers_says_which_models_each_asks(vledger: Vledger) -> None:
    rows = json.loads(vledger("list", "scorers", "--format", "json")[1])
    assert [row["scorer"] for row in rows] == list(SCORERS)
    assert {row["scorer"]: row["kinds"] for row in rows}["embedding-distance"] == "masked causal encoder"
    assert all(row["what it asks"] and row["source"] for row in rows)


@pytest.mark.usefixtures("empty_cache")
def test_the_list_of_adapters_has_every_system_or_the_reason_why_not(vledger: Vledger) -> None:
    rows = {row["system"]: row for row in json.loads(vledger("list", "adapters", "--format", "json")[1])}
    assert list(rows) == list(cards())
    assert (rows["esm-2-35m"]["runs"], rows["esm-2-35m"]["scorer"]) == ("yes", "masked-marginal")
    assert rows["alphamissense"]["runs"] == "no"
    assert "never released" in rows["alphamissense"]["note"]
    assert all(row["note"] for row in rows.values() if row["runs"] == "no")
    short = json.loads(vledger("list", "adapters", "--runnable", "--format", "json")[1])
    assert len(short) == sum(isinstance(card, AdapterCard) for card in cards().values())


# ---- fetching ----


@pytest.mark.usefixtures("with_mirror")
def test_fetch_with_a_mirror_only_checks(vledger: Vledger, with_mirror: Path) -> None:
    assert vledger("fetch") == (0, "14 files are here\n", "")
    assert vledger("fetch", "brca1_sge") == (0, "4 files are here\n", "")
    assert vledger("fetch", "brca1_sge", GENEB_TASK) == (0, "5 files are here\n", "")
    assert not (with_mirror / "cache").exists()


def test_fetch_of_what_does_not_exist_names_the_nearest(vledger: Vledger) -> None:
    code, _, err = vledger("fetch", "brca1")
    assert code == 2
    assert "did you mean 'brca1_sge'?" in err
    assert f"did you mean '{GENEB_TASK}'?" in vledger("fetch", "mouse_0")[2]


@pytest.fixture
def no_network(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every download goes to a port on which nobody listens, and nobody waits for another attempt."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetch, "_PAUSES", ())
    return empty_cache


@pytest.mark.usefixtures("no_network")
def test_fetch_without_network_says_what_to_do_and_ends_with_3(vledger: Vledger) -> None:
    code, out, err = vledger("fetch", "brca1_sge")
    assert (code, out) == (3, "")
    first, second = err.splitlines()
    assert first == "downloading brca1/41586_2018_461_MOESM3_ESM.xlsx (2.3 MB)"
    assert "could not be downloaded (ProxyError)" in second
    assert "VLEDGER_MIRROR" in second


@pytest.mark.parametrize("name", ["geneb", "InstaDeepAI_nucleotide_transformer_downstream_tasks_H3"])
@pytest.mark.usefixtures("no_network")
def test_genebs_tasks_are_asked_of_the_hub(vledger: Vledger, name: str) -> None:
    code, out, err = vledger("fetch", name)
    assert (code, out) == (3, "")
    first, second = err.splitlines()
    assert first == "downloading geneb_tasks/InstaDeepAI_nucleotide_transformer_downstream_tasks_H3/train.csv"
    assert "huggingface.co/datasets/darlednik/geneb-tasks/resolve/4edd705b" in second


@pytest.mark.usefixtures("no_network")
def test_an_optional_fetch_without_network_says_so_and_goes_on(vledger: Vledger) -> None:
    code, out, err = vledger("fetch", "brca1_sge", "--optional")
    assert (code, out) == (0, "")
    assert err.splitlines()[1].startswith("going on without these data: ")


# ---- doctor ----


def test_doctor_fits_a_screen_of_120_columns(vledger: Vledger) -> None:
    code, out, _ = vledger("doctor")
    lines = out.splitlines()
    assert code == 0
    assert max(len(line.rstrip()) for line in lines) <= 120
    assert lines[0].split() == ["topic", "found", "to", "do"]
    assert {line[:2] for line in lines[1:]} == {"ok", "--", "  "}


def test_doctor_as_json_has_every_system(vledger: Vledger) -> None:
    rows = json.loads(vledger("doctor", "--format", "json")[1])
    assert {tuple(row) for row in rows} == {("topic", "ok", "found", "remedy")}
    topics = [row["topic"] for row in rows]
    assert {topic for topic in topics if topic.startswith("model ")} == {f"model {name}" for name in cards()}
    assert {"code", "machine", "cache", "store", "torch", "devices", *(f"task {name}" for name in TASKS)} <= {*topics}


def test_doctor_waits_for_no_package_but_torch() -> None:
    """It answers in the time that torch needs to start: whatever else is slow to load stays out of it."""
    code = (
        "import sys; from engine import cli; cli.app(['doctor'], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    loaded = set(done.stderr.split())
    assert "torch" in loaded
    slow = {"numba", "plotly", "ray", "scipy.stats", "sklearn", "streamlit", "transformers"}
    assert loaded & slow == set()
