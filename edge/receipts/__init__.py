"""Receipts: find, view, reprint as COPY. The journal's body is what is shown; rows only help to find it."""
