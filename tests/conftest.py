"""Settings of the whole suite."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time: a failure on the build server is a failure here.
settings.register_profile("lianpu", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("lianpu")
