"""SQL is made of our own words; what comes from outside is a parameter. The reason why ruff's S608 is off."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import engine
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.items import matching, ordered

ROOT = Path(engine.__file__).resolve().parents[1]
RUNS = {"execute", "executemany", "sql", "ask"}
"""What runs the SQL that it is given first; a cursor's, a connection's, and the one of a page's queries."""
NO_SQL = "no SQL: another thing of that name"
PASSED_ON = "SQL of its callers, which are under the same rule"
QUOTED = "names of a file or its columns, quoted; DuckDB takes neither as a parameter"
TABLES = "names of our own tables"
WORDED = "conditions that `queries.items.matching` words from our own columns, values apart; see the test below"
CHOSEN: dict[tuple[str, str], str] = {
    ("engine/cli/carrying_out.py", "carry_out"): NO_SQL,
    ("engine/cli/runs.py", "_execute"): NO_SQL,
    ("engine/local_split/client.py", "ask"): NO_SQL,
    ("dashboard/components/split_desk.py", "_ask"): NO_SQL,
    ("engine/cli/store.py", "_print"): "`vledger sql`: what the user types, on a connection that can do no harm",
    ("engine/run/published_verdicts.py", "_read"): PASSED_ON,
    ("engine/run/published_verdicts.py", "_execute"): PASSED_ON,
    ("engine/store/counts.py", "_counted"): PASSED_ON,
    ("engine/store/verify.py", "verify_references"): TABLES,
    ("engine/store/writer.py", "_insert_frame"): TABLES,
    ("engine/store/writer.py", "_insert_file"): TABLES,
    ("engine/store/migrations/__init__.py", "migrate"): "files of ours, shipped beside it",
    ("engine/store/parquet.py", "write_frame"): QUOTED,
    ("engine/store/parquet.py", "read_frame"): QUOTED,
    ("engine/local_split/reading/parquet.py", "_check_letters"): QUOTED,
    ("engine/local_split/reading/parquet.py", "_cells"): QUOTED,
    ("dashboard/observing/readiness.py", "_asked"): PASSED_ON,
    ("dashboard/queries/ask.py", "asking"): PASSED_ON,
    ("dashboard/queries/ask.py", "ask"): PASSED_ON,
    ("dashboard/queries/against.py", "read_against"): "one of two constants by the kind of suite",
    ("dashboard/queries/against.py", "read_tasks_against"): "one of two constants by the kind of suite",
    ("dashboard/queries/catalog.py", "read_catalog"): "values of a constant",
    ("dashboard/queries/ledgers_checks.py", "measure"): "a constant of each check",
    ("dashboard/queries/compare_parts.py", "_called"): WORDED,
    ("dashboard/queries/item_rows.py", "read_count"): WORDED,
    ("dashboard/queries/item_rows.py", "read_sheet"): WORDED,
    ("dashboard/queries/item_rows.py", "_numbers"): WORDED,
    ("dashboard/queries/item_rows.py", "read_apart"): WORDED,
    ("dashboard/queries/item_rows.py", "read_csv"): WORDED,
    ("dashboard/queries/neighbours.py", "read_place"): WORDED,
    ("dashboard/queries/slices.py", "read_items"): WORDED,
    ("dashboard/queries/slices.py", "read_numbers"): WORDED,
    ("dashboard/queries/substitutions.py", "read_substitutions"): WORDED,
    ("dashboard/queries/track.py", "read_track"): WORDED,
    ("dashboard/queries/variant.py", "read_surroundings"): WORDED,
}


@dataclass
class Module:
    """A file and what it names at its top."""

    path: str
    tree: ast.Module
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.tree.body:
            _take(node, self.constants)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("engine", "dashboard")):
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = (str(node.module), alias.name)


def _take(node: ast.AST, names: dict[str, list[ast.expr]]) -> None:
    """Note what is assigned to a name."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or value is None:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            names.setdefault(target.id, []).append(value)


class Rules:
    """Whether an expression is made of our own words alone."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules

    def ours(  # noqa: C901, PLR0911 - one case for each kind of expression
        self, one: ast.expr | None, module: Module, local: dict[str, list[ast.expr]], depth: int = 0
    ) -> bool:
        def again(more: ast.expr | None) -> bool:
            return self.ours(more, module, local, depth + 1)

        if one is None or depth > 12:
            return False
        match one:
            case ast.Constant():
                return True
            case ast.JoinedStr(values):
                return all(again(part) for part in values)
            case ast.FormattedValue(value) | ast.Starred(value) | ast.Subscript(value):
                return again(value)
            case ast.BinOp(left, _, right):
                return again(left) and again(right)
            case ast.IfExp(_, body, orelse):
                return again(body) and again(orelse)
            case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
                return all(map(again, parts))
            case ast.Dict(_, values):
                return all(map(again, values))
            case ast.Name(name):
                return self._named(name, module, local, depth)
            case ast.GeneratorExp(made, loops) | ast.ListComp(made, loops):
                return self._each(made, loops, module, local, depth)
            case ast.Call(ast.Attribute(base, "format" | "join" | "strip" | "items" | "values"), given, words):
                return again(base) and all(map(again, given)) and all(again(word.value) for word in words)
        return False

    def _named(self, name: str, module: Module, local: dict[str, list[ast.expr]], depth: int) -> bool:
        if name in local:
            return all(self.ours(value, module, local, depth + 1) for value in local[name])
        if name in module.constants:
            return all(self.ours(value, module, {}, depth + 1) for value in module.constants[name])
        source, original = module.imported.get(name, ("", ""))
        other = self.modules.get(source)
        return other is not None and self._named(original, other, {}, depth + 1)

    def _each(
        self,
        made: ast.expr,
        loops: list[ast.comprehension],
        module: Module,
        local: dict[str, list[ast.expr]],
        depth: int,
    ) -> bool:
        inside = dict(local)
        for loop in loops:
            for target in ast.walk(loop.target):
                if isinstance(target, ast.Name):
                    inside[target.id] = [loop.iter]
        return self.ours(made, module, inside, depth + 1)


def modules() -> dict[str, Module]:
    found = {}
    for package in ("engine", "dashboard"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = Module(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8")))
    return found


def statements(module: Module) -> list[tuple[str, ast.expr, dict[str, list[ast.expr]]]]:
    """What is run as SQL: the function it stands in, its text, and what that function assigns."""
    found = []
    for function in [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)]:
        local: dict[str, list[ast.expr]] = {}
        inner = [node for node in function.body for node in ast.walk(node)]
        for node in inner:
            _take(node, local)
        arguments = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        # An argument is whatever the caller gives.
        for name in arguments:
            local.setdefault(name, []).append(ast.Attribute(ast.Name(name), "given"))
        calls = [node for node in inner if isinstance(node, ast.Call) and _runs(node) and node.args]
        found += [(function.name, call.args[0], local) for call in calls]
    return found


def _runs(call: ast.Call) -> bool:
    target = call.func
    name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
    return name in RUNS


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules(modules())


def test_every_statement_is_made_of_our_own_words_but_for_those_that_are_listed(rules: Rules) -> None:
    found = {
        (module.path, function)
        for module in rules.modules.values()
        for function, text, local in statements(module)
        if not rules.ours(text, module, local)
    }
    assert found == set(CHOSEN)


@pytest.mark.parametrize(
    ("lines", "ours"),
    [
        ("con.execute(_QUERY)", True),
        ("con.execute('SELECT ' + _QUERY, [name])", True),
        ("text = f'{_QUERY} LIMIT 1'\n    con.execute(text)", True),
        ("con.execute(', '.join(f'{word} x' for word in _WORDS))", True),
        ("con.execute(name)", False),
        ("con.execute(f'SELECT {name}')", False),
        ("con.execute(_QUERY + name)", False),
        ("con.execute(_QUERY.format(word=name))", False),
        ("con.execute(_QUERY % name)", False),
        ("con.execute(', '.join(name))", False),
        ("text = _QUERY\n    text += name\n    con.execute(text)", False),
        ("ask(elsewhere(name))", False),
    ],
)
def test_the_rule_sees_a_word_from_outside(lines: str, ours: bool) -> None:  # noqa: FBT001
    tree = ast.parse(f"_QUERY = 'SELECT 1'\n_WORDS = ('a', 'b')\ndef read(con, name):\n    {lines}\n")
    module = Module("some.py", tree)
    ((_, text, local),) = statements(module)
    assert Rules({"some": module}).ours(text, module, local) is ours


HOSTILE = "x') OR 1=1; ATTACH 'evil' --"


def test_no_word_of_a_reader_is_in_the_conditions_of_items() -> None:
    filters = ItemFilters(gene=HOSTILE, find=HOSTILE, consequence=(HOSTILE,), label="1")
    sql, found = matching(filters)
    assert HOSTILE not in sql
    assert "evil" not in sql
    assert [found["gene"], found["find"], found["consequence"]] == [HOSTILE, HOSTILE, [HOSTILE]]
    with pytest.raises(KeyError):
        ordered(HOSTILE, down=True)
