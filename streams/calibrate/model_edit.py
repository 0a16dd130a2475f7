"""Changes a model's file as text, so that its comments and its order stay: weights, bounds of tiers, calibrations."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import msgspec

from scoring.model import schema
from scoring.model.checks.toml_lines import line_of
from scoring.model.loader import load_model
from scoring.model.model import Model, ModelError, Tier
from streams.errors import UserError

_ENTRY = re.compile(r"(?P<key>\s*[^=]+=\s*)(?P<number>[-+\w.]+)(?P<rest>\s*(?:#.*)?)")
_HEADER = re.compile(r"""\s*\[\[?\s*[A-Za-z_"'][^,=]*\]\s*(?:#.*)?$""")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What shall differ: weights by component, bounds by tier, calibrations by outcome. Empty is no change."""

    weights: Mapping[str, float] = {}
    bounds: Mapping[str, float] = {}
    calibrations: Mapping[str, schema.Calibration] = {}

    def __bool__(self) -> bool:
        return bool(self.weights or self.bounds or self.calibrations)

    def applied(self, model: Model) -> Model:
        """The changed model, one version later."""
        components = {
            name: msgspec.structs.replace(each, weight=self.weights.get(name, each.weight))
            for name, each in model.components.items()
        }
        return msgspec.structs.replace(
            model,
            header=msgspec.structs.replace(model.header, version=model.version + 1),
            tiers=tuple(Tier(tier.name, self.bounds.get(tier.name, tier.lower)) for tier in model.tiers),
            components=components,
            calibrations={**model.calibrations, **self.calibrations},
        )


def edited(text: str, model: Model, changes: Changes) -> str:
    """The text of a model's file with the changes, and the next version.

    Raises:
        UserError: when the file is written in a way that this cannot change, such as inline tables. It names the key.
    """
    numbers = {"model.version": float(model.version + 1)}
    numbers |= {f"components.{name}.weight": weight for name, weight in changes.weights.items()}
    numbers |= {f"tiers.{name}": bound for name, bound in changes.bounds.items()}
    for key, number in numbers.items():
        text = _with_number(text, key, number)
    for name, calibration in changes.calibrations.items():
        text = _with_calibration(text, name, calibration)
    try:
        found = load_model(text)
    except ModelError as error:
        raise UserError(f"The model's file cannot be changed ({error}): change it by hand, see --json.") from None
    if found != changes.applied(model):
        raise UserError("The model's file is written in a way that cannot be changed: change it by hand, see --json.")
    return text


def unified_diff(before: str, after: str, old_name: str, new_name: str) -> str:
    """The difference as `diff -u` shows it; "" for none."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), old_name, new_name)
    return "".join(lines)


def _with_number(text: str, key: str, number: float) -> str:
    lines = text.split("\n")
    table, _, name = key.rpartition(".")
    at = line_of(text, key)
    if at and at != line_of(text, table) and (found := _ENTRY.fullmatch(lines[at - 1])):
        lines[at - 1] = f"{found['key']}{number:g}{found['rest']}"
        return "\n".join(lines)
    header = line_of(text, table)
    if not header or not _HEADER.match(lines[header - 1]):
        raise UserError(f"{key} is not on a line of its own: write {name} = {number:g} there by hand.")
    lines.insert(header, f"{name} = {number:g}")
    return "\n".join(lines)


def _with_calibration(text: str, name: str, calibration: schema.Calibration) -> str:
    """The text with the table at its end, and without an older one, as `vitals calibrate` wrote it."""
    lines, header = text.rstrip("\n").split("\n"), f"[calibrations.{name}]"
    if header in lines:
        first = lines.index(header)
        last = next((at for at in range(first + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
        del lines[first:last]
    while lines and not lines[-1].strip():
        del lines[-1]
    points = [f"  [{', '.join(f'{number:g}' for number in point)}]," for point in calibration.points]
    lines += [
        "",
        header,
        f'within = "{calibration.within}"',
        f'until = "{calibration.until}"',
        f"accounts = {calibration.accounts}",
        f"outcomes = {calibration.outcomes}",
        "points = [",
        *points,
        "]",
        "",
    ]
    return "\n".join(lines)
