"""A whole chain on one machine: thousands of light nodes speak the real protocol to a real HQ process.

A light node keeps its log in memory and counts reference rows instead of keeping them; the machines of both
directions, the requests, the signatures and the line are those of a store.
"""
