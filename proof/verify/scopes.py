"""What goes down to the stores: digests of scopes at HQ, and the same rows as a store holds them (SYNC §6)."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from proof.verify.crypto import digest_of, row_hash
from proof.verify.report import Check, Report
from proof.verify.source import Source

Rows = dict[str, list[tuple[str, str, bytes]]]


def check_scopes(source: Source, report: Report) -> None:
    """At HQ: each row has its hash, each digest is the sum of its rows, versions follow each other."""
    rows: Rows = defaultdict(list)
    hashes = report.check(source.label, "scope.rows", "published rows with their hash")
    for row in source.rows("SELECT * FROM scope_row"):
        hashes.seen()
        scope, kind, key = row["scope"], row["kind"], row["key"]
        rows[scope].append((kind, key, row["bytes"]))
        if row_hash(kind, key, row["bytes"]).to_bytes(32, "big") != row["hash"]:
            hashes.wrong("scope_row", f"{scope} {kind} {key}", "hash is not the SHA-256 of the row")
    check = report.check(source.label, "scope.digests", "scopes whose digest is the sum of their rows")
    heads = {row["scope"]: row for row in source.rows("SELECT * FROM scope")}
    for scope in sorted(heads.keys() | rows.keys()):
        check.seen()
        if scope not in heads:
            check.wrong("scope", scope, "the scope is missing")
            continue
        if heads[scope]["digest"] != digest_of(rows.get(scope, [])):
            check.wrong(
                "scope", scope, f"digest of version {heads[scope]['version']} is not the sum of its rows"
            )
        _versions(source, scope, heads[scope]["version"], heads[scope]["digest"], check)
    _changes(source, rows, report)
    _snapshots(source, report)


def _versions(source: Source, scope: str, head: int, digest: bytes, check: Check) -> None:
    found = {
        row["version"]: row["digest"]
        for row in source.rows("SELECT version, digest FROM scope_version WHERE scope = ?", scope)
    }
    if not head and not found:
        return
    for version in range(min(found, default=head), head + 1):
        if version not in found:
            check.wrong("scope_version", f"{scope} {version}", "the version is missing")
    if found.get(head, digest) != digest or max(found, default=head) > head:
        check.wrong("scope_version", f"{scope} {head}", "it is not the head of the scope")


def _changes(source: Source, rows: Rows, report: Report) -> None:
    """The newest change of a row, as far as changes are kept, is the row."""
    check = report.check(source.label, "scope.changes", "newest changes that are what is published")
    now = {(scope, kind, key): data for scope, many in rows.items() for kind, key, data in many}
    newest: dict[tuple[str, str, str], bytes | None] = {}
    for row in source.rows("SELECT * FROM scope_change ORDER BY scope, version"):
        newest[(row["scope"], row["kind"], row["key"])] = row["bytes"]
    for place, data in newest.items():
        check.seen()
        if now.get(place) != data:
            check.wrong("scope_change", " ".join(place), "its newest change is not the published row")


def _snapshots(source: Source, report: Report) -> None:
    check = report.check(source.label, "snapshots", "snapshots with their SHA-256")
    for row in source.rows("SELECT scope, version, sha256, content FROM snapshot"):
        check.seen()
        if hashlib.sha256(row["content"]).digest() != row["sha256"]:
            check.wrong("snapshot", f"{row['scope']} {row['version']}", "the content has another SHA-256")


def check_reference(source: Source, report: Report, headquarters: list[Source]) -> None:
    """At a store: the digest of each scope is that of its stored rows, and HQ published it at that version."""
    rows: Rows = defaultdict(list)
    for row in source.rows("SELECT * FROM row"):
        rows[row["scope"]].append((row["kind"].removeprefix("~"), row["key"], row["bytes"]))
    check = report.check(source.label, "reference.digests", "scopes held as HQ published them")
    for head in source.rows("SELECT * FROM scope WHERE version > 0 ORDER BY scope"):
        check.seen()
        scope, version = head["scope"], head["version"]
        if head["digest"] != digest_of(rows.get(scope, [])):
            check.wrong("scope", scope, f"digest of version {version} is not the sum of the stored rows")
        for hq in headquarters:
            published = hq.value(
                "SELECT digest FROM scope_version WHERE scope = ? AND version = ?", scope, version
            )
            if published is not None and published != head["digest"]:
                check.wrong("scope", scope, f"HQ published another version {version}")
