"""Rules that a tired eye misses: the clock, floats, SQL's place, bare excepts, templates' folders."""

from __future__ import annotations

import ast
import re

from tests.house.conftest import ROOT, Source, sources

CLOCK_CALLS = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("uuid", "uuid4"),
               ("date", "today"), ("random", "random"), ("secrets", "token_hex")}  # fmt: skip
# The real clock is read in kit; install runs before kit exists; proof measures and drives real processes.
CLOCK_ALLOWED = ("kit/", "install/", "proof/")
TEMPLATE_LINE_MAX = 140
PAGES = (
    "hq/*/templates/**/*.html", "edge/*/templates/**/*.html", "drivers/templates/**/*.html", "edge/**/*.mjs",
    "hq/**/*.mjs", "drivers/**/*.mjs",
)  # fmt: skip
SQL = re.compile(
    r"^\s*(SELECT .+ FROM |INSERT (OR \w+ )?INTO |UPDATE \w+ SET |DELETE FROM )", re.IGNORECASE | re.DOTALL
)
# SQL stands in the data files of a slice, in an action's own transaction, and in the plumbing below them.
SQL_FILES = re.compile(
    r"(^|/)(repository|queries|projection|actions|throttle|pairing|outbox|inbox|handlers/\w+|\w*_?sql|db|"
    r"incarnation|draft|jobs)\.py$"
)
SQL_FREE = ("retail/", "sync/", "drivers/")
PAGE_FILES = re.compile(r"(^|/)(pages|api|model|rules|state)\.py$")


def calls(source: Source) -> list[tuple[str, str, int]]:
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            found.append((name, node.func.attr, node.lineno))
    return found


def test_only_kit_reads_the_clock_and_makes_randomness() -> None:
    found = [
        f"{source.name}:{line} {owner}.{name}()"
        for source in sources()
        if not source.name.startswith(CLOCK_ALLOWED)
        for owner, name, line in calls(source)
        if (owner, name) in CLOCK_CALLS
    ]
    assert found == []


def test_money_never_meets_a_float() -> None:
    pattern = re.compile(r"\bfloat\([^)]*_minor|_minor\s*/\s*[^/\s]|\bround\([^)]*_minor")
    found = [
        f"{source.name}:{number}"
        for source in sources()
        if source.name.startswith(("retail/", "edge/", "hq/", "schemas/", "sync/"))
        for number, line in enumerate(source.text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def sql_texts(source: Source) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def test_rules_machines_and_drivers_hold_no_sql() -> None:
    found = [
        f"{source.name}:{line}"
        for source in sources()
        if source.name.startswith(SQL_FREE)
        for line in sql_texts(source)
    ]
    assert found == []


def test_pages_and_apis_hold_no_statement_that_writes() -> None:
    writing = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
    found = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if PAGE_FILES.search(source.name)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and writing.match(node.value)
        and SQL.match(node.value)
    ]
    assert found == []


def test_no_bare_except_and_no_silent_pass() -> None:
    found = []
    for source in sources():
        lines = source.text.splitlines()
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            silent = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            reasoned = silent and "#" in lines[node.body[0].lineno - 1]
            if node.type is None or (silent and not reasoned):
                found.append(f"{source.name}:{node.lineno}")
    assert found == []


def test_templates_live_in_a_folder_named_after_their_slice() -> None:
    found = []
    for app in ("edge", "hq"):
        for path in (ROOT / app).glob("*/templates/*"):
            if path.name != path.parent.parent.name:
                found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_no_code_names_a_registry_or_a_path_of_one_machine() -> None:
    pattern = re.compile(r"/(?:work|farm)[km]?/[a-z.]|pypi\.org|registry\.npmjs|deb\.debian")
    found = []
    for path in [
        *ROOT.glob("[!.]*.*"),
        ROOT / ".npmrc",
        *(ROOT / "install").iterdir(),
        *(ROOT / "docs").rglob("*.md"),
    ]:
        if path.is_file() and path.suffix not in (".png", ".gz"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.name}: {hit.group()}" for hit in pattern.finditer(text)]
    found += [source.name for source in sources() if pattern.search(source.text)]
    assert found == []


def test_no_line_of_a_page_is_too_long_to_read() -> None:
    pages = {path for pattern in PAGES for path in ROOT.glob(pattern)}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(pages)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > TEMPLATE_LINE_MAX
    ]
    assert len({path.suffix for path in pages}) == 2
    assert found == []
