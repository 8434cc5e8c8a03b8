"""A dead PC of a store is rebuilt on a new one: from HQ, and from the mirror what HQ never got (C6, BK-07, N4).

The new PC is enrolled like any other and has its own key, incarnation and number series from then on. Then it asks HQ
which lives the node has had, lets the uplink fetch them, takes from the mirror what is still missing, lets the uplink
send that, and says per terminal what came back, from where, and which receipts are missing.
"""
