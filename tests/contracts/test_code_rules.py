"""What no line of ours does: run what was read, unpickle it, trust code without a pin, follow what XML names."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(engine.__file__).resolve().parents[1]
FILES = sorted(path for package in ("engine", "dashboard") for path in (ROOT / package).rglob("*.py"))

MODULES = {"pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "yaml", "jsonpickle", "tarfile"}
"""Imports of these; a name taken out of one is judged by itself where it stands in `ALLOWED`."""
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "os.execl",
    "os.execv",
    "os.execve",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "joblib.load",
    "joblib.dump",
    "torch.load",
    "torch.save",
    "torch.hub.load",
    "pd.read_pickle",
    "pd.read_html",
    "pd.read_xml",
    "pd.eval",
}
ALLOWED = {
    (
        "engine/models/cells/dictionaries.py",
        "pickle",
    ): "finds no class but a few of names and numbers, if it is allowed",
    ("engine/models/cells/scgpt.py", "torch.load"): "numbers alone; see the test below",
    ("engine/models/loading.py", "pickle"): "the name of an error alone, UnpicklingError, to say it in one sentence",
    ("engine/store/keeping/archive.py", "tarfile"): "members are read one by one after their names were checked",
    ("engine/store/keeping/backup.py", "tarfile"): "members are written and read one by one, nothing is extracted",
    ("engine/cli/serving.py", "os.execv"): "the command becomes the server: our own module, no shell",
}


def called(node: ast.expr) -> str:
    """The dotted name of what is called, empty where it is no name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *parts[::-1]]) if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {word.arg: word.value for word in call.keywords if word.arg}


def is_true(value: ast.expr | None) -> bool:
    """Whether an argument is, or could be, true."""
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def faults(nodes: list[ast.AST]) -> Iterator[str]:
    """What of a module is against the rules, in a word each."""
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in nodes:
        yield from (name for name in imported(node) if name.partition(".")[0] in MODULES)
        if not isinstance(node, ast.Call):
            continue
        name, given = called(node.func), keywords(node)
        first, _, rest = name.partition(".")
        name = (names.get(first, first) + ("." + rest if rest else "")).replace("pandas.", "pd.")
        if name in CALLS:
            yield name
        if is_true(given.get("shell")):
            yield "shell"
        if name in {"np.load", "numpy.load"} and is_true(given.get("allow_pickle")):
            yield "np.load(allow_pickle)"
        if name.endswith((".extractall", ".extract")) and not name.startswith("self"):
            yield "extract"
        if is_true(given.get("trust_remote_code")) and name.rpartition(".")[2].startswith(("from_", "pipeline")):
            yield "trust_remote_code"


@pytest.fixture(scope="module")
def modules() -> dict[str, list[ast.AST]]:
    """What every module of ours is made of, by its path."""
    return {str(path.relative_to(ROOT)): list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in FILES}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("import pickle", "pickle"),
        ("from dill import loads", "dill"),
        ("import marshal, json", "marshal"),
        ("import yaml", "yaml"),
        ("import os\nos.system('ls')", "os.system"),
        ("from os import system\nsystem('ls')", "os.system"),
        ("from torch import load as read\nread('x')", "torch.load"),
        ("import torch\ntorch.load('x', weights_only=False)", "torch.load"),
        ("import numpy as np\nnp.load('x', allow_pickle=True)", "np.load(allow_pickle)"),
        ("import numpy as np\nnp.load('x', allow_pickle=wanted)", "np.load(allow_pickle)"),
        ("import subprocess\nsubprocess.run('ls', shell=True)", "shell"),
        ("eval('1')", "eval"),
        ("auto.from_pretrained(folder, trust_remote_code=True)", "trust_remote_code"),
        ("archive.extractall(folder)", "extract"),
        ("import pandas as pd\npd.read_pickle('x')", "pd.read_pickle"),
    ],
)
def test_the_rules_see_a_line_that_breaks_them(line: str, fault: str) -> None:
    assert fault in set(faults(list(ast.walk(ast.parse(line)))))


def test_nothing_of_ours_unpickles_evaluates_or_opens_a_shell(modules: dict[str, list[ast.AST]]) -> None:
    found = {(path, fault) for path, nodes in modules.items() for fault in faults(nodes)}
    assert found == set(ALLOWED)
    assert len(modules) > 300


def test_of_pickle_only_the_name_of_its_error_is_used(modules: dict[str, list[ast.AST]]) -> None:
    (names,) = [
        [alias.name for alias in node.names]
        for node in (modules["engine/models/loading.py"])
        if isinstance(node, ast.ImportFrom) and node.module == "pickle"
    ]
    assert names == ["UnpicklingError"]


def test_code_beside_weights_is_trusted_in_one_place_with_a_pinned_revision(modules: dict[str, list[ast.AST]]) -> None:
    found = [
        (path, ast.unparse(node))
        for path, nodes in modules.items()
        for node in nodes
        if isinstance(node, ast.Dict)
        and any(isinstance(key, ast.Constant) and key.value == "trust_remote_code" for key in node.keys)
        and not re.search("'trust_remote_code': False", ast.unparse(node))
    ]
    assert found == [
        ("engine/models/loading.py", "{'trust_remote_code': True, 'code_revision': card.revision}"),
    ]


def test_weights_are_read_as_numbers_alone(modules: dict[str, list[ast.AST]]) -> None:
    calls = [
        keywords(node)
        for nodes in modules.values()
        for node in nodes
        if isinstance(node, ast.Call) and called(node.func) == "auto_class.from_pretrained"
    ]
    assert calls
    for given in calls:
        assert ast.unparse(given["weights_only"]) == "True"
        assert ast.unparse(given["use_safetensors"]) == "not weights.pickled"
        assert ast.unparse(given["local_files_only"]) == "True"


def test_what_torch_loads_is_numbers_alone(modules: dict[str, list[ast.AST]]) -> None:
    calls = [
        keywords(node)
        for nodes in modules.values()
        for node in nodes
        if isinstance(node, ast.Call) and called(node.func) == "torch.load"
    ]
    assert [ast.unparse(given["weights_only"]) for given in calls] == ["True"]


def test_xml_is_read_by_expat_without_entities_alone(modules: dict[str, list[ast.AST]]) -> None:
    parsers = {
        (path, name)
        for path, nodes in modules.items()
        for node in nodes
        for name in imported(node)
        if name.startswith(("xml", "lxml", "defusedxml", "bs4", "html5lib"))
    }
    assert parsers == {
        ("engine/local_split/reading/xml_parts.py", "xml.parsers"),
        # Escapes the words of slides.
        ("dashboard/export/pptx/markup.py", "xml.sax.saxutils"),
        # Rewrites the theme that python-pptx brings; nothing that came from outside.
        ("dashboard/export/pptx/blank.py", "lxml"),
    }
    reader = ast.unparse(modules["engine/local_split/reading/xml_parts.py"][0])
    assert "parser.StartDoctypeDeclHandler = _refuse_definitions" in reader


def test_archives_are_opened_only_where_their_sizes_are_checked(modules: dict[str, list[ast.AST]]) -> None:
    opened = {
        path
        for path, nodes in modules.items()
        for node in nodes
        if isinstance(node, ast.Call) and called(node.func).endswith("ZipFile")
    }
    assert opened == {
        "engine/local_split/reading/kinds.py",
        "engine/local_split/reading/xml_parts.py",
        "engine/singlecell/reading/containers.py",
    }
