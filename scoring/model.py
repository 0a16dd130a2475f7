"""The model: a TOML file, read, checked and turned into values. `load_model` is the only way to one.

Every error names the key and says how to mend it.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator
from importlib import resources
from math import isfinite
from typing import Any, TypeVar

import msgspec

from scoring import spec
from scoring.instants import DAY_MS, parse_duration

TOPICS = ("analytics", "exceptions", "billing", "tickets")
PRESETS = ("default", "usage-trend-friction", "four-inputs")
_SECTIONS = ("model", "tiers", "signals", "components")
T = TypeVar("T")


class ModelError(ValueError):
    """A model file that cannot be used; the text names the key and the mend."""


class Tier(msgspec.Struct, frozen=True):
    """A half-open range of scores, from `lower` up to the next tier's, on the unrounded value."""

    name: str
    lower: float


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A checked model. Tiers are worst first; signals and components are in the file's order."""

    header: spec.Header
    tiers: tuple[Tier, ...]
    signals: dict[str, spec.Signal]
    components: dict[str, spec.Component]

    @property
    def resolution_ms(self) -> int:
        """The width of a bucket: from one second to one day, a divisor of a day."""
        return parse_duration(self.header.resolution)

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def version(self) -> int:
        return self.header.version

    def with_resolution(self, resolution: str) -> Model:
        """The same model at another resolution, checked again.

        Raises:
            ModelError: when its windows do not fit.
        """
        changed = msgspec.structs.replace(self, header=msgspec.structs.replace(self.header, resolution=resolution))
        _check(changed)
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
    """The model that a TOML text describes.

    Raises:
        ModelError: when it is no TOML, has an unknown key, or breaks a rule.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"not TOML: {error}") from None
    for key in tables:
        if key not in _SECTIONS:
            raise ModelError(f"[{key}]: no such table; a model has [{'], ['.join(_SECTIONS)}]")
    model = Model(
        header=_convert("model", tables.get("model", {}), spec.Header),
        tiers=_tiers(tables.get("tiers", {"red": 0, "yellow": 45, "green": 75})),
        signals={name: _convert(f"signals.{name}", table, spec.Signal) for name, table in _named(tables, "signals")},  # type: ignore[arg-type]
        components={
            name: _convert(f"components.{name}", table, spec.Component)  # type: ignore[arg-type]
            for name, table in _named(tables, "components")
        },
    )
    _check(model)
    return model


def _named(tables: dict[str, Any], section: str) -> Iterator[tuple[str, Any]]:
    named = tables.get(section)
    if not isinstance(named, dict) or not named:
        raise ModelError(f"[{section}]: a model needs at least one; add [{section}.NAME]")
    yield from named.items()


def _convert(key: str, table: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(table, type=kind)
    except msgspec.ValidationError as error:
        words = str(error).replace(" - at `$", f" - at `{key}")
        raise ModelError(f"{key}: {words}") from None


def _tiers(table: object) -> tuple[Tier, ...]:
    bounds = _convert("tiers", table, dict[str, float])
    tiers = tuple(Tier(name, lower) for name, lower in bounds.items())
    if not tiers or tiers[0].lower != 0:
        raise ModelError("tiers: the first, which is the worst, must start at 0")
    for lower, upper in itertools.pairwise(tiers):
        if not lower.lower < upper.lower < 100:
            raise ModelError(
                f"tiers.{upper.name}: {upper.lower:g} must be above {lower.name}'s {lower.lower:g} and below 100; "
                "list the tiers from the worst to the best"
            )
    return tiers


def _check(model: Model) -> None:
    resolution_ms = _duration("model.resolution", model.header.resolution)
    if DAY_MS % resolution_ms or resolution_ms < 1_000:
        raise ModelError("model.resolution: take a divisor of a day from 1s to 1d, such as '1h', '15m' or '1s'")
    _duration("model.dedupe", model.header.dedupe)
    for name, signal in model.signals.items():
        _check_signal(model, f"signals.{name}", signal, resolution_ms)
    for name, component in model.components.items():
        _check_component(model, f"components.{name}", component)
    if sum(component.weight for component in model.components.values()) <= 0:
        raise ModelError(
            "components: every weight is 0, so nothing counts; give at least one component a weight above 0"
        )


def _check_signal(model: Model, key: str, signal: spec.Signal, resolution_ms: int) -> None:
    for topic in getattr(signal, "topics", TOPICS[:1]):
        if topic not in TOPICS:
            raise ModelError(f"{key}.topics: no topic is called {topic!r}; take from {', '.join(TOPICS)}")
    if getattr(signal, "topics", True) == ():
        raise ModelError(f"{key}.topics: name at least one of {', '.join(TOPICS)}")
    match signal:
        case spec.Count() | spec.Distinct():
            if _duration(f"{key}.window", signal.window) % resolution_ms:
                raise ModelError(
                    f"{key}.window: {signal.window} is no multiple of the resolution {model.header.resolution}; "
                    "change the one or the other"
                )
        case spec.Peak():
            for field in ("window", "within"):
                if _duration(f"{key}.{field}", getattr(signal, field)) % DAY_MS:
                    raise ModelError(f"{key}.{field}: a peak is made of daily totals; write whole days, like '30d'")
        case spec.Difference():
            for field in ("of", "minus"):
                _refer(model, f"{key}.{field}", getattr(signal, field))
                if isinstance(model.signals[getattr(signal, field)], spec.Difference):
                    raise ModelError(
                        f"{key}.{field}: a difference cannot be of differences; name the signals themselves"
                    )
        case _:
            pass


def _check_component(model: Model, key: str, component: spec.Component) -> None:
    if not 0 <= component.weight <= 1_000:
        raise ModelError(f"{key}.weight: {component.weight:g} must be from 0 to 1000")
    for field in ("full", "of", "cap"):
        if isinstance(number := getattr(component, field, 0.0), float) and not isfinite(number):
            raise ModelError(f"{key}.{field}: {number} is no number that counts; give a plain one")
    _refer(model, f"{key}.signal", component.signal)
    for field in ("needs", "peak", "prior", "per"):
        if name := getattr(component, field, ""):
            _refer(model, f"{key}.{field}", name)
    for rule in component.when:
        _refer(model, f"{key}.when.signal", rule.signal)
        _within(f"{key}.when.judgement", rule.judgement)
    match component:
        case spec.Capped():
            if model.header.combine != "sum":
                raise ModelError(
                    f"{key}.shape: 'capped' can be below 0, so it needs model.combine = 'sum'; or use 'trend'"
                )
            if component.cap <= 0:
                raise ModelError(f"{key}.cap: {component.cap:g} must be above 0")
        case spec.Trend():
            _duration(f"{key}.min_history", component.min_history)
            if component.full <= 0:
                raise ModelError(f"{key}.full: {component.full:g} must be above 0; 0.2 is a change of 20 %")
        case spec.Ratio():
            if isinstance(component.of, str):
                _refer(model, f"{key}.of", component.of)
            elif component.of <= 0:
                raise ModelError(f"{key}.of: {component.of:g} must be above 0")
        case spec.Linear():
            _check_points(key, component.points)
        case _:
            pass


def _check_points(key: str, points: tuple[tuple[float, float], ...]) -> None:
    if len(points) < 2:
        raise ModelError(f"{key}.points: give at least two, like [[0, 100], [10, 0]]")
    if not all(isfinite(x) for x, _ in points):
        raise ModelError(f"{key}.points: every x must be a plain number")
    for (x, _), (following, _) in itertools.pairwise(points):
        if following <= x:
            raise ModelError(f"{key}.points: x must grow, but {following:g} comes after {x:g}")
    for _, judgement in points:
        _within(f"{key}.points", judgement)


def _within(key: str, judgement: float) -> None:
    if not 0 <= judgement <= 100:
        raise ModelError(f"{key}: a judgement is from 0 to 100, not {judgement:g}")


def _refer(model: Model, key: str, signal: str) -> None:
    if signal not in model.signals:
        raise ModelError(f"{key}: no signal is called {signal!r}; the model has {', '.join(model.signals)}")
    if isinstance(model.signals[signal], spec.LastAt) or (
        isinstance(last := model.signals[signal], spec.Last) and last.type == "text"
    ):
        raise ModelError(f"{key}: {signal!r} is not a number; name a signal that is one")


def _duration(key: str, text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ModelError(f"{key}: {error}") from None
