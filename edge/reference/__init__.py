"""What HQ published, as this store reads it: store over zone over chain, cached until sync brings something new.

Tables (reference.sqlite): scope, row, and the projections product, barcode, price. No transaction writes both
databases; the rows are HQ's, the node never edits them.
"""
