"""The node's own page and its doctor: how this computer is, in words, and what to do about it.

Nouns: check (one question with pass, warn or fail), report (all of them). The page is shown to a paired terminal;
what changes something asks for a person's number and PIN on the spot (`office.pair`, `spool.resolve`).
"""
