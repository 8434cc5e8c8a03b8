"""Crashes at named points of the real node, for the selfcheck and the crash tests."""
