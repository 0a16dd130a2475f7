"""What a request whose signature does not hold raises."""

from __future__ import annotations


class BadSignature(ValueError):
    """The request is not from its sender, or not of now: 401, with the text as the reason.

    The text is for the person who set up the source. It never holds a secret, a signature or a part of the body.
    """
