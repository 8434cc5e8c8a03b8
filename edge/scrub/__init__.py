"""The scrub: every night the node proves that its disk still says what was sold, and mends what can be proven.

Nouns: finding (one thing on the disk that is not true any more), report (what a scrub looked at and found), truth (a
body and its link whose hashes prove them). Reads in pieces on a read-only connection, so that a sale never waits; what
is damaged is rebuilt from the bodies, and bodies come from HQ only when their SHA-256 and the chain agree. Tables: its
last report stands in `meta`. By hand: `lianpu-edge scrub` (docs/scrub.md).
"""
