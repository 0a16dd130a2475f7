"""Every kind of source that the gateway takes, by the kind's tag in `gateway.toml`."""

from __future__ import annotations

from streams.gateway.reading import Vendor

VENDORS: dict[str, Vendor] = {}
