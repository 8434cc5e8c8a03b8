"""What a production program must not hold: code from data (SC-24), SQL from data (SC-25), dependencies with known
holes (SC-39), doors for debugging and passwords from the box (SC-40).
"""

from __future__ import annotations

import ast
import configparser
import csv
import re
from pathlib import Path

import pytest

from edge.app import create_app as edge_app
from hq.app import create_app as hq_app
from tests.builders.edge import a_shop
from tests.builders.hq import a_house
from tests.house.conftest import ROOT, Source, sources

PRODUCT = ("drivers/", "edge/", "hq/", "kit/", "retail/", "schemas/", "sync/")
CODE_FROM_DATA = {"eval", "exec", "compile", "__import__"}
DANGEROUS = {
    ("", "render_template_string"), ("jinja_env", "from_string"), ("", "Template"), ("pickle", "loads"),
    ("pickle", "load"), ("marshal", "loads"), ("yaml", "load"), ("os", "system"), ("os", "popen"), ("shelve", "open"),
}  # fmt: skip


def product() -> list[Source]:
    return [source for source in sources() if source.name.startswith(PRODUCT)]


# -- SC-24 -------------------------------------------------------------------------------------------------


def code_from_data(found_in: list[Source]) -> list[str]:
    """Calls that make code, templates or objects of data, or a shell."""
    found = []
    for source in found_in:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            owner = getattr(
                getattr(function, "value", None), "id", getattr(getattr(function, "value", None), "attr", "")
            )
            bare = isinstance(function, ast.Name) and name in CODE_FROM_DATA
            shell = any(word.arg == "shell" and getattr(word.value, "value", True) for word in node.keywords)
            if bare or shell or (owner, name) in DANGEROUS:
                found.append(f"{source.name}:{node.lineno} {name}")
    return found


def test_nothing_makes_code_or_templates_of_data() -> None:
    """SC-24: receipts are blocks, settings are values; no eval, no template from a text, no pickle, no shell."""
    assert code_from_data(product()) == []


@pytest.mark.parametrize(
    "planted", ["eval(x)", "app.jinja_env.from_string(x)", "render_template_string(x)", "pickle.loads(x)",
                "subprocess.run(x, shell=True)", "exec(x)", "os.system(x)"],
)  # fmt: skip
def test_planted_code_from_data_is_found(planted: str) -> None:
    assert code_from_data([Source("hq/x.py", planted)])


WRITES_HTML = re.compile(
    r"\.(innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
)
SAFE_FILTER = re.compile(r"\|\s*safe\b")
LITERAL_SAFE = re.compile(r"(['\"]|{{ extra)\s*\|\s*safe\b")  # of a word that stands in a template
VARIABLE_EXTRA = re.compile(r"\bextra=(?!'|code_box\b)")  # what calls of the form macros hand to it


def test_no_script_of_ours_writes_html() -> None:
    """SC-22: pages put names into the document as text; templates mark only words of their own as HTML."""
    scripts = [p for p in ROOT.glob("*/**/*.mjs") if not {"vendor", "node_modules"} & set(p.parts)]
    templates = [p for p in ROOT.glob("*/**/templates/**/*.html") if "node_modules" not in p.parts]
    found = [p.name for p in scripts if WRITES_HTML.search(p.read_text(encoding="utf-8"))]
    found += [
        f"{p.name}:{n}"
        for p in templates
        for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1)
        if len(SAFE_FILTER.findall(line)) != len(LITERAL_SAFE.findall(line))
        or VARIABLE_EXTRA.search(line.replace("extra=''", ""))
    ]

    assert (found, len(scripts) > 5, len(templates) > 20) == ([], True, True)
    assert WRITES_HTML.search("node.innerHTML = name") and SAFE_FILTER.search("{{ name | safe }}")


# -- SC-25 -------------------------------------------------------------------------------------------------

SQL_WORDS = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|ORDER BY|FROM|VALUES)\b")
FROM_OUTSIDE = re.compile(r"\b(request|body|form|args|query_string|environ)\b\s*[.\[(]")


def sql_of_outside(found_in: list[Source]) -> list[str]:
    """SQL that is put together from a request: a value of `request`, or a call that takes one."""
    found = []
    for source in found_in:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.JoinedStr):
                continue
            plain = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            holes = [ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
            if SQL_WORDS.search(plain) and any(FROM_OUTSIDE.search(hole) for hole in holes):
                found.append(f"{source.name}:{node.lineno}")
    return found


def test_no_sql_is_made_of_a_request() -> None:
    """SC-25: values are parameters; names in SQL are words of our own (tests/security asks every filter)."""
    assert sql_of_outside(product()) == []
    assert sql_of_outside([Source("hq/x.py", 'f"SELECT * FROM t ORDER BY {request.args[0]}"')])


def test_pages_hold_no_sql_at_all() -> None:
    """SC-25: a view cannot put a request into SQL where it has none."""
    views = [
        source for source in product() if re.search(r"(^|/)(pages|api|factor_pages|web)\.py$", source.name)
    ]
    found = [
        f"{source.name}:{node.lineno}"
        for source in views
        for node in ast.walk(source.tree)
        if isinstance(node, ast.JoinedStr)
        and re.search(
            r"\b(SELECT|INSERT|UPDATE|DELETE) ",
            "".join(p.value for p in node.values if isinstance(p, ast.Constant)),
        )
    ]
    assert (found, len(views) > 15) == ([], True)


# -- SC-39 -------------------------------------------------------------------------------------------------

KNOWN_BAD = Path(__file__).with_name("data") / "known_bad.csv"
PIN = re.compile(r"([A-Za-z0-9._-]+)==([0-9][0-9A-Za-z.]*)")


def pins(text: str) -> dict[str, tuple[int, ...]]:
    """Name → version; raises where a line pins nothing exactly."""
    found = {}
    for line in text.splitlines():
        pin = PIN.fullmatch(line)
        assert pin is not None, f"not pinned: {line}"
        found[plain(pin[1])] = version(pin[2])
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def holes(pinned: dict[str, tuple[int, ...]]) -> list[str]:
    """Pinned packages below the version that mended a known hole."""
    with KNOWN_BAD.open(encoding="utf-8") as lines:
        return [
            f"{row['package']}: {row['advisory']}"
            for row in csv.DictReader(lines)
            if row["package"] in pinned and pinned[row["package"]] < version(row["fixed"])
        ]


def test_every_dependency_is_pinned_and_none_has_a_known_hole() -> None:
    """SC-39: against the list in tests/house/data (its source: docs/security.md); no network."""
    assert holes(pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))) == []


def test_a_hole_and_a_loose_pin_are_found() -> None:
    assert holes(pins("Jinja2==3.1.5\nrequests==2.34.2")) == ["jinja2: CVE-2025-27516"]
    with pytest.raises(AssertionError, match="not pinned: requests>=2"):
        pins("requests>=2")


def test_what_the_project_asks_for_is_pinned_by_that_very_name() -> None:
    """SC-39, names that only look alike: a dependency of setup.cfg without a pin is a mistyped one."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    groups = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    asked = {
        plain(re.split(r"[;\[ ]", line.strip())[0])
        for group in groups
        for line in group.splitlines()
        if line.strip() and not line.strip().startswith("#")
    }
    assert asked - set(pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))) == set()


# -- SC-40 -------------------------------------------------------------------------------------------------

DEBUG = re.compile(
    r"debug|demo|test|console|phpinfo|pprof|installer|setup|admin|swagger|graphql|\.git|\.env|shell", re.I
)


def test_the_production_apps_have_no_door_for_debugging(tmp_path: Path) -> None:
    """SC-40: no debug, demo or installer page, no debugger, no testing mode, whatever the environment says."""
    house, shop = a_house(tmp_path / "hq"), a_shop(tmp_path / "node", shift=False)
    try:
        for app, own in ((hq_app(house.hq), set()), (edge_app(shop.node), {"/api/v1/printers/test"})):
            rules = {str(rule) for rule in app.url_map.iter_rules()}
            assert {rule for rule in rules if DEBUG.search(rule)} <= own | {
                r for r in rules if r.endswith("/test")
            }
            assert (app.debug, app.testing, app.config["PROPAGATE_EXCEPTIONS"]) == (False, False, None)
            client = app.test_client()
            for path in (
                "/console",
                "/debug",
                "/demo",
                "/.env",
                "/.git/config",
                "/admin",
                "/setup",
                "/static/../hq.toml",
            ):
                answer = client.get(path, base_url="http://127.0.0.1:8101", headers={"Accept": "text/html"})
                assert answer.status_code in (404, 302), path
                assert "Traceback" not in answer.text
    finally:
        house.hq.close()
        shop.close()


def test_no_setting_and_no_code_turns_debugging_on() -> None:
    """SC-40: the servers are cheroot and gunicorn; Flask's own is never started."""
    found = [
        f"{source.name}:{node.lineno}"
        for source in product()
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.keyword) and node.arg in ("debug", "use_debugger", "use_reloader"))
        or (isinstance(node, ast.Attribute) and node.attr in ("run_simple", "DebuggedApplication"))
        or (isinstance(node, ast.Import) and any(alias.name == "pdb" for alias in node.names))
    ]
    assert found == []


def test_a_new_headquarters_and_a_new_store_have_no_password_of_their_own(tmp_path: Path) -> None:
    """SC-40: nobody can sign in before somebody was named; the command line never has a default for a secret."""
    from hq.cli import main
    from hq.headquarters import Headquarters
    from kit.clock import ManualClock

    hq = Headquarters.open(tmp_path / "hq", clock=ManualClock())
    people = hq.db.value("SELECT count(*) FROM hq_user")
    hq.close()
    secrets = [
        (name, option.name, option.default)
        for name, command in main.commands.items()
        for option in command.params
        if option.name
        and re.search(r"password|pin|secret|token", option.name)
        and isinstance(option.default, str)
        and option.default
    ]

    assert (people, secrets) == (0, [])
