"""Ablations: the real code is broken on purpose, one small mistake at a time, and the simulation must notice.

A fault is an `Edit` of a function's source, as a developer's slip would be: `planted(right, wrong)` stands where the
slip is, gives the wrong value, and counts how often that was not the right one. A fault that never made a difference
has proved nothing and is reported as not reached.
"""
