"""Checks of what hangs on this computer: profiles, passive tests, access to ports, the font for pictures."""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.device import Check as DeviceCheck
from drivers.printer.fonts import find_font
from edge.devices.profiles import stations
from edge.office.model import Finding
from retail.errors import DeviceError, Misconfigured

TEST_SECONDS = 10.0


def profiles(node: Any) -> Iterator[Finding]:
    """Profiles that cannot be built."""
    problems = [text for texts in _problems(node).values() for text in texts]
    if problems:
        yield Finding("profiles", "fail", facts={"problem": problems[0], "count": len(problems)})


def devices(node: Any) -> Iterator[Finding]:
    """A passive test of each device: it never moves paper and never opens a drawer."""
    running = node.devices.all()
    if running:
        for name, owner in running.items():
            yield _tested(
                name, lambda owner=owner: owner.call(lambda: owner.device.self_test("passive"), TEST_SECONDS)
            )
        return
    yield from _alone(node)


def states(node: Any) -> Iterator[Finding]:
    """What each running device says of itself without being asked; for the page."""
    for name, owner in node.devices.all().items():
        health = owner.health()
        good = health.state in ("READY", "DEGRADED") and health.last_error is None
        yield _said(name, good, health.last_error)


def scanners(node: Any) -> Iterator[Finding]:
    """Scanners that do not speak as they did; the server alone hears them."""
    changed = node.patterns.changed()
    if changed:
        yield Finding("scanner", "warn", facts={"names": ", ".join(changed)})


def access(node: Any) -> Iterator[Finding]:
    """May this user open the serial ports that the profiles name?"""
    for station in stations(node.reference.settings.terminals):
        where = station.profiles[0]["transport"]
        if where["type"] != "serial" or not os.path.exists(where.get("path", "")):
            continue
        path = Path(where["path"])
        if os.access(path, os.R_OK | os.W_OK):
            yield Finding("access", "pass", subject=path.name, facts={"path": path})
        else:
            facts = {"path": path, "group": _group(path)}
            yield Finding("access", "fail", subject=path.name, facts=facts)


def font(_node: Any) -> Iterator[Finding]:
    """A Chinese font for characters that a printer lacks."""
    try:
        name = Path(find_font()[0]).name
    except Misconfigured:
        yield Finding("font", "warn")
        return
    yield Finding("font", "pass", facts={"name": name})


def _problems(node: Any) -> dict[str, list[str]]:
    if node.devices.all() or node.devices.problems:
        found: dict[str, list[str]] = node.devices.problems
        return found
    problems: dict[str, list[str]] = {}
    for station in stations(node.reference.settings.terminals):
        try:
            registry.build(station.profiles)
        except Misconfigured as error:
            problems[station.terminals[0]] = error.problems
    return problems


def _alone(node: Any) -> Iterator[Finding]:
    """No server runs: build each device for the test and let go of it."""
    for station in stations(node.reference.settings.terminals):
        try:
            built = registry.build(station.profiles)
        except Misconfigured:
            continue  # told by `profiles`
        for name, device in built.items():
            try:
                if device.kind == "scanner":
                    device.open()
                yield _tested(name, lambda device=device: device.self_test("passive"))
            except DeviceError as error:
                yield _said(name, False, error.code)
            finally:
                device.close()


def _tested(name: str, test: Any) -> Finding:
    try:
        answers: list[DeviceCheck] = test()
    except DeviceError as error:
        return _said(name, error.code == "link.busy", error.code)
    failed = [answer for answer in answers if not answer.passed]
    return _said(name, not failed, failed[0].code or failed[0].name if failed else None)


def _said(name: str, good: bool, code: str | None) -> Finding:
    facts = {"name": name, "code": code or ""}
    if good:
        return Finding("device", "pass", subject=name, facts=facts)
    return Finding("device", "warn", "trouble", subject=name, facts=facts)


def _group(path: Path) -> str:
    try:
        return grp.getgrgid(path.stat().st_gid).gr_name
    except KeyError:
        return str(path.stat().st_gid)
