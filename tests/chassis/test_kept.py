"""How objects become documents and objects again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import bson
import pytest
from pydantic import BaseModel

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


class Size(StrEnum):
    """How large."""

    LARGE = "large"


class Hen(BaseModel):
    """Who laid it."""

    name: str
    sizes: frozenset[Size]


@dataclass
class Box:
    """What eggs are kept in."""

    id: UUID
    hen: Hen
    eggs: list[Egg]
    found: dict[UUID, Size]


def test_what_an_object_holds_becomes_part_of_its_document_and_is_not_shared_with_it() -> None:
    boxes, egg, place = Kept("boxes", Box), Egg(uuid4(), timedelta(seconds=240)), uuid4()
    box = Box(uuid4(), Hen(name="Berta", sizes=frozenset({Size.LARGE})), [egg], {place: Size.LARGE})

    row = boxes.dump(box)

    assert row == {
        "_id": box.id,
        "id": box.id,
        "hen": {"name": "Berta", "sizes": ["large"]},
        "eggs": [{"id": egg.id, "boils": 240.0}],
        "found": {str(place): "large"},
    }
    assert boxes.load(row) == box
    box.eggs.clear()
    box.found.clear()
    assert (len(row["eggs"]), len(row["found"])) == (1, 1)
