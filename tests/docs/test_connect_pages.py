"""What the pages on connecting say to write: files of sources, and the bodies to try them with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.gateway.sending.fixture_file import Fixture
from streams.gateway.sending.signed import signed
from streams.gateway.sources.loader import kind_of, load_sources
from streams.gateway.vendors.table import VENDORS
from tests.support.gateway.requests import a_request

CONNECT = Path(__file__).parents[2] / "docs" / "connect"
PAGES = sorted(page.name for page in CONNECT.glob("*.md"))
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TRIED = re.compile(r"^echo '(.*)' > (\S+)\nvitals gateway send (\S+) --source (\S+)$", re.MULTILINE)


def files(page: str) -> list[str]:
    """The files of sources on a page."""
    return [block for block in _TOML.findall((CONNECT / page).read_text("utf-8")) if "[sources." in block]


@pytest.mark.parametrize("page", PAGES)
def test_the_sources_of_a_page_can_be_used(page: str) -> None:
    for text in files(page):
        assert load_sources(text)


@pytest.mark.parametrize("page", ["standard-webhooks.md", "cloudevents.md", "generic.md"])
def test_the_body_that_a_page_says_to_send_is_an_event(page: str) -> None:
    (text,) = files(page)
    ((body, written, sent, name),) = _TRIED.findall((CONNECT / page).read_text("utf-8"))
    assert written == sent
    source = load_sources(text)[name]
    unsigned = load_sources(re.sub(r"(?m)^(secrets|keys) = .*$", "insecure = true", text, count=1))[name]
    headers = signed(Fixture(written, body.encode(), {}), unsigned, {}, 0.0)
    reading = VENDORS[kind_of(source)].read(a_request(source, body.encode(), headers=headers))
    assert (len(reading.events), reading.refused) == (1, [])
