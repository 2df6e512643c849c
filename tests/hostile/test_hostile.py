"""A short siege of the running system; `make hostile` goes on for longer."""

from tests.hostile.aftermath import ALLOWED, heard, logged, set_aside, unbroken
from tests.hostile.siege import Siege

INPUTS = 600
SEED = 20261126


async def test_nothing_breaks_and_nothing_leaks_whatever_is_sent(siege: Siege) -> None:
    """P7: what cannot be read is set aside with its reason, what is not for us is skipped, nothing else waits."""
    await siege.suffer(INPUTS, SEED)

    await heard(siege)
    assert (await set_aside(siege)).total() > 0
    await unbroken(siege)
    assert [said for said in logged(siege) if said.startswith("gateway ERROR") and not ALLOWED.search(said)] == []
