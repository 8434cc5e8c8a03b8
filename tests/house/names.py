"""Every name that the code gives to the outside, with the facts that a page of `docs/` must state about it.

A page lists `(section, name)`; the facts are the cells that follow the name in its row, or parts of the heading of
a section. Names come from the running code (Structs, click groups, URL maps); where only a call names something
(a job, a finding of the doctor, an alarm), the call is looked up in the source.
"""

from __future__ import annotations

import ast
import configparser
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
import msgspec
from flask import Blueprint, Flask

import schemas.wire
from edge.control import control
from edge.office import reporting
from edge.people.model import DEFAULT_ROLES, PERMISSIONS
from edge.slices import SLICES as EDGE_SLICES
from hq.api.pages import pages as hq_api
from hq.config import PREFIX as HQ_PREFIX
from hq.config import HqConfig
from hq.rights import all_permissions
from hq.slice import ROLES
from kit.i18n import Catalogue
from schemas import accounts
from schemas.config.edge import EdgeConfig
from schemas.events import registry as events
from schemas.events.base import Event
from schemas.rows import registry as rows
from schemas.wire import bundle, down, session, up
from tests.house.conftest import ROOT, Source, sources
from tests.house.pages import Facts, Name

Names = dict[Name, Facts]
NONE = "—"


def settings() -> Names:
    """Both apps' settings with environment name and default."""
    found: Names = {}
    for file, kind, prefix in (("edge.toml", EdgeConfig, "LIANPU_EDGE_"), ("hq.toml", HqConfig, HQ_PREFIX)):
        found[file, ""] = ()
        for entry in msgspec.structs.fields(kind):
            default = [] if entry.default is msgspec.NODEFAULT else entry.default
            found[file, entry.name] = (prefix + entry.name.upper(), _toml(default))
    return found


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def permissions() -> Names:
    """The till's and the console's permissions with what each role may do by default."""
    found: Names = {("edge", ""): (), ("hq", ""): ()}
    for name in PERMISSIONS:
        words = []
        for role in DEFAULT_ROLES.values():
            words.append("yes" if name in role.allowed else "approval" if name in role.approval else NONE)
        found["edge", name] = tuple(words)
    for name, roles in all_permissions().items():
        found["hq", name] = tuple("yes" if role in roles else NONE for role in ROLES)
    return found


# -- commands ----------------------------------------------------------------------------------------------


def commands() -> Names:
    """Every command with its arguments and options; an option's fact is its default."""
    found: Names = {("./install/demo", ""): (), ("./install/test", ""): ()}
    found |= _arguments("./install/demo", source("proof/demo/__main__.py"))
    for script, module in scripts().items():
        main = importlib.import_module(module).main
        if isinstance(main, click.Command):
            found |= _clicked(script, main)
        else:
            found[script, ""] = ()
            found |= _arguments(script, source(module.replace(".", "/") + ".py"))
    return found


def scripts() -> dict[str, str]:
    """Script → module, as `setup.cfg` installs them."""
    config = configparser.ConfigParser(delimiters=("=",))
    config.read(ROOT / "setup.cfg")
    lines = config["options.entry_points"]["console_scripts"].split("\n")
    pairs = (line.split("=") for line in lines if line.strip())
    return {name.strip(): target.split(":")[0].strip() for name, target in pairs}


def _clicked(name: str, command: click.Command) -> Names:
    found: Names = {(name, ""): ()}
    for parameter in command.params:
        shown = (
            (parameter.name or "").upper() if parameter.param_type_name == "argument" else parameter.opts[0]
        )
        found[name, shown] = (_default(parameter),)
    if isinstance(command, click.Group):
        for word, child in command.commands.items():
            found |= _clicked(f"{name} {word}", child)
    return found


def _default(parameter: click.Parameter) -> str:
    if parameter.required:
        return "required"
    value = parameter.to_info_dict().get("default")
    if isinstance(value, float):
        return f"{value:g}"
    known = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    return str(value) if known else NONE


def _arguments(script: str, found_in: Source) -> Names:
    """Options of an argparse program; their defaults are constants too seldom to be checked."""
    found: Names = {}
    for call in _calls(found_in, "add_argument"):
        name = ast.literal_eval(call.args[0])
        words = {word.arg: word.value for word in call.keywords}
        metavar = words.get("metavar")
        if not name.startswith("-"):
            name = ast.literal_eval(metavar) if metavar else name.upper()
        found[script, name] = ()
    return found


# -- jobs, events, rows, messages --------------------------------------------------------------------------


def jobs() -> Names:
    """Every `Job("slice.verb", seconds, …)` of both apps."""
    found: Names = {("lianpu-edge", ""): (), ("lianpu-hq", ""): ()}
    for entry in sources():
        app = entry.name.split("/")[0]
        for call in _calls(entry, "Job") if app in ("edge", "hq") else ():
            if len(call.args) == 3 and isinstance(call.args[0], ast.Constant):
                name, seconds = ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1])
                found[f"lianpu-{app}", name] = (f"{seconds} s",)
    return found


def event_types() -> Names:
    """Every type with version, origin and payload fields; every Struct inside a payload with its fields."""
    found: Names = {}
    for entry in events.TYPES.values():
        made_by = "made by HQ" if entry.origin == "hq" else "made by the store"
        found |= _struct(entry.payload, entry.name, (f"version {entry.tv}", made_by))
    return found | _struct(Event, "Event")


def row_kinds() -> Names:
    """Every kind of reference row with the fields of its Struct."""
    found: Names = {}
    for kind, struct in rows.KINDS.items():
        found |= _struct(struct, kind)
    return found


def _struct(kind: type[msgspec.Struct], section: str = "", facts: Facts = ()) -> Names:
    section = section or kind.__name__
    found: Names = {(section, ""): facts}
    for entry in msgspec.structs.fields(kind):
        found[section, entry.name] = ()
        for inner in _structs_in(entry.type):
            found |= _struct(inner)
    return found


def _structs_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _structs_in(part)


def messages() -> Names:
    """Every Struct of the sync protocol with its fields."""
    found: Names = {}
    for module in (session, up, down, bundle, schemas.wire):
        for thing in vars(module).values():
            if (
                isinstance(thing, type)
                and issubclass(thing, msgspec.Struct)
                and thing.__module__ == module.__name__
            ):
                found |= _struct(thing)
    return found


def account_kinds() -> Names:
    """First words of account names: owned by a store, or shared."""
    found: Names = {("accounts", ""): ()}
    for word in sorted(accounts.OWNED | accounts.SHARED):
        found["accounts", word] = ("shared" if word in accounts.SHARED else "store",)
    return found


# -- the calls of both apps ----------------------------------------------------------------------------------------


def till_calls() -> Names:
    """`METHOD /path` of every view of the store node."""
    blueprints = (control, *(blueprint for entry in EDGE_SLICES for blueprint in entry.blueprints))
    return {("/", ""): (), ("/", "GET /healthz"): ()} | _calls_of(blueprints)


def hq_calls() -> Names:
    """The same of HQ's JSON API."""
    return _calls_of((hq_api,))


def _calls_of(blueprints: Iterable[Blueprint]) -> Names:
    app = Flask("house", static_folder=None)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    found: Names = {("/api/v1", ""): ()}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith(".static"):
            continue
        api = rule.rule.startswith("/api/v1")
        path = rule.rule.removeprefix("/api/v1") if api else rule.rule
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found["/api/v1" if api else "/", f"{method} {path}"] = ()
    return found


# -- what can go wrong -------------------------------------------------------------------------------------


def operations() -> Names:
    """Checks of both doctors, and alarms of both sides."""
    found: Names = {("lianpu-edge doctor", ""): (), ("lianpu-hq doctor", ""): (), ("alarm", ""): ()}
    for entry in sources():
        if entry.name.startswith("edge/office/"):
            for call in _calls(entry, "Finding"):
                found["lianpu-edge doctor", ast.literal_eval(call.args[0])] = ()
        if entry.name == "hq/doctor.py":
            for call in _calls(entry, "Check"):
                found["lianpu-hq doctor", ast.literal_eval(call.args[0])] = ()
    return found | {("alarm", code): () for code in alarms()}


def alarms() -> set[str]:
    """`alarm(code=…)` at HQ, `Alarm("…")` of the machine, and the reasons of a new incarnation on both sides."""
    found: set[str] = set()
    reasons: set[str] = set()
    for entry in sources():
        for call in _calls(entry, "alarm"):
            found |= {_named(entry, word.value) for word in call.keywords if word.arg == "code"}
        for call in _calls(entry, "Alarm"):
            found |= {_text(call.args[0])}
        for call in _calls(entry, "_home") if entry.name == "sync/machine.py" else ():
            reasons |= {_text(call.args[2])}
        for call in _calls(entry, "NodeReincarnated") if entry.name.startswith("edge/") else ():
            reasons |= {_text(word.value) for word in call.keywords if word.arg == "reason"}
    reasons.discard("")
    events = {f"event.{reason}" for reason in unbooked()}
    return (found - {""}) | events | {f"{side}.{reason}" for side in ("node", "sync") for reason in reasons}


def troubles() -> set[str]:
    """What a store may tell HQ of itself: checks that do not pass (each has a remedy), and its own alarms."""
    remedies = {key.removeprefix("office.fix.") for key in Catalogue(ROOT / "edge" / "i18n").keys("en")}
    asked = {"broken"}
    for check in reporting.TOLD:
        for node in ast.walk(ast.parse(inspect.getsource(check))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                asked.add(_text(node.args[0]))
    codes = {code for code in remedies if code.partition(".")[0] in asked and "office." not in code}
    own = {code for code in alarms() if code.startswith("sync.")}
    return (codes | own) - reporting.SEEN_AT_HQ - {"store.not_enrolled"}  # such a store tells nothing


def unbooked() -> set[str]:
    """Why an event is booked nowhere: what the rules answer, and the verdicts that book nothing."""
    rules, apply = source("hq/ingest/rules.py"), source("hq/ingest/apply.py")
    found = {
        _text(node.value) for node in ast.walk(rules.tree) if isinstance(node, ast.Return) and node.value
    }
    for call in _calls(apply, "Verdict"):
        if [getattr(arg, "value", None) for arg in call.args[1:3]] == ["parked", False]:
            found |= {_text(word.value) for word in call.keywords if word.arg == "reason"}
    refused = next(node for node in ast.walk(apply.tree) if getattr(node, "name", "") == "_without_effect")
    found |= {_text(node.body) for node in ast.walk(refused) if isinstance(node, ast.IfExp)}
    return found - {""}


def _named(entry: Source, node: ast.expr) -> str:
    """A text, or the module's constant of that name."""
    if not isinstance(node, ast.Name):
        return _text(node)
    for line in entry.tree.body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == node.id:
            return _text(line.value)
    return ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def source(name: str) -> Source:
    """One file of the product."""
    return next(entry for entry in sources() if entry.name == name)


def _calls(entry: Source, name: str) -> Iterator[ast.Call]:
    if name not in entry.text:
        return
    for node in ast.walk(entry.tree):
        if isinstance(node, ast.Call) and name == (
            getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        ):
            yield node


PAGES: dict[str, Callable[[], Names]] = {
    "settings.md": settings,
    "permissions.md": permissions,
    "commands.md": commands,
    "jobs.md": jobs,
    "events.md": event_types,
    "rows.md": row_kinds,
    "wire.md": messages,
    "accounts.md": account_kinds,
    "api-till.md": till_calls,
    "api-hq.md": hq_calls,
    "operations.md": operations,
}
