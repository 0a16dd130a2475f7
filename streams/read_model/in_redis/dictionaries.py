"""The dictionaries that answers are packed with, as far as this process knows them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.model.model_json import model_key
from scoring.result import ScoreSnapshot
from streams.read_model.records.answers import dictionary_of, id_of, pack_answer, unpack_answer


class Dictionaries:
    """Those of a read model. Mutable; one event loop owns it. Which dictionary an answer is packed with changes its
    size, and nothing else."""

    def __init__(self) -> None:
        self._by_id: dict[bytes, bytes] = {}
        self._by_model: dict[str, bytes] = {}
        self._without_score: dict[str, bytes] = {}

    def add(self, found: Mapping[bytes, bytes]) -> None:
        """Those that others have made, by id."""
        for each, dictionary in found.items():
            if each not in self._by_id:
                self._by_id[each] = dictionary
                self._offer(each, msgspec.json.decode(dictionary, type=ScoreSnapshot))

    def pack(self, answer: ScoreSnapshot, used: dict[bytes, bytes]) -> bytes:
        """`answer` as bytes; the dictionary is added to `used`, by id."""
        key = model_key(answer.model, answer.model_version)
        found = self._by_model.get(key) or (None if answer.components else self._without_score.get(key))
        if found is None:
            dictionary = dictionary_of(answer)
            found = id_of(dictionary)
            self._by_id[found] = dictionary
            self._offer(found, answer)
        used[found] = self._by_id[found]
        return pack_answer(answer, used[found], found)

    def unpack(self, packed: bytes) -> ScoreSnapshot:
        """What `pack` made, here or elsewhere.

        Raises:
            UnknownDictionary: when its dictionary must be read first.
            msgspec.DecodeError: when it is anything else.
        """
        return unpack_answer(packed, self._by_id)

    def _offer(self, found: bytes, like: ScoreSnapshot) -> None:
        """One for answers like this: a model without a score names no components, so it is the second choice."""
        choices = self._by_model if like.components else self._without_score
        choices.setdefault(model_key(like.model, like.model_version), found)
