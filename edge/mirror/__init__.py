"""The mirror: every committed event once more, on a stick, a card or another PC of the store (FAULTS BK-07, N4, ES-12).

After a commit, and never before its answer, a thread copies links and sealed bodies out of the journal to a place:
a `folder`, or `remote`ly the folder of the process `lianpu-edge mirror`. When it finds the place again it compares:
a place that is ahead means that this disk has lost commits, and `recover` brings them back before anything is copied.

Bodies are sealed with a key that HQ gives to every device of this node, for the dead one too (docs/adr/0014); links
are open, so the receiving process can prove the chain without being able to read a sale.
"""
