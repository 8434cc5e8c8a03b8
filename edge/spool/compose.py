"""From a job to a document of blocks: composed when it is printed, from the journal's own body."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from edge.receipts.queries import event_of, payload_of
from edge.spool.model import Job
from kit.i18n import LANGUAGES
from retail.civil import store_local
from retail.errors import NotFound
from retail.receipt import (
    Document,
    ReceiptSettings,
    ReturnFacts,
    SaleFacts,
    ShiftPrint,
    return_document,
    sale_document,
    shift_document,
    test_document,
)
from retail.shift import Report
from schemas.events.sales import SaleCompleted

REPORT_FIELDS = frozenset(field.name for field in fields(Report))


def document_of(node: Any, job: Job) -> Document:
    """What a paper job prints. Raises `NotFound("spool.nothing_to_print")` when its source is gone."""
    language = str(job.content.get("language") or node.reference.settings.need_chain().default_language)
    if job.kind == "test":
        now = store_local(node.clock.now_ms(), _zone(node))
        return test_document(receipt_settings(node), language, now)
    if job.kind == "shift":
        return _shift(node, job, language)
    return receipt(node, str(job.content.get("document")), language, int(job.content.get("copy", 0)))


def receipt(node: Any, id_: str, language: str, copy: int = 0) -> Document:
    """The paper of a sale or a return, as a screen or a printer shows it."""
    with node.db.read() as tx:
        event = event_of(tx, id_)
        row = tx.execute("SELECT bh FROM body WHERE id = ?", (id_,)).fetchone()
    if event is None or row is None:
        raise NotFound("spool.nothing_to_print", document=id_)
    payload, body_hash = payload_of(event), row["bh"].hex()
    local, cashier = store_local(event.at, _zone(node)), cashier_name(node, event.actor.staff)
    sold = isinstance(payload, SaleCompleted)
    settings = receipt_settings(node, "discount" if sold else "return")
    if isinstance(payload, SaleCompleted):
        return sale_document(SaleFacts(payload, local, cashier, body_hash), settings, language, copy)
    return return_document(ReturnFacts(payload, local, cashier, body_hash), settings, language, copy)


def _shift(node: Any, job: Job, language: str) -> Document:
    plain = job.content.get("report")
    if not isinstance(plain, dict):
        raise NotFound("spool.nothing_to_print", document=job.reference)
    row = node.db.row("SELECT opened_by, closed_by FROM shift WHERE id = ?", (job.reference,))
    staff = (row["closed_by"] or row["opened_by"]) if row else ""
    printed = ShiftPrint(
        store_local(job.made_at, _zone(node)),
        cashier_name(node, staff),
        plain.get("head_inc", ""),
        plain.get("head_seq"),
        plain.get("head_hash", ""),
    )
    report = Report(**{name: value for name, value in plain.items() if name in REPORT_FIELDS})
    copy = int(job.content.get("copy", 0))
    return shift_document(report, printed, receipt_settings(node), language, copy)


def receipt_settings(node: Any, reasons: str = "discount") -> ReceiptSettings:
    """Names and texts as they are today; a reprint shows the receipt's own figures under today's head.

    `reasons` names the list whose codes stand on this paper; lists may share a code such as "other".
    """
    settings = node.reference.settings
    chain, store = settings.need_chain(), settings.need_store()
    return ReceiptSettings(
        store_name=store.name,
        store=store.code,
        currency=settings.currency,
        exponent=settings.exponent,
        head=_joined(chain.receipt_head, store.address, store.receipt_head),
        foot=_joined(store.receipt_foot, chain.receipt_foot),
        tax_names={tax.code: tax.name for tax in chain.taxes},
        reason_names={row.code: row.name for row in settings.reasons.get(reasons, ())},
    )


def cashier_name(node: Any, number: str) -> str:
    """The name that stands on paper: the person's, else the number."""
    staff = node.reference.settings.staff.get(number)
    return staff.name if staff is not None and staff.name else number


def _zone(node: Any) -> str:
    return str(node.reference.settings.need_store().time_zone)


def _joined(*texts: dict[str, str]) -> dict[str, str]:
    """Several texts below each other, in each language that has something to say."""
    found = {}
    for language in LANGUAGES:
        parts = [text.get(language, "").strip() for text in texts]
        found[language] = "\n".join(part for part in parts if part)
    return {language: text for language, text in found.items() if text}
