"""Proofs that stand outside the system they judge: the verifier, the oracle, the simulator, the figures."""
