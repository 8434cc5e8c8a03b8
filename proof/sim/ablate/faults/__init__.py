"""The planted faults, by area."""
