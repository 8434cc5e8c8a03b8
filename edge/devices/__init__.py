"""The devices of this store's terminals: built from HQ's profiles, each with one owner thread.

Nouns: profile (what HQ says about a device of a terminal), owner (device + thread), station (the devices that
hang on one printer). A profile that cannot be built is a problem with words, never a node that does not start.
"""
