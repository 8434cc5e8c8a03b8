"""Live chaos: real processes on real sockets, broken on purpose; and a store that was offline for ninety days."""
