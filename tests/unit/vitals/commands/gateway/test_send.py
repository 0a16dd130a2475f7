"""`vitals gateway send`: which source a body is sent as."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import UserError
from streams.gateway.sources.ready import read_sources
from vitals.commands.gateway.send import _chosen

CALLED = '[sources.own]\nkind = "vitals"\ninsecure = true\n'
READ = '[sources.orders]\nkind = "cloudevents"\nkafka_topic = "orders.events"\n'


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (READ, "", r"^No source of the file is called: all are read from their topics\."),
        (READ + CALLED, "orders", r"^The source orders is read from its topic, not called"),
        (READ + CALLED, "onw", r"^There is no source onw; did you mean 'own'\? Give one of own\.$"),
        (CALLED + CALLED.replace("own", "other"), "", "give --source with one of own, other"),
    ],
)
def test_a_body_needs_a_source_that_is_called(tmp_path: Path, text: str, name: str, words: str) -> None:
    (tmp_path / "gateway.toml").write_text(text)
    with pytest.raises(UserError, match=words):
        _chosen(read_sources(str(tmp_path / "gateway.toml")), name)


def test_the_only_source_that_is_called_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(READ + CALLED)
    assert _chosen(read_sources(str(tmp_path / "gateway.toml")), "")[0] == "own"
