"""A model as a tree: the score, what it is made of, and what that is made of, down to the events."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import msgspec
from rich.text import Text
from rich.tree import Tree

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.event.synonyms import MARK, synonyms_text
from scoring.model import schema
from scoring.model.event_names import SET
from scoring.model.event_sets import shipped
from scoring.model.model import Model
from scoring.model.property_sets import PropertySets
from scoring.model.references import event_sets_of, synonyms_used_by
from scoring.model.schema.rules import conditions_text

LINE_LIMIT = 1_000
"""Characters of what a model file says in one place, such as a list of events."""


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One branch. `weight` counts among its siblings, and `share` is its part of theirs, 0-1; None where nothing is
    weighed."""

    name: str
    label: str = ""
    words: str = ""
    weight: float | None = None
    share: float | None = None
    parts: tuple[Node, ...] = ()


def tree_of(model: Model) -> Node:
    """The whole model: the score's parts are components, sources, standings, profiles, floors, flags, signs, sets of
    events, synonyms of properties and tiers, of those that there are."""
    sections = (
        Node(name="components", parts=_components(model)),
        Node(name="sources", parts=_sources(model)),
        Node(name="standings", parts=_standings(model)),
        Node(name="profiles", parts=_profiles(model)),
        Node(name="floors", parts=_floors(model)),
        Node(name="flags", parts=_flags(model)),
        Node(name="signs", parts=_signs(model)),
        Node(name="events", parts=_event_sets(model)),
        Node(name="properties", parts=_synonyms(model)),
        Node(name="tiers", parts=_tiers(model)),
    )
    return Node(
        name=model.name,
        label=model.header.description,
        words=f"version {model.version}: 0 to 100, {combination_words(model.header)}",
        parts=tuple(section for section in sections if section.parts),
    )


def draw(node: Node, under: Tree | None = None) -> Tree:
    """A node and all its parts, for the screen."""
    tree = Tree(_line(node)) if under is None else under.add(_line(node))
    for part in node.parts:
        draw(part, tree)
    return tree


def combination_words(header: schema.Header) -> str:
    """How judgements become a score: «the weighted mean of what has evidence, with 10 of weight for 69»."""
    if header.combine == "sum":
        return "points, added up"
    words = ["the weighted mean of what has evidence"]
    if header.neutral_weight:
        words.append(f"with a constant {header.neutral:g} of weight {header.neutral_weight:g}")
    if header.emphasis > 1:
        words.append(f"a judgement of 0 weighs {header.emphasis:g} times one of 100")
    if header.known_by:
        words.append(f"coverage by {', '.join(header.known_by)}")
    return ", ".join(words)


def tier_words(model: Model) -> list[tuple[str, str]]:
    """Each tier with its range: «yellow», «[45, 75)»."""
    ranges = [(tier.name, f"[{tier.lower:g}, {above.lower:g})") for tier, above in pairwise(model.tiers)]
    best = model.tiers[-1]
    return [*ranges, (best.name, f"[{best.lower:g}, 100]")]


def _line(node: Node) -> Text:
    text = Text(plain(node.name, NAME_LIMIT), style="bold")
    if node.label and node.label != node.name:
        text.append(f" «{plain(node.label, WORDS_LIMIT)}»", style="not bold")
    if node.weight is not None and node.share is not None:
        text.append(f" weight {node.weight:g} ({node.share:.1%})", style="not bold cyan")
    if node.words:
        text.append(f" {plain(node.words, LINE_LIMIT)}", style="not bold")
    return text


def _components(model: Model) -> tuple[Node, ...]:
    """All components but those that are only parts of blends: they stand there."""
    blended = {part for each in model.components.values() for part in each.part_weights()}
    weights = {
        name: component.weight
        for name, component in model.components.items()
        if component.weight > 0 or name not in blended
    }
    return tuple(_component(model, name, weight, _share(name, weights)) for name, weight in weights.items())


def _component(model: Model, name: str, weight: float, share: float) -> Node:
    component = model.components[name]
    rules = [Node(name=key, words=words) for key, words in component.rule_texts()]
    inner = component.part_weights()
    blended = [_component(model, each, inner[each], _share(each, inner)) for each in inner]
    signals = [_signal(model, signal) for signal in component.signal_names()]
    return Node(
        name=name,
        label=component.label,
        words=f"{component.shape}: {component.formula_text()}",
        weight=weight,
        share=share,
        parts=(*rules, *blended, *signals),
    )


def _signal(model: Model, name: str) -> Node:
    signal = model.written.get(name) or model.signals[name]
    window = signal.window_text()
    return Node(
        name=name,
        label=signal.label,
        words=signal.kind + (f", {window}" if window else "") + f": {signal.source_text()}",
        parts=tuple(_signal(model, each) for each in signal.operands()),
    )


def _sources(model: Model) -> tuple[Node, ...]:
    """The sources, and the components that have no evidence without them."""
    written = model.sources | model.written_sources
    return tuple(
        Node(
            name=name,
            label=source.label,
            words=source.source_text(),
            parts=tuple(Node(name=each) for each, component in model.components.items() if component.source == name),
        )
        for name, source in written.items()
    )


def _standings(model: Model) -> tuple[Node, ...]:
    return tuple(
        Node(name=name, label=standing.label, words=f"no score while {conditions_text(standing.when)}")
        for name, standing in model.standings.items()
    )


def _profiles(model: Model) -> tuple[Node, ...]:
    return tuple(
        Node(
            name=name,
            label=profile.label,
            words=f"when {conditions_text(profile.when)}, rank {profile.rank}"
            + (", provisional" if profile.provisional else ""),
            parts=tuple(
                Node(name=each, weight=weight, share=_share(each, profile.weights))
                for each, weight in profile.weights.items()
            ),
        )
        for name, profile in model.profiles.items()
    )


def _floors(model: Model) -> tuple[Node, ...]:
    return tuple(
        Node(name=name, label=floor.label, words=f"at most {floor.to:g} while {conditions_text(floor.when)}")
        for name, floor in model.floors.items()
    )


def _flags(model: Model) -> tuple[Node, ...]:
    return tuple(
        Node(name=name, label=flag.label, words=f"shown while {conditions_text(flag.when)}")
        for name, flag in model.flags.items()
    )


def _signs(model: Model) -> tuple[Node, ...]:
    kinds = "one name, one user or one hour"
    return tuple(
        Node(name=name, words=f"shown while {sign.signal}, ≥ {sign.at_least} on ≥ {sign.days} days, is of {kinds}")
        for name, sign in model.signs.items()
    )


def _event_sets(model: Model) -> tuple[Node, ...]:
    """The sets that signals refer to, and those that these are made of."""
    return tuple(
        Node(name=f"{SET}{name}", words=", ".join(model.events.get(name) or shipped()[name]))
        for name in event_sets_of(model)
    )


def _synonyms(model: Model) -> tuple[Node, ...]:
    """The synonyms that signals refer to, without references, and what texts stand for."""
    sets = PropertySets(model.properties)
    found = ((name, sets.synonyms("", name)) for name in synonyms_used_by(model))
    return tuple(Node(name=f"{MARK}{name}", words=synonyms_text(each)) for name, each in found)


def _tiers(model: Model) -> tuple[Node, ...]:
    return tuple(Node(name=name, words=words) for name, words in tier_words(model))


def _share(name: str, weights: Mapping[str, float]) -> float:
    """A weight's part of all: above 0, for a model that is checked."""
    return weights[name] / sum(weights.values())
