"""Plumbing that the store node and HQ share: small, dull and without an opinion about retail."""
