"""Which scheme a source's requests are signed by."""

from __future__ import annotations

import pytest

from streams.gateway.signatures import hubspot, standard_webhooks
from streams.gateway.signatures.choice import scheme_of
from streams.gateway.sources.schema import GenericSource, HubSpotSource, Mapping, StandardWebhooksSource, VitalsSource

MAP = Mapping(name="deal_won", id="/id")


def test_a_source_is_signed_as_its_vendor_does() -> None:
    assert scheme_of(StandardWebhooksSource(), standard_webhooks.SCHEME) is standard_webhooks.check
    assert scheme_of(VitalsSource(), "") is None


def test_hubspot_signs_the_address_of_a_source_that_has_one() -> None:
    assert scheme_of(HubSpotSource(), hubspot.SCHEME) is hubspot.check
    with_address = scheme_of(HubSpotSource(address="https://vitals.example.com/in/crm"), hubspot.SCHEME)
    assert with_address is not None
    with pytest.raises(ValueError, match="X-HubSpot-Signature-v3"):
        with_address(b"[]", {}, [], 0.0, 0.0)


def test_a_generic_source_says_itself_how_it_is_signed() -> None:
    assert scheme_of(GenericSource(map=MAP), "") is None
    assert scheme_of(GenericSource(map=MAP, scheme="standard-webhooks"), "") is standard_webhooks.check
    with_header = scheme_of(GenericSource(map=MAP, scheme="hmac-sha256", header="X-Signature"), "")
    assert with_header is not None
    with pytest.raises(ValueError, match="X-Signature"):
        with_header(b"{}", {}, [], 0.0, 0.0)
