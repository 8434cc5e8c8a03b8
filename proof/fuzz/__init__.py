"""Hostile bytes for everything that reads what others wrote: `python -m proof.fuzz --target batch --seconds 60`.

A target is a function of bytes that raises when our code breaks a promise. `engine` drives it: coverage-guided with
atheris where that is installed, else with a seeded mutator of our own. `paper` judges what leaves for a printer.
"""
