"""Shifts: one drawer a terminal, a float, cash in and out, a blind count, the X and the Z.

The business date is fixed when a shift opens and never goes back on a terminal. Tables: shift, cash_move.
"""
