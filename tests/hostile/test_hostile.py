"""A short siege of the running system; `make hostile` goes on for longer."""

from pathlib import Path

from tests.hostile.siege import besieged

INPUTS = 600
SEED = 20261126


async def test_nothing_breaks_and_nothing_leaks_whatever_is_sent(tmp_path: Path) -> None:
    """P7: what cannot be read is set aside with its reason, what is not for us is skipped, nothing else waits."""
    async with besieged(tmp_path) as siege:
        await siege.suffer(INPUTS, SEED)
        await siege.heard()
        await siege.set_aside()
        await siege.unbroken()
        assert [said for said in siege.said() if said.startswith("gateway ERROR")] == []
