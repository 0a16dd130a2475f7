"""The pages on models: what they print is what the models do, and what they say to write can be loaded."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from scoring.explain.explanation import contributions_of, drivers_of, explain
from scoring.explain.priority import at_risk
from scoring.explain.snapshot import component_scores
from scoring.fold.cohort import Cohort
from scoring.model import property_sets, schema
from scoring.model.event_names import names
from scoring.model.event_sets import EventSets, shipped
from scoring.model.loader import PRESETS, load_model, load_preset
from scoring.model.model import Model
from scoring.model.schema.signals import Filtered
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of
from scoring.state.account import Account
from tests.builders import Sent, a_model, an_exception, at_ms, model_text, subscription, ticket, usage
from tests.support.explained import snapshot_at
from tests.support.presets import norm_of

PAGES = Path(__file__).parents[2] / "docs" / "models"
NOW = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Row = dict[str, str]


# --- reading a page


@cache
def sections(page: str) -> dict[str, str]:
    """The text under each heading of a page, down to the next heading of any depth."""
    found = re.split(r"(?m)^#+ (.+)$", (PAGES / f"{page}.md").read_text("utf-8"))
    return {heading.strip("`[]"): text for heading, text in zip(found[1::2], found[2::2], strict=True)}


def tables(text: str) -> list[list[Row]]:
    """The tables of a text; a row is its cells by the head of their column, without the marks of code."""
    found = []
    for block in re.findall(r"(?m)(?:^\|.*\n)+", text):
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]])
    return found


def code(cell: str) -> list[str]:
    """What a cell has in code marks: «`a`, `b`» is a and b."""
    return re.findall(r"`([^`]+)`", cell)


def number(cell: str) -> float:
    return float(cell.replace(",", "").replace("−", "-").split()[0])


def snippets(text: str) -> list[dict[str, Any]]:
    """The TOML that a text says to write."""
    return [tomllib.loads(block) for block in re.findall(r"(?s)```toml\n(.*?)```", text)]


def preset_text(name: str) -> str:
    return (resources.files("scoring.model") / "presets" / f"{name}.toml").read_text("utf-8")


def overlaid(text: str, snippet: dict[str, Any]) -> Model:
    """The model of a text with the tables of a snippet merged into its own; lists are replaced."""
    merged = _merged(tomllib.loads(text), snippet)
    sections = ("sources", "standings", "profiles", "floors", "flags", "signs")
    others: dict[str, Any] = {section: merged[section] for section in sections if section in merged}
    parts = (merged["model"], merged["signals"], merged["components"], merged.get("tiers"), others)
    return load_model(model_text(*parts, merged.get("events"), merged.get("properties")))


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(one.get(key), dict)
        merged[key] = _merged(one[key], value) if both else value
    return merged


# --- accounts for the examples


def judged(preset: str, events: Iterable[tuple[Sent, int]]) -> Cohort:
    """Accounts that saw each event so many times, judged now."""
    cohort = Cohort(Plan(load_preset(preset)))
    for sent, times in sorted(events, key=lambda each: int(each[0].body["timestamp"])):
        event = cohort.plan.decoder.decode(sent.topic, sent.value, 0, NOW)
        for _ in range(times):
            cohort.apply(event)
    cohort.advance(NOW)
    return cohort


def once(*events: Sent) -> list[tuple[Sent, int]]:
    return [(sent, 1) for sent in events]


def days_ago(days: float) -> int:
    return NOW - round(days * DAY)


def used_daily(days: int) -> list[tuple[Sent, int]]:
    """Five events by each of four people on each of so many days, today's among them."""
    people = ("ann", "bob", "cleo", "dan")
    return [(usage(at=days_ago(day), user_id=user), 5) for day in range(days) for user in people]


SUBSCRIBED: dict[str, Any] = {"event": "subscription_started", "mrr": 500, "plan": "scale", "seats": 10}
GROWN_UP = [
    *once(subscription(at=days_ago(300), **SUBSCRIBED)),
    *used_daily(300),
    (an_exception(at=days_ago(2)), 3),
    *once(
        ticket(at=days_ago(5), ticket_id="a", severity="high"),
        *(ticket(at=days_ago(6), ticket_id=each) for each in ("b", "c")),
        *(ticket(at=days_ago(4), event="ticket_resolved", ticket_id=each, csat=4) for each in ("b", "c")),
    ),
]
NEW = [
    *once(subscription(at=days_ago(40), **SUBSCRIBED)),
    *once(*(usage(at=days_ago(25), event=name) for name in ("signed_up", "setup_completed", "member_invited"))),
    *used_daily(25),
]
CUSTOMER = once(
    subscription(at=days_ago(730), **SUBSCRIBED),
    usage(at=days_ago(725), event="onboarding_kickoff"),
    usage(at=days_ago(680), event="onboarding_completed"),
    *(usage(at=days_ago(days)) for days in range(1, 10)),
    usage(at=days_ago(45), event="health_check"),
    usage(at=days_ago(120), event="qbr"),
)
ALL_EIGHT = CUSTOMER + once(
    usage(at=days_ago(5), event="churn_predicted", churn_probability=0.2),
    usage(at=days_ago(300), event="insider_joined", insider=1),
    usage(at=days_ago(20), event="insider_call"),
    usage(at=days_ago(48), event="opportunity_opened", opportunity_id="o1"),
)
FIRST_90_DAYS, THREE_MISSING = "Worked example, the first 90 days", "Worked example, three missing"


# --- the presets' pages


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_names_every_component_and_its_weight(preset: str) -> None:
    rows = tables(sections(preset)["Components"])[0]
    printed = {name: number(row["weight"]) for row in rows for name in code(row["component"])}
    own = {name: component.weight for name, component in load_preset(preset).components.items()}
    parts = {name for name, weight in own.items() if name not in printed and weight == 0}
    assert printed == {name: weight for name, weight in own.items() if name not in parts}
    assert {name for name in parts if f"`{name}`" not in sections(preset)["Components"]} == set()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_has_the_tiers_of_its_model(preset: str) -> None:
    rows = tables(sections(preset)["Tiers"])[0]
    tiers = load_preset(preset).tiers
    assert [(row["tier"], number(row["from"])) for row in rows] == [(tier.name, tier.lower) for tier in tiers]
    uppers = [number(row["to below"].replace(", inclusive", "")) for row in rows]
    assert uppers == [*(tier.lower for tier in tiers[1:]), 100]


@pytest.mark.parametrize(
    ("preset", "heading", "events"),
    [
        ("default", "Worked example", GROWN_UP),
        ("default", FIRST_90_DAYS, NEW),
        ("eight-components", "Worked example", ALL_EIGHT),
        ("eight-components", THREE_MISSING, CUSTOMER),
    ],
)
def test_a_worked_example_is_what_the_model_makes_of_such_events(
    preset: str, heading: str, events: list[tuple[Sent, int]]
) -> None:
    cohort = judged(preset, events)
    live, account = cohort.plan.primary, cohort.accounts["acme"]
    taken = live.score(account, {})
    score = snapshot_at(cohort.plan, account)
    assert score.score is not None
    assert taken is not None
    weights = dict(zip(live.model.components, taken.weights.weights, strict=True))
    *rows, last = tables(sections(preset)[heading])[0]
    by_name = {each.component: each for each in explain(cohort.plan, score).contributions}
    assert {name for name, weight in weights.items() if weight} == {code(row["component"])[0] for row in rows}
    for row in rows:
        said = by_name[code(row["component"])[0]]
        assert row["judgement"] == ("none" if said.judgement is None else f"{round(said.judgement, 2):g}")
        assert number(row["points"]) == round(said.points, 2)
        assert number(row["weight"]) == weights[said.component]
    assert (last["component"], number(last["points"])) == (f"score: {score.tier}", round(score.score, 2))


def test_the_first_90_days_have_the_weights_and_the_milestones_that_the_page_prints() -> None:
    model = load_preset("default")
    weights, milestones = tables(sections("default")["The first 90 days"])
    printed = {code(row["component"])[0]: number(row["weight"]) for row in weights}
    assert printed == dict(model.profiles["onboarding"].weights)
    signal = model.as_written["onboarding"]
    assert isinstance(signal, schema.Reached)
    assert [
        (row["milestone"], code(row["events"]), number(row["due on day"]), number(row["weight"])) for row in milestones
    ] == [(step.name, list(step.events), float((step.due or "0d")[:-1]), step.weight) for step in signal.steps]


def test_the_worked_example_of_four_inputs_is_what_its_judgements_make() -> None:
    plan = Plan(load_preset("four-inputs"))
    *rows, last = tables(sections("four-inputs")["Worked example"])[0]
    score = plan.primary.score_from([number(row["judgement"]) for row in rows], {"days_since_usage": 0})
    assert score is not None
    facts = facts_of(plan.primary, Account(plan.sizes, NOW), {})
    said = contributions_of(plan.primary, facts, component_scores(plan.primary, score), "")
    assert [code(row["component"])[0] for row in rows] == [each.component for each in said]
    assert [number(row["points"]) for row in rows] == pytest.approx([each.points for each in said])
    assert [number(row["lost"]) for row in rows] == pytest.approx([each.possible - each.points for each in said])
    assert number(last["points"]) == pytest.approx(score.value)
    assert last["component"] == f"score: {plan.primary.tier_names[score.tier]}"
    assert drivers_of(said)[0].component == "trend"


def test_the_worked_example_of_evidence_is_what_its_judgements_make() -> None:
    """Judgements and evidence are signals here, so that the score is that of the printed table."""
    rows = tables(sections("README")["The score"])[0]
    parts, constant, total = {code(row[""])[0]: row for row in rows[:-2]}, rows[-2], rows[-1]
    assert constant[""] == "constant"
    weights = {"usage": 25, "support": 20}
    assert set(parts) == set(weights)
    signals = {f"{name}_{what}": {"kind": "last", "property": "x"} for name in parts for what in ("judgement", "known")}
    components = {
        name: {
            "shape": "linear",
            "signal": f"{name}_judgement",
            "points": [[0, 0], [100, 100]],
            "weight": weight,
            "evidence": [{"signal": f"{name}_known", "from": 0, "to": 1}],
        }
        for name, weight in weights.items()
    }
    header: dict[str, Any] = {
        "neutral": number(constant["judgement"]),
        "neutral_weight": number(constant["E"]),
        "emphasis": 2,
    }
    for known_by, coverage in (((), 0.56), (("usage",), 0.8)):
        plan = Plan(a_model(signals, components, known_by=known_by, **header)).primary
        facts = {f"{name}_known": number(row["evidence"]) for name, row in parts.items()}
        score = plan.score_from([number(parts[name]["judgement"]) for name in weights], facts)
        assert score is not None
        assert score.value == pytest.approx(number(total["E × judgement"]) / number(total["E"]))
        assert round(score.value, 2) == 51.04
        assert round(score.coverage, 2) == coverage
        points = plan.points(score)
        assert [round(points[name], 3) for name in ("usage", "support", "neutral")] == [26.667, 10.0, 14.375]
        assert sum(points.values()) == pytest.approx(score.value)


def test_the_worked_example_of_usage_trend_friction_is_what_its_five_accounts_get() -> None:
    rows = tables(sections("usage-trend-friction")["Worked example"])[0]
    events: list[tuple[Sent, int]] = []
    for row in rows:
        account, total, trend = row["account"], int(number(row["events of 30 days"])), int(number(row["trend"]))
        last = (total + trend) // 2
        events += [(usage(account, days_ago(20)), total - last), (usage(account, days_ago(3)), last)]
        events += [(an_exception(account, days_ago(2)), int(number(row["errors"])))]
    cohort = judged("usage-trend-friction", events)
    for row in rows:
        score = snapshot_at(cohort.plan, cohort.accounts[row["account"]], cohort.norm())
        assert score.score is not None
        points = [round(each.points, 1) for each in score.components.values()]
        assert points == [number(row["usage"]), number(row["trend points"]), number(row["friction"])]
        assert (round(score.score, 1), score.tier) == (number(row["score"]), row["tier"])


def book_events(row: Row) -> list[tuple[Sent, int]]:
    """What makes an account of the health index's book: its numbers, each at a day that falls into their window."""
    account = row["account"]
    total, last, prior = (int(number(row[head])) for head in ("events of 30 days", "14 days", "14 before"))
    events = [
        (subscription(account, days_ago(200), mrr=number(row["MRR"])), 1),
        (usage(account, days_ago(3)), last),
        (usage(account, days_ago(20)), prior),
        (usage(account, days_ago(29)), total - last - prior),
        (usage(account, days_ago(100)), int(number(row["best"])) if total < number(row["best"]) else 0),
        (subscription(account, days_ago(1), event="payment_failed"), int(number(row["failed payments"]))),
    ]
    if total == 0:
        events.append((usage(account, days_ago(31)), 1))
    if row["tickets open"] != "–":
        for item, severity in enumerate(row["tickets open"].split(", ")):
            events.append((ticket(account, days_ago(2), ticket_id=f"t{item}", severity=severity), 1))
    for head, name in (("CSAT", "csat"), ("NPS", "nps")):
        if row[head] != "–":
            events.append((ticket(account, days_ago(1), event="survey_answered", **{name: number(row[head])}), 1))
    return events


def test_the_book_of_the_health_index_has_the_scores_tiers_and_the_order_that_the_page_prints() -> None:
    rows = tables(sections("health-index")["Worked example"])[0]
    assert len(rows) == 10
    cohort = judged("health-index", [event for row in rows for event in book_events(row)])
    live, at_stake = cohort.plan.primary, []
    for row in rows:
        account = cohort.accounts[row["account"]]
        score, facts = live.score(account, norm_of(cohort)), cohort.plan.facts(account)
        assert score is not None
        assert (facts["usage_30d"], facts["usage_peak"]) == (number(row["events of 30 days"]), number(row["best"]))
        assert (round(score.value, 2), live.tier_names[score.tier]) == (number(row["index"]), row["tier"])
        at_stake.append(at_risk(score.value, number(row["MRR"])))
        assert round(at_stake[-1]) == number(row["MRR at risk"])
    assert at_stake == sorted(at_stake, reverse=True)
    assert {row["tier"] for row in rows} == {"critical", "high", "medium", "low"}


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_page_says_to_write_makes_a_model_that_can_be_used(preset: str) -> None:
    said = snippets(sections(preset)["Retune"])
    assert said
    for snippet in said:
        changed = overlaid(preset_text(preset), snippet)
        assert changed != load_preset(preset)
        Plan(changed)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_names_every_event_and_set_of_events_that_its_model_names(preset: str) -> None:
    page = (PAGES / f"{preset}.md").read_text("utf-8")
    wanted = {name for signal in load_preset(preset).as_written.values() for name in _names(signal)}
    spelled_out = {name for name in wanted if f"`{name}`" in page}
    endings = tuple(re.findall(r"`…(_\w+)`", page))
    assert {name for name in wanted - spelled_out if not name.endswith(endings or ("\0",))} == {
        name
        for name in wanted
        if name == "subscription_cancelled"  # the other spelling of one that is named
    }


def _names(signal: schema.Signal) -> Sequence[str]:
    if isinstance(signal, schema.Reached):
        return [name for step in signal.steps for name in step.events]
    if not isinstance(signal, Filtered):
        return ()
    return (*signal.events, *signal.also, *getattr(signal, "closed_by", ()), *getattr(signal, "zero_on", ()))


# --- the page on the language


def keys(kind: Any) -> dict[str, Any]:
    """A struct's keys, as they are written, with their defaults."""
    return {
        field.encode_name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(kind)
    }


def kinds(union: Any) -> dict[str, Any]:
    """The structs of a union by their tag."""
    return {str(kind.__struct_config__.tag): kind for kind in get_args(union)}


COMMON = set(keys(Filtered))
OF_ALL_COMPONENTS = {"label", "weight", "source", "needs", "when", "evidence"}


@pytest.mark.parametrize(
    ("head", "union", "common"), [("kind", schema.Signal, COMMON), ("shape", schema.Component, OF_ALL_COMPONENTS)]
)
def test_the_language_page_has_every_kind_and_shape_with_its_keys(head: str, union: Any, common: set[str]) -> None:
    own, shared = tables(sections("README")["Signals" if head == "kind" else "Components"])[:2]
    printed = {code(row[head])[0]: set(code(row["keys of its own"])) for row in own}
    assert printed == {tag: set(keys(kind)) - common for tag, kind in kinds(union).items()}
    assert {name for row in shared for name in code(row["key"])} == common | {head}


@pytest.mark.parametrize(
    ("section", "table", "kind"),
    [
        ("model", 0, schema.Header),
        ("open", 0, schema.Open),
        ("milestones", 0, schema.Step),
        ("ended", 0, schema.Ended),
        ("Sources", 0, schema.Source),
        ("Standings", 0, schema.Standing),
        ("Profiles", 0, schema.Profile),
        ("Signals", 2, schema.Where),
        ("Exceptions", 0, schema.Rule),
        ("Evidence", 0, schema.EvidenceFactor),
        ("Floors and flags", 0, schema.Floor),
        ("Signs", 0, schema.Sign),
    ],
)
def test_the_language_page_has_every_key_and_default_of(section: str, table: int, kind: Any) -> None:
    rows = tables(sections("README")[section])[table]
    printed = {name: row.get("default", "") for row in rows for name in code(row["key"])}
    wanted = {
        name: default
        for name, default in keys(kind).items()
        if kind not in (schema.Open, schema.Ended) or name not in COMMON
    }
    assert set(printed) == set(wanted)
    for name, default in wanted.items():
        assert printed[name] in ("", _written(default)), name


def _written(default: Any) -> str:
    """A default as the page prints it."""
    if default is msgspec.NODEFAULT:
        return "needed"
    if default is None:
        return "–"
    if isinstance(default, bool | float | int):
        return str(default).lower() if isinstance(default, bool) else f"{default:g}"
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{each}"' for each in default) + "]"
    return f'"{default}"' if isinstance(default, str) else str(default)


def test_what_the_language_page_says_to_write_can_be_loaded() -> None:
    first = re.findall(r"(?s)```toml\n(.*?)```", (PAGES / "README.md").read_text("utf-8"))[0]
    assert list(load_model(first).components) == ["usage", "recency"]
    (usual,) = snippets(sections("README")["Usual, expected and dispersion"])
    assert list(overlaid(first, usual).signals)[-2:] == ["usage_usual_35d", "usage_weeks"]
    (segments,) = snippets(sections("README")["Profiles"])
    assert overlaid(first, segments).profiles["enterprise"].weights == {"usage": 50, "recency": 50}
    (exception,) = snippets(sections("README")["Exceptions"])
    assert overlaid(preset_text("four-inputs"), exception).components["support"].when[0].judgement == 50


def test_what_the_language_page_says_on_extending_can_be_loaded() -> None:
    (text,) = re.findall(r"(?s)```toml\n(.*?)```", sections("README")["extends"])
    model, default = load_model(text), load_preset("default")
    assert set(default.components) - set(model.components) == {"sentiment"}
    assert model.components["usage"].weight == 40


def test_the_language_page_has_every_set_that_ships_with_names_that_are_in_it() -> None:
    machines, others, _ = tables(sections("README")["events"])
    rows = [*machines, *others]
    assert sorted(name for row in rows for name in code(row["set"])) == sorted(shipped())
    sets = EventSets({})
    for row in rows:
        taken = names(tuple(entry for name in code(row["set"]) for entry in sets.entries(name)))
        assert [name for name in code(row["some of its names"]) if name not in taken] == []
    (snippet,) = snippets(sections("README")["events"])
    use = overlaid(preset_text("default"), snippet).signals["usage_30d"]
    assert isinstance(use, Filtered)
    for name, is_use in (("Warehouse Loaded", False), ("export_job_7", False), ("session_end", True), ("login", True)):
        assert use.takes("analytics", name) is is_use
    assert use.takes("analytics", "survey shown")


def test_the_language_page_has_all_synonyms_that_ship_with_names_that_are_among_them() -> None:
    (rows,) = tables(sections("README")["properties"])
    assert sorted(name for row in rows for name in code(row["name"])) == sorted(property_sets.shipped())
    for row in rows:
        known = {each for name in code(row["name"]) for each in property_sets.shipped()[name].names}
        said = [name for name in code(row["is"]) if name[0].islower() and name != "blocker"]
        assert [name for name in said if name not in known] == []
    (snippet,) = snippets(sections("README")["properties"])
    sets = property_sets.PropertySets(overlaid(preset_text("default"), snippet).properties)
    assert sets.synonyms("", "csat").names[:2] == ("stars", "csat")
    assert "satisfaction" not in sets.synonyms("", "csat").names
    assert (sets.synonyms("", "severity").values["4"], sets.synonyms("", "severity").values["p1"]) == (
        "urgent",
        "urgent",
    )


def test_the_language_page_leads_to_the_page_of_every_preset() -> None:
    rows = next(table for table in tables((PAGES / "README.md").read_text("utf-8")) if "preset" in table[0])
    assert [code(row["preset"])[0] for row in rows] == list(PRESETS)
    assert [row["page"] for row in rows] == [f"[{preset}]({preset}.md)" for preset in PRESETS]
