"""The whole story, in its order: align, ask, decide while a complaint is cared for, align again."""

from collections.abc import Iterator

from cli.demo.aligning import check_in, set_goal
from cli.demo.caring import Caring
from cli.demo.deciding import Deciding
from cli.demo.gathering import ask
from cli.demo.report import Chapter
from cli.demo.telling import Telling
from cli.importing import together


class Play:
    """The chapters fill while it is played, so that there is something to show where it breaks off."""

    def __init__(self, telling: Telling) -> None:
        self.whole = False
        self._telling = telling
        self._goal = Chapter("A goal, and the advantage it builds on")
        self._asking = Chapter("A challenge under it, asked of forty members")
        self._deciding = Chapter("A decision that nobody copies")
        self._caring = Chapter("Meanwhile, a complaint that thirty others join")
        self._end = Chapter("The goal shows all of it")

    async def run(self) -> None:
        """Play it. Raises Trouble where it cannot go on."""
        telling = self._telling
        await telling.admit()
        goal, key_result = await set_goal(telling, self._goal)
        asked = await ask(telling, goal, self._asking)
        deciding = Deciding(telling, asked, self._deciding)
        ballot = await deciding.shortlist()
        await together((deciding.vote(ballot), Caring(telling, goal, self._caring).care()))
        await check_in(telling, goal, key_result, self._end)
        self.whole = True

    def chapters(self) -> Iterator[Chapter]:
        """What was read back so far."""
        told = (self._goal, self._asking, self._deciding, self._caring, self._end)
        return (chapter for chapter in told if chapter.lines)
