"""One account under other facts or weights."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWhatIfRequest:
    """Other facts by signal (`null`: unknown), and other weights by component; those that are left out stay."""

    facts: dict[str, float | str | None] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A signal that the model judges: its value now, and under the request. `why_not` says why it cannot be changed, ""
    when it can: what it is worth is worked out from events that only a worker has."""

    name: str
    label: str
    now: float | str | None
    then: float | str | None
    components: tuple[str, ...]
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentThen:
    """A component now and under the request, in points of the score. `judgement` is 0-100, None without evidence."""

    component: str
    label: str
    judgement: float | None
    judgement_then: float | None
    points: float
    points_then: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWhatIf:
    """The account under other facts or weights, by its model alone: a score that a person set is left aside.

    `score` and `score_then` are None where nothing can be judged; then `standing_then` may say why. `flags_then` are
    the floors and flags that would hold.
    """

    account_id: str
    model: str
    model_version: int
    as_of_ms: int
    score: float | None
    tier: str
    score_then: float | None
    tier_then: str
    standing_then: str
    flags: tuple[str, ...]
    flags_then: tuple[str, ...]
    components: tuple[ComponentThen, ...]
    inputs: tuple[Input, ...]
