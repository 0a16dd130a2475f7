"""The tables `[calibrations.…]`."""

from __future__ import annotations

import pytest

from scoring.model.loader import load_model, load_preset
from scoring.model.model import ModelError
from scoring.model.model_json import decode_model, encode_model
from tests.unit.streams.calibrate.test_model_edit import TEXT

TABLE = (
    '[calibrations.churn]\nwithin = "60d"\npoints = [[0, 0.6, 0.4, 0.8], [50, 0.2, 0.1, 0.3], [100, 0.0, 0.0, 0.1]]\n'
)


def test_the_probability_lies_on_the_lines_between_points() -> None:
    curve = load_model(TEXT + TABLE).calibrations["churn"]
    assert curve.at(50) == pytest.approx((0.2, 0.1, 0.3))
    assert curve.at(75) == pytest.approx((0.1, 0.05, 0.2))
    assert curve.at(-1) == curve.at(0) == (0.6, 0.4, 0.8)


def test_no_preset_has_one_and_a_reader_gets_it_with_the_model() -> None:
    assert load_preset("default").calibrations == {}
    model = load_model(TEXT + TABLE)
    assert decode_model(encode_model(model)) == model


@pytest.mark.parametrize(
    ("before", "instead", "words"),
    [
        ("60d", "soon", "calibrations.churn.within"),
        ("[50, 0.2, 0.1, 0.3]", "[50, 0.2, 0.3, 0.4]", "is no point"),
        ("[50, 0.2, 0.1, 0.3]", "[50, 0.2, 0.1, 1.3]", "is no point"),
        ("[50, 0.2, 0.1, 0.3]", "[0, 0.2, 0.1, 0.3]", "do not ascend"),
        ("[50, 0.2, 0.1, 0.3]", "[50, 0.7, 0.1, 0.8]", "rise and fall"),
        ("[[0, 0.6, 0.4, 0.8], [50, 0.2, 0.1, 0.3], [100, 0.0, 0.0, 0.1]]", "[]", "no point"),
        ("points", "dots", "calibrations.churn"),
    ],
)
def test_a_wrong_table_is_refused_with_its_key_and_what_to_do(before: str, instead: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_model(TEXT + TABLE.replace(before, instead))
