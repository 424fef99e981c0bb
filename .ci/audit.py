"""What we stand on: every pin belongs to something, no known hole, no licence that ours could not live with.

Writes build/sbom.cdx.json, the list of what is installed in the form of CycloneDX.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SBOM = ROOT / "build" / "sbom.cdx.json"
OWN = "validity-ledger"
TOOLS = {"pip", "setuptools", "wheel"}
"""They come with an environment, and no pin of ours holds them."""
DENIED = re.compile(
    r"AGPL|SSPL|BUSL|Affero|Commons Clause|non-?commercial|CC-BY-NC|Server Side Public|proprietary"
    r"|(?<!L)GPL(?!.*(?:exception|linking))|(?<!Lesser )General Public License",
    re.IGNORECASE,
)
"""Of licences that ask more of who passes the product on than Apache-2.0 does."""
LICENCES: dict[str, str] = {
    "harmonypy": "GPL-3.0-or-later; only tests install it, and a user who wants to be compared with Harmony",
}
"""Packages that may stay nevertheless, each with the reason."""
KNOWN: dict[str, tuple[date, str]] = {}
"""Holes that do not concern us: the day until which that is believed, and the reason."""
SERVICE_SECONDS = 5


def pins() -> dict[str, str]:
    """Name -> exact version of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for more in project["optional-dependencies"].values() for line in more)]
    return [Requirement(line) for line in lines]


def reached(asked: list[Requirement]) -> set[str]:
    """Names of everything that is needed for these here, and of what needs it, as it is installed."""
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    open_ones = [one for one in asked if applies(one)]
    while open_ones:
        one = open_ones.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        open_ones += [more for more in requires(name) if applies(more, extras)]
    return found


def applies(one: Requirement, extras: frozenset[str] = frozenset()) -> bool:
    """Whether it is needed on this machine, with these extras of who needs it."""
    return one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras or {""})


def requires(name: str) -> list[Requirement]:
    """What an installed package needs; nothing of one that is not here."""
    try:
        return [Requirement(line) for line in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:
        return []


def check_pins() -> list[str]:
    """What of the pins does not fit what is asked for and what is installed."""
    pinned, needed = pins(), reached(wanted())
    # One that is for other machines is needed there.
    elsewhere = {canonicalize_name(one.name) for one in wanted() if not applies(one)}
    return [
        *(f"{name} is pinned, but nothing needs it" for name in sorted(pinned.keys() - needed - elsewhere)),
        *(f"{name} is needed, but not pinned" for name in sorted(needed - pinned.keys() - TOOLS)),
    ]


def write_sbom() -> list[dict[str, Any]]:
    """Write the list of components, checked against the form's schema, and give back its components."""
    SBOM.parent.mkdir(exist_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml")),
            *("--output-reproducible", "--validate", "--output-file", str(SBOM), sys.executable),
        ],
        check=True,
        capture_output=True,
    )
    components: list[dict[str, Any]] = json.loads(SBOM.read_text("utf-8"))["components"]
    return components


def licences(component: dict[str, Any]) -> list[str]:
    """The licences of a component in the words of its makers: of the list, else of what is installed."""
    found = [
        one.get("expression") or one["license"].get("id") or one["license"].get("name")
        for one in component.get("licenses", ())
    ]
    return [" ".join(str(one).split())[:200] for one in found] or installed_licence(component["name"])


def installed_licence(name: str) -> list[str]:
    """What a package's own description says, else how its licence begins."""
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return []
    files = [path for path in package.files or () if path.name.startswith("LICEN") and "dist-info" in path.parts[0]]
    texts = [str(package.metadata.get("License") or ""), *(path.read_text("utf-8") for path in files)]
    return [" ".join(text.split())[:200] for text in texts if text.strip()][:1]


def check_components(components: list[dict[str, Any]]) -> list[str]:
    """Components without a version, without a licence, or with one that is on the list."""
    faults = []
    for one in components:
        name, known = one["name"], licences(one)
        if not one.get("version"):
            faults.append(f"{name} has no version")
        if canonicalize_name(name) in LICENCES:
            continue
        if not known:
            faults.append(f"{name} names no licence; look it up, and list it in .ci/audit.py")
        # Where there is a choice, one licence that can be lived with is enough.
        elif all(DENIED.search(part) for text in known for part in re.split(r"\bOR\b", text)):
            faults.append(f"{name} is under {'; '.join(known)}")
    return faults


def check_holes(answer: str, today: date) -> tuple[list[str], str]:
    """Known holes, and one line about what was asked.

    Args:
        answer: JSON of pip-audit; empty where it got none.
        today: for what is believed until a day.
    """
    packages = json.loads(answer)["dependencies"] if answer.strip() else []
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        return [], "known holes: not looked for, the service that knows them cannot be reached from here"
    found = [
        (f"{one['name']} {one['version']} has {hole['id']}", hole["fix_versions"])
        for one in asked
        for hole in one["vulns"]
        if KNOWN.get(hole["id"], (date.min, ""))[0] < today
    ]
    faults = [f"{hole}; mended in {', '.join(fixed)}" for hole, fixed in found if fixed]
    # What no version mends is told: a build that fails by it would fail for ever.
    open_ones = "".join(f"; {hole}, and no version mends it" for hole, fixed in found if not fixed)
    return faults, f"known holes: {len(asked)} of {len(packages)} packages looked up, {len(found)} found{open_ones}"


def ask_service() -> str:
    """What pip-audit says of the pins, JSON; empty where it cannot ask."""
    lines = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "constraints.txt"), "--no-deps"]
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", str(SERVICE_SECONDS)]
    try:
        ended = subprocess.run([*lines, *options], check=False, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return ""
    return ended.stdout


def main() -> int:
    """Say what was found; 1 where something has to be done."""
    components = write_sbom()
    holes, line = check_holes(ask_service(), date.today())  # noqa: DTZ011 - a day is enough
    faults = [*check_pins(), *check_components(components), *holes]
    print(f"components: {len(components)}, in {SBOM.relative_to(ROOT)}")
    print(line)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
