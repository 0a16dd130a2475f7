"""How the requests of a source are signed. Pure."""

from __future__ import annotations

from streams.gateway.signatures import hubspot
from streams.gateway.signatures.hmac_sha256 import SCHEME, hmac_sha256
from streams.gateway.signatures.table import SCHEMES, Scheme
from streams.gateway.sources.schema import GenericSource, HubSpotSource, Source


def scheme_of(source: Source, of_vendor: str) -> Scheme | None:
    """The scheme of a source, None if its requests are not signed. `of_vendor` is the name of its vendor's scheme.

    A generic source names its own: that of a vendor, or `hmac-sha256` with a header. HubSpot signs the address, too,
    where the source has one.

    Raises:
        KeyError: when there is no such scheme; the loader refuses such a source.
    """
    name = source.scheme if isinstance(source, GenericSource) else of_vendor
    if name == SCHEME and isinstance(source, GenericSource):
        return hmac_sha256(source.header)
    if isinstance(source, HubSpotSource) and source.address:
        return hubspot.check_at(source.address)
    return SCHEMES[name] if name else None
