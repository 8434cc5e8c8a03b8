"""A seeded world in virtual time: real nodes and a real HQ on a network, disks and clocks that misbehave."""
