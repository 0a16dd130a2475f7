"""Servers on loopback that stand for the products that sinks write to, with every failure that they have."""
