"""A checked model as values: `scoring.model.loader` makes it from a file, all other code reads it."""

from __future__ import annotations

import msgspec

from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.property_sets import Renamed


class ModelError(ValueError):
    """A model file that cannot be used; the text names the line, the key and the fix."""


class Tier(msgspec.Struct, frozen=True):
    """A half-open range of scores, from `lower` up to the next tier's, on the unrounded value."""

    name: str
    lower: float


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A checked model. Tiers are worst first; signals, components and the rest are in the file's order.

    `signals` and `sources` have neither references to sets of events nor to synonyms of properties; `written` and
    `written_sources` have those that do, as in the file, for people. `events` and `properties` are the model's own sets
    and synonyms, as in the file.
    """

    header: schema.Header
    tiers: tuple[Tier, ...]
    signals: dict[str, schema.Signal]
    components: dict[str, schema.Component]
    standings: dict[str, schema.Standing] = {}
    sources: dict[str, schema.Source] = {}
    profiles: dict[str, schema.Profile] = {}
    floors: dict[str, schema.Floor] = {}
    flags: dict[str, schema.Flag] = {}
    signs: dict[str, schema.Sign] = {}
    calibrations: dict[str, schema.Calibration] = {}
    events: dict[str, tuple[str, ...]] = {}
    properties: dict[str, Renamed] = {}
    written: dict[str, schema.Signal] = {}
    written_sources: dict[str, schema.Source] = {}

    @property
    def resolution_ms(self) -> int:
        """The width of a bucket: from one second to one day, a divisor of a day."""
        return parse_duration(self.header.resolution)

    @property
    def as_written(self) -> dict[str, schema.Signal]:
        """The signals as in the file, references to sets and synonyms included."""
        return {name: self.written.get(name, signal) for name, signal in self.signals.items()}

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def version(self) -> int:
        return self.header.version
