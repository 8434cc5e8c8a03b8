"""The pages of `docs/` name exactly what the code has; links and shown commands work; the checker can fail."""

from __future__ import annotations

import re
import shlex
import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.house import names, pages
from tests.house.conftest import ROOT
from tests.house.pages import Name

DOCS = ROOT / "docs"
README = ROOT / "README.md"
PROGRAM = re.compile(r"^(lianpu-|\./install/)")


@cache
def real_names(file: str) -> names.Names:
    """What the code has for a page; to look costs more than a second, and the code stays as it is."""
    return names.PAGES[file]()


def problems(folder: Path) -> list[str]:
    """Everything that the pages in this folder leave out, invent, repeat or say wrongly."""
    found = []
    for file in names.PAGES:
        found += _differences(file, pages.read((folder / file).read_text(encoding="utf-8")), real_names(file))
    return found


def _differences(file: str, page: pages.Page, real: names.Names) -> list[str]:
    found = [f"{file}: {_said(name)} stands twice" for name in page.twice]
    for name, facts in real.items():
        section = (name[0], "")
        if name not in page.names:
            if name == section or section in page.names:
                found.append(f"{file}: {_said(name)} is not documented")
            continue
        said = page.names[name]
        wrong = (
            [fact for fact in facts if fact not in said[0]]
            if name == section
            else said[: len(facts)] != facts
        )
        if wrong:
            found.append(f"{file}: {_said(name)} is {facts}, the page says {said[: max(1, len(facts))]}")
    return found + [f"{file}: {_said(name)} does not exist" for name in page.names if name not in real]


def _said(name: Name) -> str:
    return " ".join(part for part in name if part)


def test_the_pages_name_exactly_what_the_code_has() -> None:
    assert problems(DOCS) == []


# -- the checker can fail ----------------------------------------------------------------------------------


def new_problems(folder: Path) -> list[str]:
    """What an edited copy adds; a page that has drifted already fails the test above, not all of these."""
    known = problems(DOCS)
    return [line for line in problems(folder) if line not in known]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DOCS, tmp_path / "docs"))


def edit(page: Path, old: str, new: str, count: int = 1) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count(old) == count, f"{page.name} has {old!r} {text.count(old)} times"
    page.write_text(text.replace(old, new), encoding="utf-8")


def row_of(page: Path, start: str) -> str:
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    (row,) = [line for line in lines if line.startswith(start)]
    return row


def section_of(page: Path, heading: str) -> str:
    text = page.read_text(encoding="utf-8")
    (found,) = re.findall(rf"(?ms)^#+ {re.escape(heading)}.*?(?=^#|\Z)", text)
    return found


@pytest.mark.parametrize(
    ("file", "row", "name"),
    [
        ("settings.md", "| `witness` |", "edge.toml witness"),
        ("settings.md", "| `idle_minutes` |", "hq.toml idle_minutes"),
        ("permissions.md", "| `till.no_sale` |", "edge till.no_sale"),
        ("permissions.md", "| `prices.change` |", "hq prices.change"),
        ("commands.md", "| `--fingerprint` |", "lianpu-hq enrol-code --fingerprint"),
        ("jobs.md", "| `journal.flush_witness` |", "lianpu-edge journal.flush_witness"),
        ("jobs.md", "| `ingest.catch_up` |", "lianpu-hq ingest.catch_up"),
        ("events.md", "| `z_number` |", "shift.closed z_number"),
        ("rows.md", "| `auto_lock_minutes` |", "settings auto_lock_minutes"),
        ("wire.md", "| `unsent_oldest_at` |", "Telemetry unsent_oldest_at"),
        ("accounts.md", "| `over_short` |", "accounts over_short"),
        ("api-till.md", "| `POST /sale/finish` |", "/api/v1 POST /sale/finish"),
        ("operations.md", "| `ballast` |", "lianpu-edge doctor ballast"),
        ("operations.md", "| `hole.found` |", "alarm hole.found"),
    ],
)
def test_a_row_taken_out_of_a_copy_is_missed_and_nothing_else(
    copy: Path, file: str, row: str, name: str
) -> None:
    edit(copy / file, row_of(copy / file, row), "")

    assert new_problems(copy) == [f"{file}: {name} is not documented"]


@pytest.mark.parametrize(
    ("file", "heading", "name"),
    [
        ("commands.md", "`lianpu-edge pair`", "lianpu-edge pair"),
        ("commands.md", "`lianpu-hq import`", "lianpu-hq import"),
        ("commands.md", "`./install/test`", "./install/test"),
        ("events.md", "`sale.completed`", "sale.completed"),
        ("events.md", "`hq.amended`", "hq.amended"),
        ("rows.md", "`quick_key`", "quick_key"),
        ("wire.md", "`HelloNeeded`", "HelloNeeded"),
    ],
)
def test_a_section_taken_out_of_a_copy_is_missed_once(copy: Path, file: str, heading: str, name: str) -> None:
    edit(copy / file, section_of(copy / file, heading), "")

    assert new_problems(copy) == [f"{file}: {name} is not documented"]


@pytest.mark.parametrize(
    ("file", "old", "new", "wanted"),
    [
        ("settings.md", "| `ballast_mb` |", "| `balast_mb` |", ["edge.toml ballast_mb is not documented",
                                                                "edge.toml balast_mb does not exist"]),
        ("settings.md", "| `LIANPU_HQ_THREADS` | `32` |", "| `LIANPU_HQ_THREADS` | `64` |",
         ["hq.toml threads is ('LIANPU_HQ_THREADS', '32'), the page says ('LIANPU_HQ_THREADS', '64')"]),
        ("jobs.md", "| `publish.prune` | 3600 s |", "| `publish.prune` | 60 s |",
         ["lianpu-hq publish.prune is ('3600 s',), the page says ('60 s',)"]),
    ],
)  # fmt: skip
def test_a_wrong_word_in_a_copy_is_named(
    copy: Path, file: str, old: str, new: str, wanted: list[str]
) -> None:
    edit(copy / file, old, new)

    assert new_problems(copy) == [f"{file}: {line}" for line in wanted]


# -- links and commands ------------------------------------------------------------------------------------


def all_pages() -> list[Path]:
    return [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def broken_links(files: list[Path]) -> list[str]:
    found = []
    for page in files:
        for link in pages.read(page.read_text(encoding="utf-8")).links:
            if link.startswith(("https://", "http://")):
                continue
            target, _, fragment = link.partition("#")
            path = (page.parent / target) if target else page
            there = path.exists()
            if there and fragment and path.suffix == ".md":
                there = fragment in pages.read(path.read_text(encoding="utf-8")).anchors
            found += [] if there else [f"{page.name}: {link}"]
    return found


def test_links_between_pages_lead_somewhere() -> None:
    assert broken_links(all_pages()) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One page\n[here](#one-page) [nowhere](nowhere.md) [no heading](page.md#two)\n")

    assert broken_links([page]) == ["page.md: nowhere.md", "page.md: page.md#two"]


def test_every_page_can_be_found_from_the_readme() -> None:
    seen, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        text = page.read_text(encoding="utf-8")
        linked = [page.parent / link.partition("#")[0] for link in pages.read(text).links]
        named = [ROOT / name for name in re.findall(r"`(docs/[\w-]+\.md)`", text)]
        for target in (path.resolve() for path in [*linked, *named]):
            if target.suffix == ".md" and target.exists() and target not in seen:
                waiting.append(target)

    assert sorted(str(page.relative_to(ROOT)) for page in set(DOCS.rglob("*.md")) - seen) == []


def unknown_commands(files: list[Path]) -> list[str]:
    """Shell lines of pages whose command or option the code does not have."""
    real = names.commands()
    lines = [
        (page.name, line) for page in files for line in pages.read(page.read_text(encoding="utf-8")).shell
    ]
    return [
        f"{page}: {line}"
        for page, line in lines
        if PROGRAM.match(line) and not _known(shlex.split(line), real)
    ]


def _known(words: list[str], real: names.Names) -> bool:
    """Is it a command with options of its own? A group alone, or with a word that is none of its own, is not."""
    if "--home" in words[1:2]:
        words = [words[0], *words[3:]]
    command, rest = words[0], words[1:]
    while rest and (f"{command} {rest[0]}", "") in real:
        command, rest = f"{command} {rest[0]}", rest[1:]
    is_group = any(section.startswith(f"{command} ") for section, _ in real)
    options = [word for word in rest if word.startswith("--")]
    return (command, "") in real and not is_group and all((command, option) in real for option in options)


def test_commands_shown_in_pages_exist() -> None:
    assert unknown_commands(all_pages()) == []


def test_an_invented_command_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    lines = [
        "lianpu-edge pair 02",
        "lianpu-edge enroll",
        "lianpu-hq user remove chan",
        "lianpu-hq doctor --yaml",
    ]
    page.write_text("```sh\n" + "\n".join(lines) + "\n```\n")

    assert unknown_commands([page]) == [f"page.md: {line}" for line in lines[1:]]


def test_both_commands_of_the_readme_can_be_run() -> None:
    text = README.read_text(encoding="utf-8")

    for command in ("./install/demo", "./install/test"):
        assert command in text
        assert (ROOT / command).stat().st_mode & 0o111, f"{command} is not executable"
