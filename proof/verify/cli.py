"""`lianpu-verify PATH…`: judge databases of stores and of HQ, each by itself and all against each other.

Exit status 0 when everything holds, 1 when something is wrong or cannot be read, 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proof.verify import server
from proof.verify.agree import check_agreement
from proof.verify.edge import verify_edge
from proof.verify.engine import is_damaged
from proof.verify.hq import verify_hq
from proof.verify.journal import Journal
from proof.verify.receipts import hq_keys
from proof.verify.report import Report
from proof.verify.scopes import check_reference
from proof.verify.source import EDGE, HQ, UNREADABLE, NotEvidence, Source

MISSHAPEN = (TypeError, ValueError, AttributeError, LookupError)  # a NULL where none may be
NAMES = ("node.sqlite", "reference.sqlite", "hq.sqlite")


def verify(paths: Sequence[Path], hq_key: bytes | None = None, witnesses: Sequence[Path] = ()) -> Report:
    """Judge these databases; a database that breaks a check down is itself a finding."""
    report = Report()
    sources = _open(paths, report)
    try:
        keys = hq_keys(sources, hq_key)
        journals: dict[str, list[Journal]] = {EDGE: [], HQ: []}
        for source in sources:
            try:
                if source.kind == EDGE:
                    journals[EDGE].append(verify_edge(source, report, keys, list(witnesses)))
                elif source.kind == HQ:
                    journals[HQ].append(verify_hq(source, report, keys))
                else:
                    check_reference(source, report, [other for other in sources if other.kind == HQ])
            except UNREADABLE as error:
                _unreadable(report, source.label, str(error))
            except MISSHAPEN as error:
                if not is_damaged(source, report):
                    raise
                _unreadable(report, source.label, f"its pages hold what no table takes ({error})")
        for hq in journals[HQ]:
            for edge in journals[EDGE]:
                check_agreement(edge, hq, report)
    finally:
        for source in sources:
            source.close()
    return report


def _open(paths: Sequence[Path], report: Report) -> list[Source]:
    found = []
    for path in paths:
        try:
            found.append(Source(path))
        except NotEvidence as error:
            _unreadable(report, str(path), str(error))
    return found


def _unreadable(report: Report, label: str, why: str) -> None:
    report.check(label, "readable", "databases that can be judged").wrong("database", label, why)


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="lianpu-verify", description=__doc__.splitlines()[0])
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help=f"{', '.join(NAMES)}, a folder with some, or the postgresql:// address of a headquarters",
    )
    parser.add_argument(
        "--hq-key", type=_key, metavar="HEX", help="HQ's public key; else as the databases name it"
    )
    parser.add_argument(
        "--witness", action="append", default=[], type=Path, metavar="FILE", help="a store's witness file"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    said = parser.parse_args(argv)
    missing = [str(path) for path in said.witness if not path.is_file()]
    if missing:
        parser.error(f"no such witness: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="lianpu-verify-") as folder:
        try:
            paths = [found for text in said.paths for found in _evidence(text, Path(folder))]
        except ConnectionError as error:
            parser.error(f"the server does not give its tables: {error}")
        report = verify(paths, said.hq_key, said.witness)
    if said.json:
        print(json.dumps(report.plain(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report.lines()))
    return 1 if report.wrong else 0


def databases(path: Path) -> list[Path]:
    """The file itself, or every database in and below a folder; a folder without one is judged as it is: unreadable."""
    found = [inside for name in NAMES for inside in sorted(path.rglob(name))] if path.is_dir() else []
    return found or [path]


def _evidence(text: str, folder: Path) -> list[Path]:
    """The databases that one argument names; those of a server are copied into the folder."""
    if not server.is_address(text):
        return databases(Path(text))
    copy = folder / f"{server.without_password(text).replace('/', '_')}.sqlite"
    server.fetch(text, copy)
    return [copy]


def _key(text: str) -> bytes:
    found = bytes.fromhex(text.replace(" ", ""))
    if len(found) != 32:
        raise ValueError("a public key has 32 bytes")
    return found


if __name__ == "__main__":
    sys.exit(main())
