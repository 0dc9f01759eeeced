"""What batch workers have done, counted where all of them and the API can reach it: in Redis.

A worker's jobs are processes that come and go, so none of them could keep the count. Only codes and numbers are
counted. It is for whoever watches the service: a count that Redis misses costs no claim.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from redis import Redis
from redis.exceptions import RedisError

KEY: Final = "scrubber:tally"

Tally: TypeAlias = dict[tuple[str, ...], int]
"""Counts by what is counted and its labels, as in ``("findings", "COV703", "deny")``."""


def add_to_tally(redis: Redis, counts: Mapping[tuple[str, ...], int]) -> None:
    """Count what was done."""
    pipeline = redis.pipeline(transaction=False)
    for what, number in counts.items():
        pipeline.hincrby(KEY, " ".join(what), number)
    try:
        pipeline.execute()
    except RedisError:  # the chunk is done all the same
        return


def read_tally(redis: Redis) -> Tally:
    """All that was counted so far. Raises RedisError."""
    counted = cast("dict[bytes, Any]", redis.hgetall(KEY))
    return {tuple(what.decode().split(" ")): int(number) for what, number in counted.items()}
