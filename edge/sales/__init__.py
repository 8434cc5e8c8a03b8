"""Finishing a sale: one transaction from basket to receipt number, event, postings, papers (SYNC §3).

Whatever key is used and however often, one basket becomes one sale. Tables: document, document_line,
document_tender (shared with returns; see `repository`).
"""
