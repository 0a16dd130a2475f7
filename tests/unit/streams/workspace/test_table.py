"""The table of what people keep: what it answers, and in which order writes hold."""

from __future__ import annotations

from streams.kafka.sending import Sent
from streams.workspace import limits
from streams.workspace.records import ApiKey, Note, Preferences, Record, Sentiment, View, key_of
from streams.workspace.table import WorkspaceTable


def note(number: int, account: str = "acme", text: str = "Called.") -> Note:
    return Note(id=f"n{number}", account_id=account, author="ann", at_ms=number, text=text)


def view(name: str, owner: str = "") -> View:
    return View(id=f"{owner}:{name}", name=name, query="sort=score", author="ann", at_ms=0, owner=owner)


def filled(*records: Record) -> WorkspaceTable:
    table = WorkspaceTable()
    for offset, record in enumerate(records):
        table.put(key_of(record), record, Sent(0, offset))
    return table


def test_notes_are_of_their_account_the_newest_first_and_at_most_five_hundred() -> None:
    table = filled(*(note(number) for number in range(limits.NOTES_SHOWN + 2)), note(1_000, "globex"))
    shown = table.notes("acme")
    assert [each.id for each in shown[:2]] == ["n501", "n500"]
    assert len(shown) == limits.NOTES_SHOWN
    assert [each.id for each in table.notes("globex")] == ["n1000"]


def test_a_removed_note_is_gone_and_one_that_is_written_again_is_there_once() -> None:
    table = filled(note(1), note(1, text="Called twice."), note(2))
    assert [each.text for each in table.notes("acme")] == ["Called.", "Called twice."]
    table.put("note\0n2", None, Sent(0, 3))
    table.put("note\0n9", None, Sent(0, 4))
    assert [each.text for each in table.notes("acme")] == ["Called twice."]
    assert (len(table), table.note("n2")) == (1, None)


def test_ours_holds_before_it_is_read_and_what_was_written_before_it_does_not_come_back() -> None:
    """offset 0: theirs │ 1: ours (acknowledged, in the table at once) │ 2: theirs"""
    table, key = WorkspaceTable(), "note\0n1"
    table.put_ahead(key, note(1, text="ours"), Sent(0, 1))
    table.put(key, note(1, text="theirs, before"), Sent(0, 0))
    assert [each.text for each in table.notes("acme")] == ["ours"]
    table.put(key, note(1, text="ours"), Sent(0, 1))
    table.put(key, note(1, text="theirs, after"), Sent(0, 2))
    assert [each.text for each in table.notes("acme")] == ["theirs, after"]


def test_ours_that_was_read_before_we_heard_of_it_changes_nothing_more() -> None:
    table, key = WorkspaceTable(), "note\0n1"
    table.put(key, note(1, text="ours"), Sent(0, 1))
    table.put(key, note(1, text="theirs"), Sent(0, 2))
    table.put_ahead(key, note(1, text="ours"), Sent(0, 1))
    assert [each.text for each in table.notes("acme")] == ["theirs"]
    table.put(key, None, Sent(0, 3))
    assert table.notes("acme") == ()


def test_views_are_ones_own_and_everybodys_by_name() -> None:
    table = filled(view("renewals"), view("Quiet", owner="ann"), view("hers", owner="bea"))
    assert [each.name for each in table.views("ann")] == ["Quiet", "renewals"]


def test_what_nobody_set_is_the_default() -> None:
    table = filled(Sentiment(id="acme", level="fan", author="ann", at_ms=1))
    assert table.preferences("ann") == Preferences(id="ann", at_ms=0)
    assert table.sentiment("globex") is None
    found = table.sentiment("acme")
    assert found is not None
    assert found.level == "fan"


def test_there_is_room_for_so_many_views_and_for_another_version_of_each() -> None:
    table = filled(*(view(f"v{number}", "ann") for number in range(limits.OWN_VIEWS_MAX)))
    assert "delete some first" in table.no_room(view("one more", "ann"))
    assert table.no_room(view("v0", "ann")) == ""
    assert table.no_room(view("one more", "bea")) == ""


def test_a_revoked_key_takes_no_room() -> None:
    keys = [
        ApiKey(id=f"k{number}", name="ci", key_hash="", scopes=("read",), author="ann", at_ms=0, revoked_ms=number)
        for number in range(limits.KEYS_MAX + 1)
    ]
    table = filled(*keys)
    assert table.no_room(ApiKey(id="x", name="ci", key_hash="", scopes=("read",), author="ann", at_ms=0)) == ""
    assert table.api_key("k0") == keys[0]
