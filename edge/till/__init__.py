"""The till: one open basket a terminal, kept on the node so that browser, node and power may fail.

Nouns: basket (open, held, done, aborted), line, red row (a line that blocks tender), tender. Tables: basket.
Rights: till.* in docs/permissions.md.
"""
