"""How objects become documents and objects again."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import bson
import pytest

from chassis.kept import Kept
from chassis.session import CODEC


@dataclass
class Egg:
    """How long it boils."""

    id: UUID
    boils: timedelta


EGGS = Kept("eggs", Egg)


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 240_001, 86_400_123, 365 * 86_400_000 + 7])
def test_a_span_of_time_comes_back_to_the_millisecond(milliseconds: int) -> None:
    egg = Egg(uuid4(), timedelta(milliseconds=milliseconds))

    row = bson.decode(bson.encode(EGGS.dump(egg), codec_options=CODEC), CODEC)

    assert EGGS.load(row) == egg
