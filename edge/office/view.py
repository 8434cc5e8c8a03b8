"""Rows of the node's page, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request

from edge.devices import chips
from edge.spool import queries
from edge.spool.messages import reason_words
from edge.syncing import outbox
from kit.i18n import LANGUAGES, pick
from kit.web import browser_language
from retail.civil import store_local

FRESH_SECONDS = 60  # as on the till's link sign


@dataclass(frozen=True)
class Words:
    """Texts of one language for a template: `t("office.title")`, `t.time(ms)`, `t.name(text)`."""

    node: Any
    language: str

    def __call__(self, key: str, **facts: object) -> str:
        """The text of a key."""
        return str(self.node.texts.text(self.language, key, **facts))

    def known(self, key: str, otherwise: str) -> str:
        """The text of a key that may not exist."""
        found = self(key)
        return otherwise if found == key else found

    def name(self, text: dict[str, str] | None) -> str:
        """One language of a text of HQ."""
        return pick(text, self.language)

    def time(self, at: int | None) -> str:
        """A moment in store-local time."""
        store = self.node.reference.settings.store
        return "" if at is None else store_local(at, store.time_zone if store else "UTC")


def page_language() -> str:
    """The link's choice, the person's at this terminal, the browser's."""
    wanted = request.args.get("lang", "")
    if wanted in LANGUAGES:
        return wanted
    known: str | None = g.get("language")
    return known or browser_language()


def link_shown(node: Any, terminal: str) -> dict[str, Any]:
    """The link chip while sync runs, else what the database knows."""
    chip: dict[str, Any] | None = node.chips(terminal).get("link")
    if chip is not None:
        return chip
    waiting, now = outbox.unsent(node.db), node.clock.now_ms()
    contact, oldest = waiting.last_contact_at, waiting.oldest_at
    return {
        "unsent": waiting.count,
        "oldest_minutes": None if oldest is None else max(0, now - oldest) // 60_000,
        "hq_seconds": None if contact is None else max(0, now - contact) // 1000,
    }


def verdict(state: str, link: dict[str, Any]) -> str:
    """The sentence on top: never "all in order" while sales wait here and HQ has not answered for a minute."""
    seconds = link.get("hq_seconds")
    answering = seconds is not None and seconds < FRESH_SECONDS
    return "offline" if state == "pass" and link["unsent"] and not answering else state


def devices_shown(node: Any, words: Words) -> list[dict[str, str]]:
    """Terminal, kind, state in words and a colour."""
    shown = []
    for code in sorted(node.reference.settings.terminals):
        printer, _ = chips.printer_state(node, code)
        scanner = chips.scanner(node, code)["state"]
        drawer = "ready" if node.devices.drawer(code) is not None else "none"
        trouble = node.chips(code)["printer"]["drawer"]
        drawer = trouble if trouble in ("failed", "open") else drawer
        for kind, state in (("printer", printer), ("drawer", drawer), ("scanner", scanner)):
            colour = {"ready": "pass", "none": "none", "near_end": "warn", "open": "warn"}.get(state, "fail")
            shown.append(
                {
                    "terminal": code,
                    "kind": words(f"office.device.{kind}"),
                    "state": words(f"office.state.{state}"),
                    "colour": colour,
                }
            )
    return shown


def papers_shown(node: Any, words: Words, language: str) -> list[dict[str, Any]]:
    """Papers that need somebody."""
    return [
        {
            "id": job.id,
            "terminal": job.terminal,
            "name": words.known(f"till.job.{job.kind}", job.kind),
            "number": number,
            "time": words.time(job.made_at),
            "unknown": job.state == "UNKNOWN",
            "state": words.known(f"till.job_state.{job.state.lower()}", job.state),
            "reason": reason_words(node, language, job.reason) if job.reason else "",
        }
        for job, number in queries.trouble(node.db)
    ]
