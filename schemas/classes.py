"""The class of every table (SYNC §1): event, reference, shared, balance, telemetry, or local to one machine.

A table that is missing here fails a test, so that no datum enters the system without its owner being decided.
"""

EDGE: dict[str, str] = {
    "meta": "local", "inc": "event", "body": "event", "link": "event", "head_signature": "event",
    "posting": "event", "balance": "balance", "numbering": "local", "audit": "local", "answer": "local",
    "receipted": "local", "basket": "local", "document": "event", "document_line": "event",
    "document_tender": "event", "purged_return": "local", "purged_replay": "local", "shift": "event",
    "cash_move": "event", "stock_document": "event",
    "credential": "local", "throttle": "local", "terminal_device": "local", "pairing_code": "local",
    "sign_in": "local", "print_job": "local", "print_event": "local",
}  # fmt: skip

REFERENCE: dict[str, str] = {
    "scope": "reference", "row": "reference", "product": "reference", "barcode": "reference", "price": "reference",
}  # fmt: skip
