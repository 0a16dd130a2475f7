"""A checked model as JSON, for the topic `models` and the read model, so that old scores can be explained.

It holds everything in the file, with references to event sets replaced: so it means the same under a later release
whose shipped sets have changed.
"""

from __future__ import annotations

import msgspec

from scoring.model.model import Model, ModelError

_DECODER = msgspec.json.Decoder(Model)


def model_key(name: str, version: int) -> str:
    """The key of a model: "default@3"."""
    return f"{name}@{version}"


def encode_model(model: Model) -> bytes:
    """The model as JSON; equal bytes for equal models."""
    return msgspec.json.encode(model)


def decode_model(value: bytes) -> Model:
    """Decode a model that `encode_model` wrote. It was checked then, and is not checked again.

    Raises:
        ModelError: when this release cannot read it.
    """
    try:
        return _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(
            f"not a model that this release can read: {error}; read it with the release that wrote it"
        ) from error
