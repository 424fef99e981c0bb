"""What `make check` says of the packages that we stand on."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import engine

if TYPE_CHECKING:
    from types import ModuleType

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    path = Path(engine.__file__).resolve().parents[1] / ".ci" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_pin_belongs_to_something_and_everything_that_is_needed_is_pinned(audit: ModuleType) -> None:
    assert audit.check_pins() == []


def test_a_pin_that_nothing_needs_and_a_need_without_a_pin_are_seen(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = {name: version for name, version in audit.pins().items() if name != "starlette"} | {"left-pad": "1.0"}
    monkeypatch.setattr(audit, "pins", lambda: pins)
    assert audit.check_pins() == ["left-pad is pinned, but nothing needs it", "starlette is needed, but not pinned"]


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("LGPL-3.0-or-later", True),
        ("GNU Lesser General Public License v2", True),
        ("MPL-2.0 AND MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("GNU General Public License v3", False),
        ("AGPL-3.0", False),
        ("SSPL-1.0", False),
        ("BUSL-1.1", False),
        ("CC-BY-NC-4.0", False),
        ("Other/Proprietary License", False),
    ],
)
def test_a_licence_that_asks_more_than_ours_is_seen(audit: ModuleType, licence: str, fits: bool) -> None:  # noqa: FBT001
    component = {"name": "some-package", "version": "1", "licenses": [{"expression": licence}]}
    assert (audit.check_components([component]) == []) is fits


def test_a_component_without_version_or_licence_is_seen(audit: ModuleType) -> None:
    assert audit.check_components([{"name": "some-package"}]) == [
        "some-package has no version",
        "some-package names no licence; look it up, and list it in .ci/audit.py",
    ]


def answer(*vulns: dict[str, Any]) -> str:
    return json.dumps({"dependencies": [{"name": "some-package", "version": "1", "vulns": list(vulns)}]})


def test_a_known_hole_is_a_fault_until_it_is_listed_and_again_after_its_day(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole = {"id": "CVE-1", "fix_versions": ["2"]}
    fault = "some-package 1 has CVE-1; mended in 2"
    assert audit.check_holes(answer(hole), TODAY) == ([fault], "known holes: 1 of 1 packages looked up, 1 found")
    monkeypatch.setattr(audit, "KNOWN", {"CVE-1": (TODAY, "not reached by what we call")})
    assert audit.check_holes(answer(hole), TODAY)[0] == []
    assert audit.check_holes(answer(hole), date(2026, 11, 23))[0] == [fault]


def test_a_hole_that_no_version_mends_is_told_and_stops_nothing(audit: ModuleType) -> None:
    said = answer({"id": "CVE-2", "fix_versions": []})
    told = "known holes: 1 of 1 packages looked up, 1 found; some-package 1 has CVE-2, and no version mends it"
    assert audit.check_holes(said, TODAY) == ([], told)


@pytest.mark.parametrize("said", ["", json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]})])
def test_packages_that_nobody_looked_up_are_not_called_sound(audit: ModuleType, said: str) -> None:
    faults, line = audit.check_holes(said, TODAY)
    assert (faults, line.partition(",")[0]) == ([], "known holes: not looked for")
