"""Stock of this store: plain goods-in and write-off with a reason; on hand is the sum of postings, never a value."""
