"""Subscriptions of Stripe and their MRR, worked by hand: the cases that the tests hold, and the table of
`docs/connect/stripe-mrr.md`. Run as a module it writes that table.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from streams.gateway.vendors.stripe.money import Rates
from tests.support.gateway.stripe_objects import Object, coupon, item, plan, price, subscription, tiered

PAGE = Path(__file__).parents[3] / "docs" / "connect" / "stripe-mrr.md"
BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"
RATES = Rates("usd", {"eur": 1.08, "jpy": 0.0067, "kwd": 3.25, "isk": 0.0072})


class Case(NamedTuple):
    """A subscription, and its MRR: a fraction of the currency's unit, or the code of the reason why it is not known."""

    group: str
    name: str
    working: str
    expected: Fraction | str
    subscription: Object


def _case(group: str, name: str, working: str, expected: object, *items: Object, **fields: Any) -> Case:
    value = expected if isinstance(expected, str) and expected[0].isalpha() else Fraction(str(expected))
    return Case(group, name, working, value, subscription(*items, **fields))


_GRADUATED = ((5, 700, None), (None, 500, 1000))
_VOLUME = ((5, 700, None), (10, 600, 2000), (None, 500, None))
_CASES_OF_INTERVALS = (
    _case("Intervals", "monthly", "10", 10),
    _case("Intervals", "yearly", "1,200 ÷ 12", 100, item(price(120_000, "year"))),
    _case("Intervals", "every 3 months", "30 ÷ 3", 10, item(price(3_000, "month", 3))),
    _case("Intervals", "every 2 years", "2,400 ÷ 24", 100, item(price(240_000, "year", 2))),
    _case("Intervals", "every 3 years", "3,600 ÷ 36", 100, item(price(360_000, "year", 3))),
    _case("Intervals", "weekly", "8.40 × 365 ÷ 84", "36.5", item(price(840, "week"))),
    _case("Intervals", "every 2 weeks", "16.80 × 365 ÷ 84 ÷ 2", "36.5", item(price(1_680, "week", 2))),
    _case("Intervals", "daily", "1.20 × 365 ÷ 12", "36.5", item(price(120, "day"))),
    _case("Intervals", "every 30 days", "12 × 365 ÷ 12 ÷ 30", Fraction(73, 6), item(price(1_200, "day", 30))),
    _case("Intervals", "an interval that is new", "", "bad_interval", item(price(1_000, "quarter"))),
)
_CASES_OF_QUANTITIES = (
    _case("Quantities", "7 seats", "10 × 7", 70, item(quantity=7)),
    _case("Quantities", "quantity null", "10 × 1", 10, item(quantity=None)),
    _case("Quantities", "quantity 0", "10 × 0", 0, item(quantity=0)),
    _case("Quantities", "quantity −1", "", "bad_quantity", item(quantity=-1)),
    _case(
        "Quantities",
        "packages of 10, rounded up",
        "23 ▸ 3 packages × 10",
        30,
        item(price(transform_quantity={"divide_by": 10, "round": "up"}), 23),
    ),
    _case(
        "Quantities",
        "packages of 10, rounded down",
        "23 ▸ 2 packages × 10",
        20,
        item(price(transform_quantity={"divide_by": 10, "round": "down"}), 23),
    ),
    _case("Quantities", "two items", "10 × 3 + 120 ÷ 12", 40, item(quantity=3), item(price(12_000, "year"))),
)
_CASES_OF_PRICES = (
    _case("Prices", "half a cent a unit", "0.005 × 1,000", 5, item(price(None, decimal="0.5"), 1000)),
    _case("Prices", "only `unit_amount`", "10", 10, item(price(1000, decimal=None))),
    _case("Prices", "graduated", "7 × 5 + 5 × 3 + 10 flat", 60, item(tiered("graduated", *_GRADUATED), 8)),
    _case("Prices", "graduated, at the bound", "7 × 5", 35, item(tiered("graduated", *_GRADUATED), 5)),
    _case("Prices", "volume", "6 × 8 + 20 flat", 68, item(tiered("volume", *_VOLUME), 8)),
    _case("Prices", "volume, last tier", "5 × 11", 55, item(tiered("volume", *_VOLUME), 11)),
    _case("Prices", "tiers that the event does not hold", "", "tiers_missing", item(tiered("volume"), 8)),
    _case("Prices", "beyond the last tier", "", "bad_price", item(tiered("volume", (5, 700, None)), 8)),
    _case(
        "Prices",
        "quantity 0, with a flat fee in the first tier",
        "",
        "bad_quantity",
        item(tiered("graduated", (None, 0, 500)), 0),
    ),
    _case("Prices", "metered", "metered items are no MRR", 0, item(price(usage="metered"), None)),
    _case("Prices", "metered beside licensed", "10", 10, item(), item(price(5, usage="metered"), None)),
    _case(
        "Prices",
        "a one-off price among the items",
        "10",
        10,
        item(),
        item({"id": "p", "type": "one_time", "recurring": None, "currency": "usd", "unit_amount": 5000}),
    ),
    _case("Prices", "no amount", "", "no_amount", item(price(None))),
    _case("Prices", "free", "0", 0, item(price(0))),
)
_CASES_OF_DISCOUNTS = (
    _case("Coupons", "50 % for ever, `discount`", "10 × 50 %", 5, discount=coupon(percent_off=50)),
    _case("Coupons", "50 % for ever, `discounts`", "10 × 50 %", 5, discounts=[coupon(percent_off=50)]),
    _case(
        "Coupons",
        "both fields, the same discount",
        "10 × 50 %",
        5,
        discount=coupon(percent_off=50),
        discounts=["di_1"],
    ),
    _case(
        "Coupons",
        "`source.coupon`, from 2025-09-30.clover on",
        "10 × 75 %",
        "7.5",
        discounts=[{"id": "di_1", "source": {"type": "coupon", "coupon": {"duration": "forever", "percent_off": 25}}}],
    ),
    _case("Coupons", "3 off for ever", "10 − 3", 7, discount=coupon(amount_off=300, currency="usd")),
    _case(
        "Coupons",
        "120 off each yearly invoice",
        "(1,200 − 120) ÷ 12",
        90,
        item(price(120_000, "year")),
        discount=coupon(amount_off=12_000, currency="usd"),
    ),
    _case("Coupons", "more off than it costs", "never below 0", 0, discount=coupon(amount_off=5000, currency="usd")),
    _case(
        "Coupons",
        "an amount in another currency",
        "(10 − 2) EUR × 1.08",
        "8.64",
        item(price(currency="eur")),
        currency="eur",
        discount=coupon(amount_off=250, currency="usd", currency_options={"eur": {"amount_off": 200}}),
    ),
    _case(
        "Coupons",
        "an amount in another currency only",
        "",
        "other_currency",
        item(price(currency="eur")),
        currency="eur",
        discount=coupon(amount_off=250, currency="usd"),
    ),
    _case("Coupons", "for 3 months", "ends, so it does not count", 10, discount=coupon("repeating", percent_off=50)),
    _case("Coupons", "once", "ends, so it does not count", 10, discount=coupon("once", percent_off=50)),
    _case(
        "Coupons",
        "of one item",
        "10 × 50 % + 10",
        15,
        item(discounts=[coupon(percent_off=50)]),
        item(),
    ),
    _case(
        "Coupons",
        "of one product",
        "10 × 50 % + 10",
        15,
        item(),
        item(price(product="prod_2")),
        discount=coupon(percent_off=50, applies_to={"products": ["prod_2"]}),
    ),
    _case(
        "Coupons",
        "two, one after the other",
        "10 × 50 % − 2",
        3,
        discounts=[coupon(percent_off=50) | {"id": "di_a"}, coupon(amount_off=200, currency="usd") | {"id": "di_b"}],
    ),
    _case("Coupons", "named by its id only", "", "discount_not_expanded", discounts=["di_1"]),
    _case(
        "Coupons",
        "an amount off items of different intervals",
        "",
        "bad_discount",
        item(),
        item(price(12_000, "year")),
        discount=coupon(amount_off=300, currency="usd"),
    ),
)
_PAUSED = {"behavior": "void", "resumes_at": None}
_CASES_OF_STATES = (
    _case("States", "past due", "counts until it is given up", 10, status="past_due"),
    _case("States", "on trial", "no MRR", 0, status="trialing"),
    _case("States", "incomplete: the first payment is missing", "no MRR", 0, status="incomplete"),
    _case("States", "incomplete, expired", "no MRR", 0, status="incomplete_expired"),
    _case("States", "unpaid: all retries failed", "no MRR", 0, status="unpaid"),
    _case("States", "canceled", "no MRR", 0, status="canceled"),
    _case("States", "paused", "no MRR", 0, status="paused"),
    _case("States", "collection paused, still active", "10", 10, pause_collection=_PAUSED),
    _case("States", "ends with its period", "10 until then", 10, cancel_at_period_end=True, cancel_at=1_800_000_000),
    _case("States", "a state that is new", "", "bad_status", status="dormant"),
    _case(
        "States",
        "a change in the middle of a month",
        "20: a proration is an item of an invoice, not of the subscription",
        20,
        item(price(2000)),
        pending_invoice_item_interval=None,
    ),
)
_CASES_OF_CURRENCIES = (
    _case(
        "Currencies",
        "yen: no minor unit",
        "5,000 JPY × 0.0067",
        "33.5",
        item(price(5000, currency="jpy")),
        currency="jpy",
    ),
    _case(
        "Currencies",
        "dinar: three decimals",
        "10 KWD × 3.25",
        "32.5",
        item(price(10_000, currency="kwd")),
        currency="kwd",
    ),
    _case(
        "Currencies",
        "króna: two in Stripe",
        "5,000 ISK × 0.0072",
        36,
        item(price(500_000, currency="isk")),
        currency="isk",
    ),
    _case("Currencies", "euro", "10 EUR × 1.08", "10.8", item(price(currency="eur")), currency="eur"),
    _case("Currencies", "no rate", "", "no_rate", item(price(currency="gbp")), currency="gbp"),
    _case(
        "Currencies",
        "a price of several currencies",
        "9 EUR × 1.08",
        "9.72",
        item(price(currency_options={"eur": {"unit_amount": 900, "unit_amount_decimal": "900"}})),
        currency="eur",
    ),
    _case("Currencies", "the same, without its options", "", "other_currency", currency="eur"),
)
_CASES_OF_VERSIONS = (
    _case("Versions", "`plan` in the items", "10 × 2", 20, {"id": "si_1", "plan": plan(), "quantity": 2}),
    Case(
        "Versions",
        "no items: `plan` and `quantity` of the subscription",
        "10 × 3",
        Fraction(30),
        {"id": "sub_1", "status": "active", "plan": plan(), "quantity": 3},
    ),
    _case(
        "Versions",
        "2025-03-31.basil: the period is the item's",
        "10",
        10,
        item(current_period_start=1_772_000_000, current_period_end=1_774_600_000),
    ),
    _case("Versions", "`price` and an old `plan` that differ", "the price counts", 10, item(plan=plan(9900))),
    _case("Versions", "a price that is only named", "", "price_missing", {"id": "si_1", "price": "price_1"}),
    _case(
        "Versions",
        "more items than the event holds",
        "",
        "items_cut_off",
        items={"object": "list", "data": [item()], "has_more": True},
    ),
    _case("Versions", "neither items nor a plan", "", "items_missing", items=None),
)
CASES = (
    *_CASES_OF_INTERVALS,
    *_CASES_OF_QUANTITIES,
    *_CASES_OF_PRICES,
    *_CASES_OF_DISCOUNTS,
    *_CASES_OF_STATES,
    *_CASES_OF_CURRENCIES,
    *_CASES_OF_VERSIONS,
)


def table() -> str:
    """The cases as tables of Markdown, one for each group."""
    lines: list[str] = []
    for group in dict.fromkeys(case.group for case in CASES):
        lines += ["", f"### {group}", "", "| case | worked | MRR |", "|---|---|---|"]
        for case in CASES:
            if case.group == group:
                result = (
                    f"refused: `{case.expected}`" if isinstance(case.expected, str) else f"{float(case.expected):,.2f}"
                )
                lines.append(f"| {case.name} | {case.working} | {result} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the tables in their place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
