"""The store node: drives the shop's hardware, keeps selling without a network, tells HQ everything once."""
