"""Who may do what at a till: sign-in by number and PIN (offline), approval on the spot, lock and switch.

Nouns: staff (HQ's row), credential (the PIN's verifier, wrapped with this device's secret), throttle (wrong
tries), sign-in (who is at a terminal). A PIN never leaves this node and is set by its owner at first sign-in.
Tables: credential, throttle, sign_in.
"""
