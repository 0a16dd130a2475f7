"""The model: a TOML file, read, checked and turned into values. `load_model` is the only way to one.

Every error names the line, the key and says how to mend it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable
from importlib import resources
from typing import Any
from unicodedata import normalize

import msgspec

from scoring import spec
from scoring.checks import Mistake, check, check_size
from scoring.checks.lines import line_of
from scoring.checks.mistake import meant
from scoring.checks.tables import converted
from scoring.event_sets import EventSets
from scoring.instants import parse_duration

PRESETS = ("default", "usage-trend-friction", "four-inputs", "eight-components", "health-index")
_SECTIONS = ("model", "tiers", "events", "signals", "components", "profiles", "floors", "flags", "signs")
_DEFAULT_TIERS = {"red": 0, "yellow": 45, "green": 75}


class ModelError(ValueError):
    """A model file that cannot be used; the text names the line, the key and the mend."""


class Tier(msgspec.Struct, frozen=True):
    """A half-open range of scores, from `lower` up to the next tier's, on the unrounded value."""

    name: str
    lower: float


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A checked model. Tiers are worst first; signals, components and the rest are in the file's order.

    `signals` have their lists of names without references to sets: `written` has those that refer to some, as the file
    has them, for people. `events` are the model's own sets, as the file has them.
    """

    header: spec.Header
    tiers: tuple[Tier, ...]
    signals: dict[str, spec.Signal]
    components: dict[str, spec.Component]
    profiles: dict[str, spec.Profile] = {}
    floors: dict[str, spec.Floor] = {}
    flags: dict[str, spec.Flag] = {}
    signs: dict[str, spec.Sign] = {}
    events: dict[str, tuple[str, ...]] = {}
    written: dict[str, spec.Signal] = {}

    @property
    def resolution_ms(self) -> int:
        """The width of a bucket: from one second to one day, a divisor of a day."""
        return parse_duration(self.header.resolution)

    @property
    def as_written(self) -> dict[str, spec.Signal]:
        """The signals with their lists of names as the file has them, references to sets among them."""
        return {name: self.written.get(name, signal) for name, signal in self.signals.items()}

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def version(self) -> int:
        return self.header.version

    def with_resolution(self, resolution: str) -> Model:
        """The same model at another resolution, checked again but for the size of an account's records: that is for
        replays, which keep none.

        Raises:
            ModelError: when its windows do not fit; it names the key, and no line.
        """
        changed = msgspec.structs.replace(self, header=msgspec.structs.replace(self.header, resolution=resolution))
        try:
            check(changed)
        except Mistake as mistake:
            raise ModelError(str(mistake)) from None
        return changed


def load_preset(name: str) -> Model:
    """A model that ships with Vitals; `PRESETS` has the names.

    Raises:
        ModelError: for an unknown name.
    """
    if name not in PRESETS:
        raise ModelError(f"no preset is called {name!r}: take one of {', '.join(PRESETS)}, or the path of a model file")
    return load_model((resources.files("scoring") / "presets" / f"{name}.toml").read_text("utf-8"))


def load_model(text: str) -> Model:
    """The model that a TOML text describes; a byte order mark before it is passed over. Names are taken in Unicode's
    NFC, as those of events are.

    Raises:
        ModelError: «line 12: signals.usage.window: …», when it is no TOML, has an unknown key, or breaks a rule.
    """
    text = text.removeprefix("\ufeff")
    try:
        tables: dict[str, Any] = _composed(tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, brackets thousands deep
        raise ModelError(f"not TOML: {error}; mend the text there") from None
    try:
        model = _model_of(tables)
        check(model)
        check_size(model)
    except Mistake as mistake:
        line = line_of(text, mistake.key)
        raise ModelError(f"line {line}: {mistake}" if line else str(mistake)) from None
    return model


def _composed(found: Any) -> Any:
    """All texts in NFC."""
    match found:
        case str():
            return normalize("NFC", found)
        case list():
            return [_composed(each) for each in found]
        case dict():
            return {normalize("NFC", key): _composed(value) for key, value in found.items()}
        case _:
            return found


def _model_of(tables: dict[str, Any]) -> Model:
    for key in tables:
        if key not in _SECTIONS:
            words = f"a model has no table [{key}]{meant(key, _SECTIONS)}"
            raise Mistake(key, f"{words} Take one of [{'], ['.join(_SECTIONS)}]")
    events: dict[str, tuple[str, ...]] = _named(tables, "events", tuple[str, ...])
    sets = EventSets(events)
    written: dict[str, spec.Signal] = _needed(tables, "signals", spec.Signal)
    signals = {name: sets.signal(f"signals.{name}", signal) for name, signal in written.items()}
    bounds = converted("tiers", tables.get("tiers", _DEFAULT_TIERS), dict[str, float])
    return Model(
        header=converted("model", tables.get("model", {}), spec.Header),
        tiers=tuple(Tier(name, lower) for name, lower in bounds.items()),
        signals=signals,
        components=_needed(tables, "components", spec.Component),
        profiles=_named(tables, "profiles", spec.Profile),
        floors=_named(tables, "floors", spec.Floor),
        flags=_named(tables, "flags", spec.Flag),
        signs=_named(tables, "signs", spec.Sign),
        events=events,
        written={name: signal for name, signal in written.items() if signal is not signals[name]},
    )


def _needed(tables: dict[str, Any], section: str, kind: Hashable) -> dict[str, Any]:
    named = _named(tables, section, kind)
    if not named:
        raise Mistake(section, f"there is no [{section}], and a model needs at least one; add [{section}.NAME]")
    return named


def _named(tables: dict[str, Any], section: str, kind: Hashable) -> dict[str, Any]:
    named = tables.get(section, {})
    if not isinstance(named, dict):
        form = "NAME = ['an_event']" if section == "events" else f"[{section}.NAME]"
        raise Mistake(section, f"[{section}] is no table; write {form}")
    return {name: converted(f"{section}.{name}", table, kind) for name, table in named.items()}
