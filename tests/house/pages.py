"""Reads pages of `docs/` as tables of names.

A heading that holds a `name` opens a checked section. In it the first column of each table lists names, and the
cells behind them state facts. Text and tables under any other heading are free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Name = tuple[str, str]  # (section, name in its tables; "" is the section itself)
Facts = tuple[str, ...]

HEADING = re.compile(r"^(#+) (.*)$")
CODE = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^```(\w*)$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass
class Page:
    """Names with the cells behind them, shell lines and links of one page."""

    names: dict[Name, Facts] = field(default_factory=dict)
    twice: list[Name] = field(default_factory=list)
    shell: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def add(self, name: Name, facts: Facts) -> None:
        """A section may be continued under another heading, a name may not stand twice."""
        if name in self.names and name[1]:
            self.twice.append(name)
        self.names.setdefault(name, facts)


def read(text: str) -> Page:
    """Parse one page of Markdown."""
    page, section, fence = Page(), "", ""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        fenced = FENCE.match(line)
        if fenced:
            fence = "" if fence else fenced.group(1) or "text"
        elif fence:
            page.shell += [line.strip()] if fence == "sh" else []
        elif heading := HEADING.match(line):
            page.anchors.add(anchor(heading.group(2)))
            code = CODE.search(heading.group(2))
            section = code.group(1) if code else ""
            if section:
                page.add((section, ""), (heading.group(2),))
        else:
            page.links += LINK.findall(CODE.sub("", line))
            if section and line.startswith("|") and not _is_head(lines, at):
                _row(page, section, line)
    return page


def anchor(heading: str) -> str:
    """The fragment that a browser of the repository gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def cells_of(line: str) -> list[str]:
    """The cells of a row without their code marks."""
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [cell.strip() for cell in cells]


def _is_head(lines: list[str], at: int) -> bool:
    rule = re.compile(r"^\|[\s:|-]+\|$")
    return bool(rule.match(lines[at]) or (at + 1 < len(lines) and rule.match(lines[at + 1])))


def _row(page: Page, section: str, line: str) -> None:
    first, *others = cells_of(line)
    facts = tuple(CODE.sub(r"\1", cell).replace("\\|", "|") for cell in others)
    for name in CODE.findall(first):
        page.add((section, name.replace("\\|", "|")), facts)
