"""Returns against a receipt of this store: whole or part, never more than sold, offline too. Tables: document*."""
