"""Property tests that say the same every time and have no deadline on a shared machine."""

from hypothesis import settings

settings.register_profile("lianpu", deadline=None, derandomize=True)
settings.load_profile("lianpu")
