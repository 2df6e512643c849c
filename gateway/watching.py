"""Watching: what is true now, and then again whenever it changes (G4)."""

from collections.abc import AsyncGenerator
from uuid import UUID

import strawberry

from contracts import ideas, responses, voting
from contracts.access import RESPONDERS
from contracts.messages import Event, NotFound
from gateway.context import Context, Info
from gateway.ideas import Challenge, challenge
from gateway.nodes import uuid_of
from gateway.responses import Case, case
from gateway.voting import Tally

CHALLENGE_EVENTS: tuple[type[Event], ...] = (
    ideas.ChallengeOpened,
    ideas.ShortlistingStarted,
    ideas.DecidingStarted,
    ideas.ChallengeDecided,
    ideas.ChallengeDelivered,
)
CASE_EVENTS: tuple[type[Event], ...] = (
    responses.CaseReplied,
    responses.CaseResolved,
    responses.CaseReopened,
    responses.CaseBreached,
    responses.JoinersChanged,
)
OF_THE_DESK: tuple[type[Event], ...] = (responses.CaseAssigned, responses.CaseNoted)
TOPICS = ("voting.tallies", "voting.ballots", "ideas.challenges", "responses.cases", "responses.joiners")


class NothingToWatch(NotFound):
    """There is no such thing, or you may not see it."""


def merged(older: Event, newer: Event) -> Event:
    """Two events as one that says as much.

    Each tally names only the options that moved, so dropping the older would lose some (P12). A closing or a gap has
    the tally read anew, and stands for all before and after it.
    """
    if not isinstance(older, voting.TallyChanged) or not isinstance(newer, voting.TallyChanged):
        return newer if isinstance(older, voting.TallyChanged) else older
    first, last = sorted((older, newer), key=lambda tally: tally.version)
    if first.counts is not None and last.counts is not None:
        return last.model_copy(update={"counts": first.counts | last.counts})
    return last


@strawberry.type
class Subscription:
    """What may be watched."""

    @strawberry.subscription
    async def tally_changed(self, info: Info, ballot_id: strawberry.ID) -> AsyncGenerator[Tally, None]:
        """The tally of a ballot, each time votes move it.

        The first names every option, later ones those that moved since; versions only rise. Counts are null while
        they are not shown to you.
        """
        context, ballot = info.context, uuid_of(ballot_id, "Ballot")
        kinds: tuple[type[Event], ...] = (voting.TallyChanged, voting.BallotClosed)
        with context.live.watch(kinds, str(ballot), merge=merged) as watcher:
            seen = await _seen(context, ballot)
            tally = await context.tallies.load(ballot)
            if tally is None:
                raise NothingToWatch
            kind = "Idea" if seen.challenge_id else "Option"
            last = tally.version
            yield Tally.of(tally, kind)
            public = seen.terms.publication == voting.Publication.ALWAYS
            async for event in watcher.events():
                news = await _news(context, event, public, last, ballot)
                if news is not None:
                    last = news.version
                    yield Tally.of(news, kind)

    @strawberry.subscription
    async def challenge_changed(self, info: Info, challenge_id: strawberry.ID) -> AsyncGenerator[Challenge, None]:
        """A challenge, each time it moves on."""
        context, asked = info.context, uuid_of(challenge_id, "Challenge")
        with context.live.watch(CHALLENGE_EVENTS, str(asked)) as watcher:
            picture = await challenge(context, asked)
            if picture is None:
                raise NothingToWatch
            yield picture
            last = picture.version
            async for _ in watcher.events():
                context.forget()
                picture = await challenge(context, asked)
                if picture is not None and picture.version > last:
                    last = picture.version
                    yield picture

    @strawberry.subscription
    async def case_changed(self, info: Info, case_id: strawberry.ID) -> AsyncGenerator[Case, None]:
        """A case as you may see it, each time something happens to it or its joiners; versions only rise."""
        context, asked = info.context, uuid_of(case_id, "Case")
        kinds = CASE_EVENTS + (OF_THE_DESK if RESPONDERS.by_role(context.viewer) else ())
        with context.live.watch(kinds, str(asked)) as watcher:
            picture = await case(context, asked)
            if picture is None:
                raise NothingToWatch
            yield picture
            last = picture.version
            async for _ in watcher.events():
                context.forget()
                picture = await case(context, asked)
                if picture is not None and picture.version > last:
                    last = picture.version
                    yield picture


async def _seen(context: Context, id: UUID) -> voting.Ballot:
    ballot = await context.ballots.load(id)
    if ballot is None:
        raise NothingToWatch
    return ballot


async def _news(
    context: Context, event: Event, public: bool, last: int, ballot: UUID
) -> "voting.Tally | voting.TallyChanged | None":
    """What the viewer is told: the event itself where all may see it, else what voting shows this viewer now."""
    if isinstance(event, voting.TallyChanged):
        if event.version <= last:
            return None
        if public and event.counts is not None:
            return event
    context.forget()
    tally = await context.tallies.load(ballot)
    if tally is None or tally.version < last:
        return None
    # Equal versions are equal tallies, but after a closing or a gap the viewer may see more of it than before.
    return None if tally.version == last and isinstance(event, voting.TallyChanged) else tally
