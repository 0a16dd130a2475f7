"""The topic `predictions` on a real broker: a day is recorded once, and what is over is deleted."""

from __future__ import annotations

from streams.accuracy.record import read_series, record
from streams.accuracy.series import DAYS_MAX, Look
from streams.deployment.settings import Settings


async def test_a_day_is_recorded_once_and_read_back(settings: Settings) -> None:
    looks = [Look(f"acme-{number}", 0.1, 60, number == 0, False, 20_500) for number in range(50)]
    first = await record(settings, looks, 20_400)
    assert (first.written, first.unchanged, first.removed) == (50, 0, 0)
    again = await record(settings, [each._replace(probability=0.9) for each in looks], 20_400)
    assert (again.written, again.unchanged, again.removed) == (0, 50, 0)
    await record(settings, [each._replace(probability=0.2) for each in looks[:10]], 20_402)
    known = await read_series(settings)
    assert len(known) == 50
    assert known["acme-0"].probabilities == (0.1, None, 0.2)
    assert known["acme-0"].flags == "1-1"
    assert known["acme-49"].renewals == (20_500,)
    over = await record(settings, looks[:10], 20_400 + DAYS_MAX)
    assert (over.written, over.removed) == (10, 40)
    assert len(await read_series(settings)) == 10
