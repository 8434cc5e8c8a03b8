"""What was checked, how often, and what was wrong; as lines for people and as JSON for machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SHOWN_MAX = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is not true: where it stands (table, key), which event and receipt it concerns, and why."""

    table: str
    key: str
    why: str
    seq: int | None = None
    number: str | None = None

    @property
    def text(self) -> str:
        """One line that names it."""
        parts = [f"{self.table} {self.key}".strip()]
        if self.seq is not None:
            parts.append(f"seq {self.seq}")
        if self.number:
            parts.append(f"receipt {self.number}")
        return f"{', '.join(parts)}: {self.why}"


@dataclass
class Check:
    """One rule over one database: how many facts it looked at and which of them break it."""

    database: str
    name: str
    what: str
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def seen(self, count: int = 1) -> None:
        """So many facts were looked at."""
        self.count += count

    def wrong(
        self, table: str, key: object, why: str, *, seq: int | None = None, number: str | None = None
    ) -> None:
        """Name something that breaks the rule."""
        self.findings.append(Finding(table, str(key), why, seq, number))

    def lines(self) -> list[str]:
        """The line of this check and, indented, what it found."""
        state = f"WRONG {len(self.findings)} of" if self.findings else "ok   "
        found = [f"{state} {self.count} {self.what}  [{self.name}] {self.database}"]
        found += [f"      {finding.text}" for finding in self.findings[:SHOWN_MAX]]
        if len(self.findings) > SHOWN_MAX:
            found.append(f"      … and {len(self.findings) - SHOWN_MAX} more")
        return found


@dataclass
class Report:
    """All checks of one run, in the order in which they were made."""

    checks: list[Check] = field(default_factory=list)

    def check(self, database: str, name: str, what: str) -> Check:
        """Begin a check; `what` names the facts that it counts."""
        made = Check(database, name, what)
        self.checks.append(made)
        return made

    @property
    def wrong(self) -> int:
        """How many things are not true."""
        return sum(len(check.findings) for check in self.checks)

    @property
    def summary(self) -> str:
        """The last line."""
        databases = len({check.database for check in self.checks})
        facts = sum(check.count for check in self.checks)
        verdict = "everything holds" if not self.wrong else f"{self.wrong} WRONG"
        return f"{verdict}: {len(self.checks)} checks over {facts} facts in {databases} places"

    def lines(self) -> list[str]:
        """Everything as text."""
        return [line for check in self.checks for line in check.lines()] + [self.summary]

    def plain(self) -> dict[str, Any]:
        """Everything for `--json`."""
        return {
            "ok": not self.wrong,
            "wrong": self.wrong,
            "summary": self.summary,
            "checks": [asdict(check) | {"ok": not check.findings} for check in self.checks],
        }
