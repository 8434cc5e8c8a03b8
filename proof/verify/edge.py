"""Everything that must hold inside the database of a store's node."""

from __future__ import annotations

from pathlib import Path

from proof.verify import chain, documents, edge_rows, ledger, numbers, receipts, shifts, traces
from proof.verify.engine import check_engine
from proof.verify.journal import Journal, of_edge
from proof.verify.report import Report
from proof.verify.source import Source


def verify_edge(source: Source, report: Report, keys: list[bytes], witnesses: list[Path]) -> Journal:
    """Run all checks; returns the journal for the comparison with HQ."""
    check_engine(source, report)
    journal = of_edge(source)
    chain.check_chain(journal, report)
    traces.live_once(journal, report)
    traces.check_witness(journal, report, witnesses)
    receipts.check_enrolment(source, report, keys)
    receipts.check_receipts(journal, report, keys)
    numbers.check_numbers(journal, report)
    numbers.check_counters(journal, report)
    ledger.check_postings(journal, report)
    booked = {event.id: event for event in journal.events}
    ledger.check_rows(journal, report, booked, {event.id for event in journal.events if event.replayed})
    ledger.check_balances(journal, report)
    documents.check_documents(journal, report)
    shifts.check_shifts(journal, report)
    edge_rows.check_edge_rows(journal, report)
    edge_rows.check_z_papers(journal, report)
    traces.check_traces(journal, report)
    return journal
