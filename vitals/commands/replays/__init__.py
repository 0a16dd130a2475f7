"""The parts of `vitals replay`: the instants, the answers, and the comparison of two models."""
