"""The page about Stripe: its file is a source, its table is what the reader does, its reasons are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.gateway import fetching
from streams.gateway.sources.loader import load_sources
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.stripe import completion, discounts, money, mrr, prices
from streams.gateway.vendors.stripe.reader import HANDLERS

CONNECT = Path(__file__).parents[2] / "docs" / "connect"
PAGE = (CONNECT / "stripe.md").read_text("utf-8")
MRR_PAGE = (CONNECT / "stripe-mrr.md").read_text("utf-8")
COMMON = {"insecure", "keys", "answer_within"}
"""Keys that the overview of sources explains."""


def test_the_file_is_one_source_with_a_key_and_rates() -> None:
    (block,) = re.findall(r"(?ms)^```toml\n(.*?)^```", PAGE)
    (source,) = load_sources(block).values()
    assert isinstance(source, StripeSource)
    assert (source.api_key, source.rates) == ("VITALS_SECRET_STRIPE_KEY", {"eur": 1.08, "gbp": 1.27})
    assert {f"export {name}=" in PAGE for name in (*source.secrets, source.api_key)} == {True}


def test_every_key_of_the_source_is_explained() -> None:
    rows = {key for row in re.findall(r"(?m)^\| (`[^|]+) \|", PAGE) for key in re.findall(r"`(\w+)`", row)}
    assert set(StripeSource.__struct_fields__) - COMMON - rows == set()


def test_every_type_that_is_read_is_in_the_table() -> None:
    table = PAGE.split("## What it gives the score")[1].split("\n## ")[0]
    named = {kind for row in re.findall(r"(?m)^\| (`[^|]+) \|", table) for kind in re.findall(r"`([\w.]+)`", row)}
    thin_only = {kind for kind in HANDLERS if kind.startswith("customer.subscription.") and kind not in named}
    assert named <= HANDLERS.keys()
    assert HANDLERS.keys() - named == thin_only
    assert {"customer.subscription.past_due", "customer.subscription.item_added"} <= thin_only


def test_every_type_that_is_to_be_chosen_is_read() -> None:
    chosen = PAGE.split("Choose these")[1].split("3. ")[0]
    kinds = set(re.findall(r"`([\w.]+)`", chosen))
    assert len(kinds) > 10
    assert kinds <= HANDLERS.keys()


def _codes(*modules: object) -> set[str]:
    source = "".join(Path(str(module.__file__)).read_text("utf-8") for module in modules)  # type: ignore[attr-defined]
    return set(re.findall(r'(?:Refusal|FetchRefused)\(\s*"(\w+)"', source))


def test_every_reason_why_an_mrr_is_not_known_is_explained() -> None:
    table = MRR_PAGE.split("## Reasons")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"api_key", "rates"} == _codes(discounts, money, mrr, prices)
    assert _codes(discounts, money, mrr, prices) >= completion.COMPLETABLE


@pytest.mark.parametrize("reason", ["api_key_refused", "api_key_forbidden", "not_found"])
def test_every_answer_that_a_person_can_mend_is_explained(reason: str) -> None:
    assert f"`{reason}`" in PAGE
    assert reason in _codes(fetching)
