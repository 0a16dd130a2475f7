"""The tokens: text and shapes stand out in both themes, and tiers stay apart for eyes that see fewer colours."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

import dashboard

CSS = (Path(dashboard.__file__).parent / "static/css/tokens.css").read_text("utf-8")
TOKENS = {name: pair for name, *pair in re.findall(r"--([\w-]+):light-dark\((#\w{6}),(#\w{6})\)", CSS)}
GROUNDS = ("bg", "sunken", "hover", "selected", "changed", "raised")
TEXT = ("ink", "ink-2", "ink-3", "accent", "red-ink", "yellow-ink", "green-ink")
SHAPES = ("red-fill", "yellow-fill", "green-fill", "earned", "mark", "line-strong", "accent")
TIERS = ("red", "yellow", "green")
EYES = {
    "normal": None,
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as these eyes see it."""
Colour = list[float]


def linear(colour: str) -> Colour:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, between 1 and 21."""
    weights = (0.2126, 0.7152, 0.0722)
    low, high = sorted(sum(w * part for w, part in zip(weights, linear(each), strict=True)) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: Colour) -> tuple[float, float, float]:
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    xyz = [sum(k * c for k, c in zip(row, rgb, strict=True)) / w for row, w in zip(rows, white, strict=True)]
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: str, other: str, eyes: str) -> float:
    """The distance of two colours to these eyes, CIE76; 20 is plain to see."""
    matrix = EYES[eyes]
    seen = []
    for colour in (one, other):
        rgb = linear(colour)
        if matrix is not None:
            rgb = [min(1.0, max(0.0, sum(k * c for k, c in zip(row, rgb, strict=True)))) for row in matrix]
        seen.append(lab(rgb))
    return float(sum((p - q) ** 2 for p, q in zip(*seen, strict=True)) ** 0.5)


@pytest.fixture(params=[0, 1], ids=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_text_stands_out_on_every_ground(theme: int) -> None:
    faint = {
        (text, ground): round(ratio, 2)
        for text, ground in itertools.product(TEXT, GROUNDS)
        if (ratio := contrast(TOKENS[text][theme], TOKENS[ground][theme])) < 4.5
    }
    assert faint == {}
    assert contrast(TOKENS["on-accent"][theme], TOKENS["accent"][theme]) >= 4.5


def test_text_stands_out_on_the_bands_of_tiers(theme: int) -> None:
    for tier in TIERS:
        for text in ("ink", "ink-2", "ink-3", f"{tier}-ink"):
            assert contrast(TOKENS[text][theme], TOKENS[f"{tier}-wash"][theme]) >= 4.5, (tier, text)


def test_shapes_and_borders_of_controls_stand_out(theme: int) -> None:
    for shape, ground in itertools.product(SHAPES, GROUNDS[:4]):
        assert contrast(TOKENS[shape][theme], TOKENS[ground][theme]) >= 3.0, (shape, ground)


@pytest.mark.parametrize("eyes", EYES)
def test_tiers_stay_apart(theme: int, eyes: str) -> None:
    for one, other in itertools.combinations(TIERS, 2):
        assert apart(TOKENS[f"{one}-fill"][theme], TOKENS[f"{other}-fill"][theme], eyes) >= 20.0, (one, other)


STYLE_SHEETS = sorted((Path(dashboard.__file__).parent / "static/css").glob("*.css"))
COLOUR = re.compile(r":[^;{}]*(?:#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?)\()[^;}]*")


def test_no_style_sheet_but_the_tokens_names_a_colour() -> None:
    others = [path for path in STYLE_SHEETS if path.name != "tokens.css"]
    named = {path.name: COLOUR.findall(path.read_text("utf-8")) for path in others}
    # The shade behind a dialog is black in both themes.
    assert {name: found for name, found in named.items() if found} == {"parts.css": [": rgb(0 0 0 / .35)"]}


def test_no_style_sheet_is_long() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in STYLE_SHEETS}
    assert len(lengths) > 8
    assert {name: length for name, length in lengths.items() if length > 250} == {}
