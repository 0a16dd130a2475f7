"""Sends the request of one value, and says what the product's answer means."""

from __future__ import annotations

import httpx

from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryRefused
from streams.score_sinks.products import Product
from streams.score_sinks.value import ScoreValue

OF_THE_ACCOUNT = (400, 404, 409, 410, 413, 422)
"""These statuses concern the one account: most often the product does not know it."""


class Post:
    """`Deliver` to one product. `secrets` are removed from everything that is raised."""

    def __init__(self, product: Product, client: httpx.AsyncClient, *secrets: str) -> None:
        self._product = product
        self._client = client
        self._secrets = [secret for secret in secrets if secret]

    async def __call__(self, value: ScoreValue) -> None:
        """Write `value`. Takes 15 s at most; repeating it changes nothing more.

        Raises:
            DeliveryRefused: on 400, 404, 409, 410, 413 and 422.
            DeliveryFailed: on 408, 425, 429, 5xx, and without an answer.
            ChannelUnavailable: on everything else, a redirect too.
        """
        request = self._product.request(value)
        reply = await post_json(self._client, request.url, request.body, request.headers, method=request.method)
        self._judge(reply)

    def _judge(self, reply: Reply) -> None:
        if 200 <= reply.status < 300:
            return
        words = reply.summary
        for secret in self._secrets:
            words = words.replace(secret, "…")
        if reply.status in OF_THE_ACCOUNT:
            raise DeliveryRefused(f"answered {words}: the product does not take this account's score.")
        raise ChannelUnavailable(
            f"answered {words}: check the address and the token of this sink, and what the token may do.",
            reason="auth" if reply.status in (401, 403) else "address",
        )
