"""Planning and writing a file of till staff. Initial codes are made up and shown once after the import."""

from __future__ import annotations

from dataclasses import dataclass, field

from hq.change import Change
from hq.imports import cells
from hq.imports.model import Checks, Plan, Refused, Row, Table
from hq.people import actions, repository
from hq.people.model import NUMBER
from kit.i18n import LANGUAGES
from kit.sql import Connection

ROLES = {"cashier": "cashier", "收银员": "cashier", "收銀員": "cashier", "manager": "manager", "店长": "manager",
         "店長": "manager"}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A row as it would be stored."""

    number: str
    name: str
    role: str
    language: str
    stores: tuple[str, ...]


@dataclass
class Known:
    """The present state, read once."""

    people: dict[str, Person]
    stores: set[str]
    seen: frozenset[str] | None


@dataclass
class Work:
    """Who to add and who to change; `codes` are the initial codes of those added."""

    added: list[Person] = field(default_factory=list)
    changed: list[Person] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)


def load(connection: Connection, seen: frozenset[str] | None) -> Known:
    """Everybody with their stores."""
    where = repository.all_stores(connection)
    people = {
        r.number: Person(r.number, r.name, r.role, r.language, tuple(where.get(r.number, ())))
        for r in repository.all_staff(connection)
    }
    return Known(people, repository.known_stores(connection), seen)


def plan(table: Table, known: Known) -> Plan:
    """Read every row."""
    work = Work()
    result = Plan(problems=list(table.problems), work=work)
    broken = result.rejected
    first: dict[str, int] = {}
    for row in table.rows:
        if row.number in broken:
            continue
        checks = Checks()
        person = _person(row, checks, known)
        if person.number in first:
            checks.refuse("number", person.number, "row_twice", first=first[person.number])
        if checks.found:
            result.problems += checks.problems(row.number)
            continue
        first[person.number] = row.number
        before = known.people.get(person.number)
        if before is None:
            result.new += 1
            work.added.append(person)
        elif before != person:
            result.changed += 1
            work.changed.append(person)
        else:
            result.same += 1
    return result


def _person(row: Row, checks: Checks, known: Known) -> Person:
    """Every cell is read; the person is of use only when `checks` found nothing."""
    number, name = row.get("number"), row.get("name")
    if not NUMBER.fullmatch(number):
        checks.refuse("number", number, "number_unusable")
    if not name or len(name) > 60:
        checks.refuse("name", name, "person_name_missing")
    role = ROLES.get(row.get("role").lower())
    if role is None:
        checks.refuse("role", row.get("role"), "role_unknown")
    before = known.people.get(number)
    if before and known.seen is not None and set(before.stores) - known.seen:
        checks.refuse("number", number, "scope_not_permitted")
    language = row.get("language") or (before.language if before else "zh-Hant")
    if language not in LANGUAGES:
        checks.refuse("language", language, "language_unknown")
    return Person(number, name, role or "", language, checks.take((), _stores, row, known))


def _stores(row: Row, known: Known) -> tuple[str, ...]:
    stores = tuple(sorted({store.upper() for store in cells.SEPARATORS.split(row.get("stores")) if store}))
    if not stores:
        raise Refused("stores", "", "store_missing")
    for store in stores:
        if store not in known.stores:
            raise Refused("stores", store, "store_unknown", known=", ".join(sorted(known.stores)[:12]))
        if known.seen is not None and store not in known.seen:
            raise Refused("stores", store, "scope_not_permitted")
    return stores


def write(change: Change, work: Work, codes_ready: list[tuple[str, str]]) -> None:
    """Add and change, person by person: they are few. `codes_ready` are codes with their hashes, made before."""
    for person in work.added:
        code, hashed = codes_ready.pop() if codes_ready else actions.new_code()
        work.codes[person.number] = code
        actions.insert(
            change, number=person.number, name=person.name, role=person.role, language=person.language,
            stores=list(person.stores), initial=hashed,
        )  # fmt: skip
    for person in work.changed:
        actions.update(
            change, person.number, name=person.name, role=person.role, language=person.language,
            stores=list(person.stores),
        )  # fmt: skip
