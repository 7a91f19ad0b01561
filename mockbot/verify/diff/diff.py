"""`diff`: the recorded requests of two versions of AstrBot, sent to mockbot as either version."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import chain

from mockbot.exchange.exchange import Exchange
from mockbot.verify.diff import answers, operations, streams
from mockbot.verify.diff.causes import Cause
from mockbot.verify.diff.play import Pair, play
from mockbot.verify.diff.report import VersionDiff, grouped
from mockbot.verify.diff.stand import Stand, fixture_for
from mockbot.verify.replay.replay import shipped

CAUSES: Mapping[tuple[str, str], tuple[Cause, ...]] = {
    ("4.19.4", "4.29.3"): (*operations.CAUSES, *answers.CAUSES, *streams.CAUSES),
}
"""The known causes of differences, by the older and the newer version; tried in their order."""
MARK = "1"
"""Ends the usernames and sessions in requests; each exchange has a world of its own."""


def diff(old: str, new: str, exchanges: Iterable[Exchange] | None = None) -> VersionDiff:
    """Return what a client of the version `old` meets in `new`.

    `exchanges` are by default the recorded ones of both versions. No socket is opened and no time passes: the clocks
    are frozen. Raise UserError if there is no such version.
    """
    given = [each for version in dict.fromkeys((old, new)) for each in shipped(version)]
    pairs = pairs_of(old, new, given if exchanges is None else exchanges)
    return grouped(old, new, pairs, CAUSES.get((old, new), ()))


def pairs_of(old: str, new: str, exchanges: Iterable[Exchange]) -> list[Pair]:
    """Return the requests of exchanges with the responses of both versions."""
    return asyncio.run(_pairs(old, new, exchanges))


async def _pairs(old: str, new: str, exchanges: Iterable[Exchange]) -> list[Pair]:
    stands: dict[tuple[str, str], tuple[Stand, Stand]] = {}
    pairs: list[Pair] = []
    try:
        for exchange in exchanges:
            fixtures = fixture_for(old, exchange.given), fixture_for(new, exchange.given)
            if fixtures not in stands:
                stands[fixtures] = Stand(old, fixtures[0]), Stand(new, fixtures[1])
            pairs += await play(exchange, *stands[fixtures], MARK)
    finally:
        for stand in chain(*stands.values()):
            await stand.close()
    return pairs
