"""Every rule of the model file, broken: reported with its line, its key and its fix; and how much may be kept."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.checks.size import TILE_MAX_BYTES
from scoring.model.loader import load_model, with_resolution
from scoring.model.model import ModelError
from streams.changelog.records import RECORD_MAX_BYTES
from tests.builders import model_text
from tests.unit.scoring.model.test_loader import complaint

WHOLE = """\
[model]
name = "whole"
weights_sum = 100

[tiers]
red = 0
yellow = 45
green = 75

[events]
jobs = ["nightly_job", "Export Job*"]
machine = ["@machine", "@jobs", "!group"]

[signals.usage]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "14d"

[signals.prior]
kind = "count"
topics = ["analytics"]
window = "14d"
prior = true

[signals.spent]
kind = "sum"
topics = ["billing"]
property = "amount"
window = "30d"
where = [{ property = "currency", is = ["EUR", "USD"] }]

[signals.users]
kind = "distinct"
topics = ["analytics"]
of = "user"
window = "14d"

[signals.segment]
kind = "last"
topics = ["analytics"]
property = "segment"
type = "text"

[signals.seats]
kind = "last"
topics = ["billing"]
property = "seats"
minimum = 0

[signals.silent_days]
kind = "since_last"
topics = ["analytics"]

[signals.seen]
kind = "last_at"
topics = ["analytics"]

[signals.age]
kind = "age"

[signals.change]
kind = "difference"
of = "usage"
minus = "prior"

[signals.best]
kind = "peak"
topics = ["analytics"]

[signals.unsteady]
kind = "volatility"
topics = ["analytics"]
weeks = 8

[signals.last_year]
kind = "season"
topics = ["analytics"]

[signals.usual]
kind = "usual"
topics = ["analytics"]
window = "28d"

[signals.expected]
kind = "expected"
usual = "usual"
season = "last_year"

[signals.usual_gap]
kind = "usual_gap"
topics = ["analytics"]
nth = 2

[signals.since_second]
kind = "since_last"
topics = ["analytics"]
nth = 2

[signals.known]
kind = "known"
of = "usual_gap"

[signals.bursts]
kind = "dispersion"
topics = ["analytics"]

[signals.mean]
kind = "average"
topics = ["analytics"]

[signals.days]
kind = "days"
topics = ["analytics"]
window = "28d"

[signals.tickets]
kind = "open"
topics = ["tickets"]
events = ["ticket_opened"]
closed_by = ["ticket_closed"]
item = "ticket_id"
measure = "weight"
weigh_by = "severity"
weights = { high = 3, low = 0.5 }

[signals.resolution]
kind = "duration"
topics = ["tickets"]
events = ["ticket_opened"]
closed_by = ["ticket_closed"]
item = "ticket_id"
window = "90d"

[signals.steps]
kind = "milestones"
steps = [
  { name = "kickoff", events = ["kickoff"], due = "14d" },
  { name = "training", events = ["trained"], due = "30d", weight = 2 },
]

[signals.gone]
kind = "ended"
topics = ["billing"]
events = ["subscription_started"]
ended_by = ["subscription_canceled"]
by = "subscription_id"

[sources.errors]
topics = ["exceptions"]
also = ["@errors"]
property = "stack"

[standings.churned]
when = [{ signal = "gone", known = true }]
label = "Cancelled"

[components.level]
shape = "vs_own_peak"
signal = "usage"
peak = "best"
weight = 40

[components.trend]
shape = "trend"
signal = "usage"
prior = "prior"
rise = 0.4
weight = 20

[components.adoption]
shape = "ratio"
signal = "users"
of = "seats"
key = "spent"
key_of = 3
weight = 10

[components.checks]
shape = "cadence"
signal = "silent_days"
due = 30
never = 0
weight = 10

[components.tone]
shape = "category"
signal = "segment"
values = { big = 80 }
otherwise = 20
weight = 0

[components.onboarding]
shape = "milestones"
signal = "steps"
weight = 10

[components.support]
shape = "linear"
signal = "tickets"
points = [[0, 100], [10, 0]]
weight = 0
source = "errors"

[[components.support.when]]
signal = "silent_days"
at_least = 14
judgement = 50

[[components.support.when]]
signal = "age"
below = 7
judgement = 100
and = [{ signal = "segment", is = "big" }]

[components.mood]
shape = "blend"
parts = { tone = 2, support = 1 }
weight = 10

[profiles.big]
rank = 1
when = [{ signal = "segment", is = "big" }]
weights = { level = 50, mood = 50 }

[profiles.small]
rank = 1
when = [{ signal = "segment", is = ["small", "tiny"] }]
weights = { level = 1 }

[profiles.new]
when = [
  { signal = "age", below = 90 },
  { signal = "usage", at_least = 1 },
]
weights = { onboarding = 1 }
provisional = true

[signs.alike]
signal = "usage"

[floors.silent]
when = [{ signal = "silent_days", at_least = 30 }]
to = 40

[flags.unseen]
when = [{ signal = "seen", known = false }]
"""


def broken(table: str, old: str, new: str) -> tuple[str, str]:
    """(where the complaint says it is, the rest), after one change inside a table of the whole model."""
    head, mark, tail = WHOLE.partition(f"[{table}]")
    assert mark, table
    body, following, rest = tail.partition("\n\n")
    assert old in body, old
    where, _, words = complaint(head + mark + body.replace(old, new, 1) + following + rest).partition(": ")
    return where, words


ANYTHING = st.recursive(
    st.one_of(
        st.sampled_from(["", "usage", "segment", "level", "analytics", "1h", "count", "linear", "x"]),
        st.integers(-2, 10**20),
        st.floats(-1.0, 200.0),
        st.booleans(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=4,
)


@given(where=st.integers(0, 10_000), value=ANYTHING)
def test_whatever_a_key_holds_the_file_is_a_model_or_its_mistake_is_told(where: int, value: Any) -> None:
    tables = tomllib.loads(WHOLE)
    others = {section: tables[section] for section in ("sources", "standings", "profiles", "floors", "flags", "signs")}
    named = [
        table for section in (tables["signals"], tables["components"], *others.values()) for table in section.values()
    ]
    places = [place for table in (tables["model"], tables["tiers"], *named) for place in _places(table)]
    holder, key = places[where % len(places)]
    holder[key] = value
    text = model_text(
        tables["model"], tables["signals"], tables["components"], tables["tiers"], others, tables["events"]
    )
    with suppress(ModelError):
        load_model(text)


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    """Every key of a table and every index of a list, at any depth."""
    for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


def test_the_whole_model_is_good() -> None:
    model = load_model(WHOLE)
    assert list(model.profiles) == ["big", "small", "new"]
    assert model.profiles["new"].provisional
    assert (model.floors["silent"].to, list(model.flags)) == (40, ["unseen"])


@pytest.mark.parametrize(
    ("table", "old", "new", "key", "fix"),
    [
        ("model", "weights_sum = 100", "weights_sum = 99", "model.weights_sum", "sum to 100, not to 99"),
        ("model", "weights_sum = 100", "weights_sum = 0", "model.weights_sum", "above 0"),
        ("model", "weights_sum = 100", 'order = ["a", "b", "a"]', "model.order", "'a' is listed twice"),
        ("model", "weights_sum = 100", 'order = ["a", ""]', "model.order", "a name is empty"),
        ("model", "weights_sum = 100", f"order = {[str(n) for n in range(201)]}", "model.order", "the most is 200"),
        ("model", "weights_sum = 100", 'pause_max = "29d"', "model.pause_max", "shorter than 30d"),
        ("model", "weights_sum = 100", "share_max = 0", "model.share_max", "above 0 and at most 1"),
        ("model", "weights_sum = 100", "share_max = 1.1", "model.share_max", "at most 1"),
        ("model", "weights_sum = 100", "neutral = 101", "model.neutral", "from 0 to 100"),
        ("model", "weights_sum = 100", "provisional_below = -0.1", "model.provisional_below", "from 0 to 1"),
        ("model", "weights_sum = 100", "version = -1", "model.version", "from 1"),
        ("model", '"whole"', '""', "model.name", "1 to 100 characters"),
        ("model", '"whole"', r'"a\u0000b"', "model.name", "cannot be printed"),
        ("model", "weights_sum = 100", "version = 2147483648", "model.version", "greater than 2147483647"),
        ("model", "weights_sum = 100", "wieghts_sum = 100", "model.wieghts_sum", "did you mean 'weights_sum'"),
        ("model", "weights_sum = 100", 'combine = "maen"', "model.combine", "did you mean 'mean'"),
        ("events", '["nightly_job", "Export Job*"]', "[]", "events.jobs", "the set is empty"),
        ("events", '"nightly_job"', "7", "events.jobs[0]", "it is a whole number; write a text"),
        ("events", '["nightly_job", "Export Job*"]', '"nightly_job"', "events.jobs", "it is a text; write a list"),
        ("events", '"nightly_job"', '"night*job"', "events.jobs", "at the beginning or at the end"),
        ("events", '"nightly_job"', '"**"', "events.jobs", "at the beginning or at the end"),
        ("events", '"nightly_job"', '"- _"', "events.jobs", "names no event"),
        ("events", '"nightly_job"', '"!"', "events.jobs", "names no event"),
        ("events", '"nightly_job"', '"*"', "events.jobs", "names no event"),
        ("events", '"nightly_job"', '"@jobs"', "events.jobs", "refers to itself"),
        ("events", '"nightly_job"', '"@machine"', "events.jobs", "jobs ▸ machine ▸ jobs"),
        ("events", '"nightly_job"', '"@flgs"', "events.jobs", "did you mean 'flags'"),
        ("events", '"nightly_job"', '"@"', "events.jobs", "no set of events is called ''"),
        ("events", "jobs = ", '"@jobs" = ', "events.@jobs", "cannot be called"),
        ("signs.alike", '"usage"', '"usgae"', "signs.alike.signal", "did you mean 'usage'"),
        ("signs.alike", '"usage"', '"prior"', "signs.alike.signal", "not a count up to now"),
        ("signs.alike", '"usage"', '"segment"', "signs.alike.signal", "not a count up to now"),
        ("signs.alike", '"usage"', '"usage"\nat_least = 1', "signs.alike.at_least", "from 2 to"),
        ("signs.alike", '"usage"', '"usage"\ndays = 15', "signs.alike.days", "from 1 to 14"),
        ("signs.alike", '"usage"', '"usage"\nday = 5', "signs.alike.day", "did you mean 'days'"),
        ("signals.usage", '"@machine"', '"@machin"', "signals.usage.exclude", "did you mean 'machine'"),
        ("signals.usage", '["@machine"]', '["@job", "a"]', "signals.usage.exclude", "did you mean 'jobs'"),
        (
            "signals.usage",
            '["@machine"]',
            '["@machine"]\nevents = ["!a"]',
            "signals.usage.events",
            "it takes no event at all",
        ),
        ("signals.usage", '["@machine"]', '["Log In"]\nevents = ["log_in"]', "signals.usage.exclude", "in exclude"),
        ("signals.tickets", '["ticket_closed"]', '["@my_tickets"]', "signals.tickets.closed_by", "add it to [events]"),
        ("signals.gone", '["subscription_canceled"]', "[]", "signals.gone.ended_by", "at least one event that ends"),
        ("signals.gone", '["subscription_canceled"]', '["Subscription-started"]', "signals.gone.ended_by", "only end"),
        ("signals.gone", '"subscription_id"', r'"a\u0000b"', "signals.gone.by", "rename it"),
        ("sources.errors", '["exceptions"]', "[]", "sources.errors.topics", "name at least one"),
        ("sources.errors", "@errors", "@erors", "sources.errors.also", "did you mean 'errors'"),
        ("sources.errors", '"stack"', r'"a\u0000b"', "sources.errors.property", "rename it"),
        ("sources.errors", 'property = "stack"', 'window = "1d"', "sources.errors.window", "no such key"),
        ("components.support", '"errors"', '"erors"', "components.support.source", "did you mean 'errors'"),
        ("standings.churned", '"gone"', '"goen"', "standings.churned.when.signal", "did you mean 'gone'"),
        ("standings.churned", "known = true", "at_least = 1", "standings.churned.when.at_least", "only a number"),
        ("standings.churned", '{ signal = "gone", known = true }', "", "standings.churned.when", "one condition"),
        ("signals.tickets", '["ticket_closed"]', '["!x"]', "signals.tickets.closed_by", "at least one event"),
        ("signals.steps", '["trained"]', '["@x"]', "signals.steps.steps[1].events", "no set of events is called 'x'"),
        ("signals.usage", '"count"', '"cuont"', "signals.usage.kind", "did you mean 'count'"),
        ("signals.usage", '"analytics"', '"analitics"', "signals.usage.topics", "did you mean 'analytics'"),
        ("signals.usage", '["@machine"]', '["a"]\nevents = ["a"]', "signals.usage.exclude", "in exclude"),
        ("signals.spent", "window", "prior = true\nwindwo", "signals.spent.windwo", "did you mean 'window'"),
        ("signals.spent", '"30d"', '"90m"', "signals.spent.window", "not a multiple of the resolution 1h"),
        ("signals.spent", '"amount"', '""', "signals.spent.property", "name the property"),
        ("signals.spent", '"amount"', r'"a\"b"', "signals.spent.property", "rename it"),
        ("signals.spent", '"currency"', r'"a\\b"', "signals.spent.where.property", "rename it"),
        ("signals.users", '"user"', r'"a\tb"', "signals.users.of", "rename it"),
        ("signals.segment", '"segment"\ntype', r'"a\nb"' + "\ntype", "signals.segment.property", "rename it"),
        ("signals.tickets", '"ticket_id"', r'"a\u0000b"', "signals.tickets.item", "rename it"),
        ("signals.spent", 'property = "c', 'proprety = "c', "signals.spent.where[0].proprety", "'property'"),
        ("signals.spent", ', is = ["EUR", "USD"]', "", "signals.spent.where", "there is no test for 'currency'"),
        ("signals.spent", '["EUR", "USD"]', "[]", "signals.spent.where.is", "empty"),
        ("signals.spent", '["EUR", "USD"]', '"EUR", at_least = 1', "signals.spent.where", "can never hold"),
        ("signals.spent", '["EUR", "USD"]', '"EUR", exists = false', "signals.spent.where", "can never hold"),
        ("signals.spent", 'is = ["EUR", "USD"]', "at_least = 2, at_most = 1", "signals.spent.where", "can never hold"),
        ("signals.users", '"user"', '""', "signals.users.of", "'user', 'event', 'day'"),
        ("signals.segment", 'type = "text"', 'type = "text"\nminimum = 0', "signals.segment.minimum", "no minimum"),
        ("signals.segment", 'type = "text"', 'type = "text"\nzero_on = ["x"]', "signals.segment.zero_on", "never 0"),
        ("signals.segment", '"segment"\ntype', '""\ntype', "signals.segment.property", "latest value"),
        ("signals.change", '"prior"', '"segment"', "signals.change.minus", "not a number"),
        ("signals.best", '"peak"', '"peak"\nwithin = "36h"', "signals.best.within", "whole days"),
        ("signals.unsteady", "weeks = 8", "weeks = 1", "signals.unsteady.weeks", "from 2 to 52"),
        ("signals.unsteady", "weeks = 8", "weeks = 53", "signals.unsteady.weeks", "from 2 to 52"),
        ("signals.last_year", '"season"', '"season"\nwindow = "36h"', "signals.last_year.window", "whole days"),
        ("signals.last_year", '"season"', '"season"\nback = "1h"', "signals.last_year.back", "whole days"),
        ("signals.usual", '"28d"', '"36h"', "signals.usual.window", "whole days"),
        ("signals.usual", '"28d"', '"28d"\nwithin = "27d"', "signals.usual.within", "shorter than the window"),
        ("signals.usual", '"28d"', '"28d"\nwithin = "36h"', "signals.usual.within", "whole days"),
        ("signals.usual", '"28d"', '"28d"\nquantile = 50', "signals.usual.quantile", "from 0 to 1"),
        ("signals.usual", '"28d"', '"28d"\nof = "day"', "signals.usual.of", "did you mean 'days'"),
        ("signals.usual", '"28d"', '"14d"', "signals.expected.season", "differ in window or of"),
        ("signals.usual", '"28d"', '"28d"\nof = "days"', "signals.expected.season", "differ in window or of"),
        ("signals.usual", '"28d"', '"28d"\nexclude = ["x"]', "signals.expected.season", "count different events"),
        ("signals.expected", '"usual"', '"days"', "signals.expected.usual", "not a usual"),
        ("signals.expected", '"last_year"', '"usual"', "signals.expected.season", "not a season"),
        ("signals.expected", '"last_year"', '"lost_year"', "signals.expected.season", "did you mean 'last_year'"),
        ("signals.expected", '"last_year"', '"last_year"\nmargin = -1', "signals.expected.margin", "from 0 to 100"),
        ("signals.usual_gap", "nth = 2", "nth = 11", "signals.usual_gap.nth", "from 1 to 10"),
        ("signals.usual_gap", "nth = 2", 'nth = 2\nwithin = "2d"', "signals.usual_gap.within", "too short"),
        ("signals.usual_gap", "nth = 2", 'nth = 2\nwithin = "36h"', "signals.usual_gap.within", "whole days"),
        ("signals.since_second", "nth = 2", "nth = 0", "signals.since_second.nth", "from 1 to 10"),
        ("signals.since_second", "nth = 2", 'within = "9d"', "signals.since_second.within", "nth = 2"),
        ("signals.since_second", "nth = 2", 'nth = 2\nwithin = "9h"', "signals.since_second.within", "whole days"),
        ("signals.known", '"usual_gap"', '"days"', "signals.known.of", "'usual_gap'"),
        ("signals.known", '"usual_gap"', '"usual_gup"', "signals.known.of", "did you mean 'usual_gap'"),
        ("signals.bursts", "topics", "weeks = 3\ntopics", "signals.bursts.weeks", "from 4 to 52"),
        ("signals.bursts", "topics", 'back = "1h"\ntopics', "signals.bursts.back", "whole days"),
        ("signals.mean", "topics", 'within = "29d"\ntopics', "signals.mean.within", "shorter than the window"),
        ("signals.days", '"28d"', '"1h"', "signals.days.window", "whole days"),
        ("signals.change", '"prior"', '"expected"', "signals.change.minus", "name signals of events"),
        ("signals.tickets", '"ticket_id"', '""', "signals.tickets.item", "'ticket_id'"),
        ("signals.tickets", '["ticket_closed"]', "[]", "signals.tickets.closed_by", "at least one event"),
        ("signals.tickets", '["ticket_closed"]', '["ticket_opened"]', "signals.tickets.closed_by", "only close"),
        ("signals.tickets", 'by = "severity"', 'by = ""', "signals.tickets.weigh_by", "'severity'"),
        ("signals.resolution", '"ticket_id"', '""', "signals.resolution.item", "'ticket_id'"),
        ("signals.resolution", '["ticket_closed"]', '["ticket_opened"]', "signals.resolution.closed_by", "only close"),
        ("signals.resolution", '"90d"', '"90m"', "signals.resolution.window", "resolution"),
        ("signals.resolution", '"90d"', '"90d"\nwithin = "90m"', "signals.resolution.within", "resolution"),
        ("signals.resolution", '"90d"', '"90d"\nmeasure = "max"', "signals.resolution.measure", "'median'"),
        ("signals.tickets", "low = 0.5", "low = -1", "signals.tickets.weights.low", "from 0 to 1000"),
        ("signals.tickets", 'by = "severity"', 'by = "x"\nwithin = "90m"', "signals.tickets.within", "resolution"),
        ("signals.tickets", '"weight"', '"wieght"', "signals.tickets.measure", "did you mean 'weight'"),
        ("signals.steps", '"training"', '"kickoff"', "signals.steps.steps[1].name", "two steps"),
        ("signals.steps", '["trained"]', "[]", "signals.steps.steps[1].events", "name the event"),
        ("signals.steps", '"30d"', '"a month"', "signals.steps.steps[1].due", "'30d'"),
        ("signals.steps", "weight = 2", "weight = -2", "signals.steps.steps[1].weight", "from 0 to 1000"),
        ("signals.steps", "weight = 2", 'topics = ["x"]', "signals.steps.steps[1].topics", "exceptions"),
        ("components.level", "weight = 40", "weight = 41", "model.weights_sum", "sum to 101"),
        ("components.level", "weight = 40", "weight = 1001", "components.level.weight", "from 0 to 1000"),
        ("components.level", '"best"', '"usage"', "components.level.peak", "not a peak"),
        ("components.level", '"usage"', '"usgae"', "components.level.signal", "did you mean 'usage'"),
        ("components.trend", "rise = 0.4", "rise = 0", "components.trend.rise", "above 0"),
        ("components.trend", "rise = 0.4", "flat = 100", "components.trend.flat", "below 100"),
        ("components.trend", "rise = 0.4", "flat = 0", "components.trend.flat", "above 0"),
        ("components.trend", '"prior"', '""', "components.trend.prior", "no signal is called ''"),
        (
            "components.adoption",
            "weight = 10",
            "weight = 10\nemphasis = 0.5",
            "components.adoption.emphasis",
            "1 or more",
        ),
        ("components.adoption", "key_of = 3", "key_of = -3", "components.adoption.key_of", "above 0"),
        ("components.adoption", "key_of = 3", 'key_of = "segment"', "components.adoption.key_of", "not a number"),
        ("components.adoption", 'key = "spent"\n', "", "components.adoption.key", "key_of is given"),
        ("components.adoption", '"spent"', '"segment"', "components.adoption.key", "not a number"),
        ("components.checks", '"silent_days"', '"usage"', "components.checks.signal", "'since_last'"),
        ("components.checks", "due = 30", "due = 0", "components.checks.due", "above 0"),
        ("components.checks", "due = 30", "due = 30\nlapse = 30", "components.checks.lapse", "above due"),
        ("components.checks", "never = 0", "never = -1", "components.checks.never", "from 0 to 100"),
        ("components.tone", '"segment"', '"seats"', "components.tone.signal", "type = 'text'"),
        ("components.tone", "big = 80", "big = 101", "components.tone.values.big", "from 0 to 100"),
        ("components.tone", "big = 80", 'big = "much"', "components.tone.values.big", "is not a number"),
        ("components.tone", "{ big = 80 }", "{}", "components.tone.values", "at least one text"),
        ("components.tone", "otherwise = 20", "otherwise = 120", "components.tone.otherwise", "from 0 to 100"),
        ("components.onboarding", '"steps"', '"usage"', "components.onboarding.signal", "'milestones'"),
        ("components.support", "[10, 0]", "[10, -1]", "components.support.points", "from 0 to 100"),
        ("components.mood", "support = 1", "usage = 1", "components.mood.parts.usage", "no component is called"),
        ("components.mood", "support = 1", "support = -1", "components.mood.parts.support", "from 0 to 1000"),
        ("components.mood", "tone = 2, support = 1", "tone = 0", "components.mood.parts", "every weight is 0"),
        ("components.mood", "tone = 2, support = 1", "", "components.mood.parts", "every weight is 0"),
        ("components.mood", "tone = 2", "mood = 2", "components.mood.parts", "mood ▸ mood"),
        ("profiles.big", "mood = 50", "moood = 50", "profiles.big.weights.moood", "did you mean 'mood'"),
        ("profiles.big", "mood = 50", "mood = -50", "profiles.big.weights.mood", "from 0 to 1000"),
        ("profiles.big", "level = 50, mood = 50", "level = 0", "profiles.big.weights", "every weight is 0"),
        ("profiles.big", 'is = "big"', 'is = "tiny"', "profiles.small", "profiles.big and profiles.small"),
        ("profiles.big", 'is = "big"', "at_least = 3", "profiles.big.when.at_least", "only a number has bounds"),
        ("profiles.big", ', is = "big"', "", "profiles.big.when", "there is no test for 'segment'"),
        ("profiles.big", 'is = "big"', "is = []", "profiles.big.when.is", "empty"),
        ("profiles.big", '{ signal = "segment", is = "big" }', "", "profiles.big.when", "at least one condition"),
        ("profiles.big", "rank = 1", 'lable = "x"', "profiles.big.lable", "did you mean 'label'"),
        ("profiles.small", 'is = ["', 'known = false, is = ["', "profiles.small.when", "can never hold"),
        ("profiles.new", "below = 90", 'is = "90"', "profiles.new.when[0].is", "for texts"),
        ("profiles.new", "below = 90", "below = 90, at_least = 90", "profiles.new.when[0]", "can never hold"),
        ("profiles.new", "below = 90", "below = 0", "profiles.new.when[0]", "can never hold"),
        ("profiles.new", "below = 90", "above = 3, below = 4", "profiles.new.when[0]", "can never hold"),
        ("profiles.new", '"usage", at_least = 1', '"age", above = 90', "profiles.new.when", "'age' contradict"),
        ("profiles.new", '"usage", at_least', '"uasge", at_least', "profiles.new.when[1].signal", "'usage'"),
        ("floors.silent", "to = 40", "to = 101", "floors.silent.to", "from 0 to 100"),
        ("floors.silent", "at_least = 30", "at_lest = 30", "floors.silent.when[0].at_lest", "'at_least'"),
        ("floors.silent", "silent_days", "seen", "floors.silent.when.at_least", "an instant"),
        ("flags.unseen", "known = false", "known = 3", "flags.unseen.when[0].known", "write true or false"),
        ("flags.unseen", "known = false", 'is = "x"', "flags.unseen.when.is", "an instant"),
    ],
)
def test_a_broken_rule_is_reported_with_its_line_its_key_and_its_fix(
    table: str, old: str, new: str, key: str, fix: str
) -> None:
    where, words = broken(table, old, new)
    assert words.startswith(f"{key}: ")
    assert fix in words
    assert where.startswith("line ")


@pytest.mark.parametrize(
    ("table", "old", "new", "line"),
    [
        ("model", '"whole"', '""', 'name = ""'),
        ("signals.usage", '"14d"', '"90m"', 'window = "90m"'),
        ("signals.usage", 'window = "14d"', "", "[signals.usage]"),
        ("signals.tickets", "low = 0.5", "low = -1", "weights = { high = 3, low = -1 }"),
        ("signals.steps", '"30d"', '"soon"', '{ name = "training", events = ["trained"], due = "soon", weight = 2 },'),
        ("components.mood", "support", "nothing", "parts = { tone = 2, nothing = 1 }"),
        ("components.support.when", "at_least = 14", "at_least = inf", "at_least = inf"),
        ("profiles.new", "below = 90", "below = -1", '{ signal = "age", below = -1 },'),
        ("profiles.big", 'is = "big"', 'is = "tiny"', "[profiles.small]"),
        ("floors.silent", "to = 40", "to = 101", "to = 101"),
    ],
)
def test_the_line_is_that_of_the_key_or_of_what_is_nearest_around_it(table: str, old: str, new: str, line: str) -> None:
    head, mark, tail = WHOLE.partition(f"[{table}]")
    assert old in tail
    text = head + mark + tail.replace(old, new, 1)
    number = int(complaint(text).removeprefix("line ").partition(":")[0])
    assert text.splitlines()[number - 1].strip() == line


def test_the_second_of_an_array_of_tables_has_its_own_line() -> None:
    text = WHOLE.replace("below = 7", "below = 0")
    words = complaint(text)
    line = text.splitlines().index("below = 0") - 1
    assert words.startswith(f"line {line}: components.support.when[1]: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('model.name = ""\n[signals.a]\nkind = "age"\n[components.a]\nshape = "cadence"\nsignal = "a"', 4),
        ('[model]\nname = "x"\n[signals]\na = { kind = "count", topics = [], window = "1h" }\n[components.a]', 5),
        ('[model]\nname = "x"\n[signals."odd name"]\nkind = "age"\nwhat = 3', 5),
        ('[model]\nname = "x"\n[signals.a]\nkind = "age"\nlabel = """\nwhat = 1\n"""\nwhat = 3', 8),
        ('[model]\nname = "x"\n[signals.a]\nkind = "count"\ntopics = [\n  "analytics",\n]\nwhat = 3', 8),
        ('# a\u2028line\u0085of\r\n[model]\r\nname = "x"\r\n[signals.a]\r\nkind = "age"\r\nwhat = 3', 6),
        ("[mode]", 1),
        ("# nothing\n\n  [ weights ] # but this", 3),
        ('[model]\nname = "x"\n[components.a]\nshape = "cadence"', 0),
    ],
)
def test_the_line_is_found_however_the_file_is_written(text: str, line: int) -> None:
    assert complaint(text).startswith(f"line {line}: " if line else "signals: ")


def test_circles_of_blends_are_named_by_their_way() -> None:
    blends = "".join(
        f'[components.{one}]\nshape = "blend"\nweight = 0\nparts = {{ {other} = 1 }}\n'
        for one, other in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    assert "b ▸ c ▸ b" in complaint(WHOLE + blends)
    straight = blends.replace("parts = { b = 1 }\n[", "parts = { level = 1 }\n[").removesuffix("parts = { b = 1 }\n")
    assert list(load_model(WHOLE + straight + "parts = { level = 1 }\n").components)[-1] == "c"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{ signal = "segment", is = ["a", "b"] }', '{ signal = "segment", is = ["c"] }'),
        ('{ signal = "segment", is = "a" }', '{ signal = "segment", known = false }'),
        ('{ signal = "age", below = 90 }', '{ signal = "age", at_least = 90 }'),
        ('{ signal = "age", below = 90 }', '{ signal = "age", above = 89 }'),
        ('{ signal = "seats", at_most = 2.5 }', '{ signal = "seats", above = 2.5 }'),
        ('{ signal = "seats", known = true }', '{ signal = "seats", known = false }'),
        ('{ signal = "seats", at_least = 1 }', '{ signal = "age", below = 3 }, { signal = "seats", below = 1 }'),
    ],
)
def test_profiles_of_one_rank_are_good_when_they_exclude_each_other(one: str, other: str) -> None:
    assert list(load_model(WHOLE + _pair(one, other)).profiles)[-2:] == ["one", "other"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{ signal = "segment", is = ["a", "b"] }', '{ signal = "segment", is = ["b", "c"] }'),
        ('{ signal = "segment", is = "a" }', '{ signal = "segment", known = true }'),
        ('{ signal = "segment", is = "a" }', '{ signal = "age", below = 90 }'),
        ('{ signal = "age", at_most = 90 }', '{ signal = "age", at_least = 90 }'),
        ('{ signal = "seats", below = 3 }', '{ signal = "seats", above = 2 }'),
    ],
)
def test_two_profiles_of_one_rank_that_can_both_match_are_refused_unless_one_is_ranked_higher(
    one: str, other: str
) -> None:
    words = complaint(WHOLE + _pair(one, other))
    assert "profiles.one and profiles.other, both of rank 7" in words
    ranked = WHOLE + _pair(one, other).replace("rank = 7", "rank = 8", 1)
    assert load_model(ranked).profiles["one"].rank == 8


def _pair(one: str, other: str) -> str:
    profile = "[profiles.{}]\nrank = 7\nweights = {{ level = 1 }}\nwhen = [{}]\n"
    return profile.format("one", one) + profile.format("other", other)


@pytest.mark.parametrize("key", ["sginals", "component", "profile"])
def test_a_table_of_a_wrong_name_is_told_the_right_one(key: str) -> None:
    text = complaint(f"{WHOLE}[{key}.x]\n")
    assert f"[{key}]; did you mean" in text


# --- how much is kept


def counts_at(resolution: str, counts: int, sums: int = 0) -> str:
    """A model of so many different series."""
    names = [f"c{number}" for number in range(counts)] + [f"s{number}" for number in range(sums)]
    signals = [
        f'[signals.{name}]\ntopics = ["analytics"]\nevents = ["{name}"]\nwindow = "1d"\n'
        + ('kind = "count"\n' if name in names[:counts] else 'kind = "sum"\nproperty = "amount"\n')
        for name in names
    ]
    level = f'[components.level]\nshape = "ratio"\nsignal = "{names[0]}"\nof = 1\nweight = 1\n'
    return f'[model]\nname = "x"\nresolution = "{resolution}"\n{"".join(signals)}{level}'


@pytest.mark.parametrize(
    ("resolution", "counts", "sums"), [("1s", 4, 0), ("1s", 1, 1), ("6s", 20, 0), ("1m", 180, 20), ("1h", 2_000, 500)]
)
def test_what_fits_into_a_record_of_a_day_is_good(resolution: str, counts: int, sums: int) -> None:
    assert len(load_model(counts_at(resolution, counts, sums)).signals) == counts + sums


@pytest.mark.parametrize(
    ("resolution", "counts", "sums"), [("1s", 5, 0), ("1s", 2, 1), ("1s", 1, 2), ("1m", 300, 0), ("15m", 2_000, 0)]
)
def test_more_than_fits_into_a_record_of_a_day_is_refused(resolution: str, counts: int, sums: int) -> None:
    words = complaint(counts_at(resolution, counts, sums))
    assert words.startswith(f"line 3: model.resolution: too many counts at {resolution}: {counts} series of counts")
    assert "wider resolution" in words


def test_signals_of_one_filter_share_a_series() -> None:
    text = counts_at("1s", 4)
    again = '[signals.prior]\nkind = "count"\ntopics = ["analytics"]\nevents = ["c0"]\nwindow = "7d"\nprior = true\n'
    assert len(load_model(text + again).signals) == 5
    assert "too many" in complaint(text + again.replace('"c0"', '"c9"'))


def test_a_replay_may_be_finer_than_what_could_be_kept() -> None:
    coarse = load_model(counts_at("1h", 9))
    assert with_resolution(coarse, "1s").resolution_ms == 1_000


def test_the_limit_is_that_of_the_records() -> None:
    assert TILE_MAX_BYTES == RECORD_MAX_BYTES
