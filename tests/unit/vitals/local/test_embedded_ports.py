"""Ports for several servers that start one after the other."""

from __future__ import annotations

from vitals.local.embedded import free_port


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(2_000)]
    assert len(set(ports)) == len(ports)
