"""A drafted map is a map, and a person can see on what it rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.importing.draft import draft_map
from streams.importing.map_file import read_map
from streams.importing.rows import RowReader
from streams.importing.table_file import TableFile

BOOK = """Account ID;Account Manager;Contract End;MRR;Opened;Discount;Stripe ID;Note\r
007;Ann "Öz";31.12.2026;1.234,56;04/05/2026;12 %;cus_1;\r
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_draft_reads_the_file_that_it_was_made_from(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "crm.csv"
    path.write_bytes(BOOK.encode(encoding))
    text = draft_map(str(path))
    (tmp_path / "map.toml").write_text(text)
    found = read_map(str(tmp_path / "map.toml"))
    assert (found.separator, found.decimal, found.thousands) == (";", ",", ".")
    assert found.account.column == "Account ID"
    assert {of.name: of.type for of in found.properties.values()} == {
        "account_manager": "text",
        "contract_end": "date",
        "mrr": "number",
    }
    assert '# "Stripe ID" = "system.kind"   # cus_1' in text
    assert '# format = "%m/%d/%Y"     # or "%d/%m/%Y": the cells do not say' in text
    assert '# type = "percent"' in text
    table = TableFile(str(path), found.separator, found.encoding)
    ((_, cells),) = table.rows()
    assert isinstance(cells, list)
    assert len(RowReader(found, table.header, 1_790_000_000_000).read(cells).events) == 2


def test_headers_and_cells_cannot_leave_their_place_in_the_draft(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text('Id,"a""]\nname = ""x""",MRR\n1,"\x1b[2J\nx",5\n')
    text = draft_map(str(path))
    (tmp_path / "map.toml").write_text(text)
    assert list(read_map(str(tmp_path / "map.toml")).properties) == ["MRR"]
    assert "\x1b" not in text


def test_headers_and_cells_of_any_language_stand_in_the_draft_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("Kundennummer;Geändert 😀;Stra\u00adße\nacme;Ann Öz;Köln\n", encoding="utf-8")
    text = draft_map(str(path))
    assert '# [properties."Geändert 😀"]   # Ann Öz' in text
    assert '# [properties."Stra\\U000000ADße"]   # Köln' in text
    (tmp_path / "map.toml").write_text(text.replace("# [prop", "[prop").replace("# name", "name"), encoding="utf-8")
    assert list(read_map(str(tmp_path / "map.toml")).properties) == ["Geändert 😀", "Stra\u00adße"]
