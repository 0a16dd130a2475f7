"""Maps, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import UserError
from streams.importing.map_file import ImportMap, read_map

SMALL = '[account]\ncolumn = "Id"\n[properties.Plan]\nname = "plan"\n'


def a_map(folder: Path, text: str) -> ImportMap:
    path = folder / "map.toml"
    path.write_text(text)
    return read_map(str(path))


def test_a_small_map_is_enough(tmp_path: Path) -> None:
    found = a_map(tmp_path, SMALL)
    assert found.columns == ("Id", "Plan")
    assert (found.separator, found.encoding, found.decimal, found.thousands) == (",", "utf-8", ".", "")
    assert (found.topic, found.event, found.zone) == ("billing", "account_updated", "UTC")


def test_a_map_that_is_missing_is_an_error_that_names_nothing_else() -> None:
    with pytest.raises(UserError, match=r"^There is no map 'nope\.toml': give the path of a TOML file\.$"):
        read_map("nope.toml")


def test_names_of_separators_and_encodings_are_those_of_other_files(tmp_path: Path) -> None:
    found = a_map(tmp_path, 'separator = "tab"\nencoding = "Windows-1252"\n' + SMALL)
    assert (found.separator, found.encoding) == ("\t", "cp1252")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[properties.Plan]\nname = 'plan'", "missing required field `account`"),
        ("colour = 1\n" + SMALL, "unknown field `colour`"),
        (SMALL + "kind = 'x'", "unknown field `kind`"),
        ("decimal = ';'\n" + SMALL, "decimal is ';'"),
        ("decimal = ','\nthousands = ','\n" + SMALL, "thousands is ','"),
        ("zone = 'Berlin'\n" + SMALL, "zone 'Berlin' is not known"),
        ("date = 'May'\n" + SMALL, "date: "),
        ("topic = 'sales'\n" + SMALL, "topic is 'sales'"),
        ("encoding = 'latin-99'\n" + SMALL, "encoding 'latin-99' is not known"),
        ("separator = 'ab'\n" + SMALL, "separator 'ab' cannot separate"),
        ("[account]\ncolumn = 'Id'\n", "nothing would be imported"),
        ("[account]\ncolumn = 'Id'\nkind = 'Salesforce'\n[properties.P]\nname = 'p'", "account.kind is 'Salesforce'"),
        (SMALL + "[aliases]\nStripe = 'stripe'", "give a kind of ids, such as stripe.customer"),
        (SMALL + "[properties.Tariff]\nname = 'plan'", "two columns are the property 'plan'"),
        (SMALL + "[properties.M]\nname = 'MRR'", 'models read as a number: give type = "number"'),
        (SMALL + "[properties.R]\nname = 'renewal_date'", 'models read as a date: give type = "date"'),
        (SMALL + "[properties.M]\nname = 'mrr'\ntype = 'number'\ndivide_by = 0", "divide_by is 0"),
        (SMALL + "[properties.B]\nname = 'b'\ntype = 'boolean'\ntrue = ['x']\nfalse = ['x']", "in true and in false"),
        (SMALL + "[properties.B]\nname = ' '", "has no name"),
        ("not toml", "cannot be used"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        a_map(tmp_path, text)
    assert words in str(error.value)
