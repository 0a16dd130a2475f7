"""The signed links of a deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.notifier.case_links import KEY, case_links, case_tokens
from tests.builders import an_alert_step

LONG = "0123456789abcdef"


def test_links_need_a_key_and_an_address() -> None:
    here = Settings(interactions_address="https://vitals.example")
    assert case_links(here, {}) is None
    assert case_links(Settings(), {KEY: LONG}) is None
    links = case_links(here, {KEY: LONG})
    assert links is not None
    assert links.link(an_alert_step()).startswith("https://vitals.example/cases/")


def test_the_key_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{LONG}\n")
    assert case_tokens({f"{KEY}_FILE": str(tmp_path / "key")}) is not None


@pytest.mark.parametrize(
    ("settings", "key", "text"),
    [
        (Settings(interactions_address="vitals.example"), LONG, "VITALS_INTERACTIONS_ADDRESS is not a web address"),
        (Settings(), "secret", "VITALS_SECRET_LINKS is too short"),
    ],
)
def test_a_mistake_names_the_variable_and_never_the_key(settings: Settings, key: str, text: str) -> None:
    with pytest.raises(UserError, match=text) as caught:
        case_links(settings, {KEY: key})
    assert key not in str(caught.value).replace("VITALS_SECRET", "")
