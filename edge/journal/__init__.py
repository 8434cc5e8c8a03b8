"""The journal: one append-only, hash-chained, signed log per incarnation, and the one function that writes it.

Nouns: body (the fact, written once), link (its place in a chain), incarnation (one life of this node's disk),
witness (the newest head, kept outside the database). Tables: inc, body, link, head_signature, posting, balance,
numbering, audit, answer. Everything that a person was told is done went through `actions.Journal.changing`.
"""
