"""What ideas answers."""

from collections.abc import Iterable
from itertools import chain
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Document
from chassis.paging import page
from contracts import ideas as contract
from contracts.access import sees
from contracts.ideas import (
    ChallengeOrder,
    ChallengesNamed,
    ChallengesPage,
    IdeaOrder,
    IdeasNamed,
    IdeasPage,
    IdeaState,
    IdeaText,
    NoSuchChallenge,
    Support,
    TextsOf,
)
from contracts.messages import Member, Page
from services.ideas.challenge import Challenge
from services.ideas.idea import Idea
from services.ideas.store import CHALLENGES, COUNTS, IDEAS, TEXTS, EarlierText, Ideas, text_id

SORTED = {
    IdeaOrder.NEWEST: ("submitted_at", True),
    IdeaOrder.OLDEST: ("submitted_at", False),
    IdeaOrder.SUPPORT: ("support", True),
    IdeaOrder.COMMENTS: ("comments", True),
}
CHALLENGES_SORTED = {
    ChallengeOrder.NEWEST: ("opened_at", True),
    ChallengeOrder.OLDEST: ("opened_at", False),
    ChallengeOrder.DECISION_DATE: ("decision_date", False),
}
STANDING = (IdeaState.OPEN, IdeaState.ADOPTED)
EARLIER_TEXTS = 100


async def challenges_named(query: ChallengesNamed, ideas: Ideas) -> list[contract.Challenge | None]:
    """Challenges by id."""
    found = await ideas.read_all(CHALLENGES, query.challenge_ids)
    told = await _challenges((each for each in found.values() if _visible(each, query.viewer)), ideas)
    return [told.get(challenge_id) for challenge_id in query.challenge_ids]


async def challenges_page(query: ChallengesPage, ideas: Ideas) -> Page[contract.Challenge]:
    """Challenges that the viewer may see, filtered and sorted as asked."""
    wanted = _seen_by(query.viewer)
    if query.phase:
        wanted["phase"] = query.phase.value
    if query.goal_id:
        wanted["goal_id"] = query.goal_id
    for audience in _audiences_asked(query):
        wanted.setdefault("$and", []).append({"audiences": audience})
    if query.order is ChallengeOrder.DECISION_DATE:
        wanted["decision_date"] = {"$type": "date"}
    by, descending = CHALLENGES_SORTED[query.order]
    found = await page(ideas.session, CHALLENGES, wanted, by, query.window, descending=descending)
    told = await _challenges(found.items, ideas)
    return Page[contract.Challenge](**(dict(found) | {"items": [told[each.id] for each in found.items]}))


async def ideas_named(query: IdeasNamed, ideas: Ideas) -> list[contract.Idea | None]:
    """Ideas by id."""
    told = await _ideas((await shown_of(query.idea_ids, query.viewer, ideas)).values(), ideas)
    return [told.get(idea_id) for idea_id in query.idea_ids]


async def ideas_page(query: IdeasPage, ideas: Ideas) -> Page[contract.Idea]:
    """The ideas of a challenge. Refuses `NoSuchChallenge` where the viewer may not see it."""
    challenge = await ideas.challenge(query.challenge_id)
    if not _visible(challenge, query.viewer):
        raise NoSuchChallenge(path=("challengeId",))  # told apart by nothing from one that is not there
    wanted: Document = {"challenge_id": query.challenge_id}
    if query.state is IdeaState.OPEN:
        wanted["state"] = {"$in": [state.value for state in STANDING]}
    elif query.state:
        wanted["state"] = query.state.value
    if query.author_id:
        wanted["author_id"] = query.author_id
    if query.tag:
        wanted["text.tags"] = query.tag
    if query.shortlisted is not None:
        wanted["shortlisted"] = True if query.shortlisted else {"$ne": True}
    by, descending = SORTED[query.order]
    found = await page(ideas.session, IDEAS, wanted, by, query.window, descending=descending)
    told = await _ideas(found.items, ideas)
    return Page[contract.Idea](**(dict(found) | {"items": [told[each.id] for each in found.items]}))


async def texts_of(query: TextsOf, ideas: Ideas) -> list[list[IdeaText]]:
    """Earlier texts, newest first."""
    seen = await shown_of(query.idea_ids, query.viewer, ideas)
    keys = {
        idea.id: [text_id(idea.id, number) for number in reversed(range(idea.revisions))][:EARLIER_TEXTS]
        for idea in seen.values()
    }
    found = await ideas.read_all(TEXTS, chain.from_iterable(keys.values()))
    return [[_told(found[key]) for key in keys.get(idea_id, ()) if key in found] for idea_id in query.idea_ids]


async def shown_of(idea_ids: Iterable[UUID], viewer: Member | None, ideas: Ideas) -> dict[UUID, Idea]:
    """Those of these ideas whose challenge the viewer may see."""
    found = await ideas.read_all(IDEAS, idea_ids)
    challenges = await ideas.read_all(CHALLENGES, {idea.challenge_id for idea in found.values()})
    shown = {key for key, each in challenges.items() if _visible(each, viewer)}
    return {key: idea for key, idea in found.items() if idea.challenge_id in shown}


def _told(earlier: EarlierText) -> IdeaText:
    text = earlier.text
    return IdeaText(version=earlier.version, title=text.title, body=text.body, revised_at=earlier.revised_at)


def _visible(challenge: Challenge, viewer: Member | None) -> bool:
    return sees(viewer, challenge.audiences, challenge.public)


def _seen_by(viewer: Member | None) -> Document:
    """The same rule as `_visible`, as a filter."""
    if viewer is None:
        return {"public": True}
    return {} if viewer.roles else {"$or": [{"public": True}, {"audiences": viewer.audience.value}]}


def _audiences_asked(query: ChallengesPage) -> Iterable[str | None]:
    """The audiences that must be invited; None, which no challenge invites, where a visitor asks for their own."""
    if query.audience:
        yield query.audience.value
    if query.open_to_me:
        yield query.viewer.audience.value if query.viewer else None


async def _challenges(found: Iterable[Challenge], ideas: Ideas) -> dict[UUID, contract.Challenge]:
    challenges = list(found)
    owners = await ideas.read_all(MEMBERS, {each.owner_id for each in challenges})
    counts = await ideas.read_all(COUNTS, [each.id for each in challenges])
    return {
        each.id: contract.Challenge(
            id=each.id,
            question=each.question,
            description=each.description,
            purpose=each.purpose,
            owner_name=owners[each.owner_id].name if each.owner_id in owners else None,
            decision_date=each.decision_date,
            audiences=each.audiences,
            public=each.public,
            stance=each.stance,
            phase=each.phase,
            plan=each.plan,
            ideas_per_member=each.ideas_per_member,
            threshold=each.threshold,
            decision=each.decision,
            shortlist_limit=each.shortlist.limit,
            shortlist=each.shortlist.ideas,
            attempt=each.attempt,
            ballot_closes_at=each.ballot_closes_at,
            setback=each.setback,
            missed=each.missed,
            adopted=each.adopted,
            idea_count=counts[each.id].ideas if each.id in counts else 0,
            opened_at=each.opened_at,
            version=each.version,
        )
        for each in challenges
    }


async def _ideas(found: Iterable[Idea], ideas: Ideas) -> dict[UUID, contract.Idea]:
    shown = list(found)
    authors = await ideas.read_all(MEMBERS, {idea.author_id for idea in shown})
    return {
        idea.id: contract.Idea(
            id=idea.id,
            challenge_id=idea.challenge_id,
            goal_id=idea.goal_id,
            author_id=idea.author_id,
            author_name=authors[idea.author_id].name if idea.author_id in authors else None,
            title=idea.text.title,
            body=idea.text.body,
            tags=idea.text.tags,
            links=idea.text.links,
            state=idea.state,
            support=Support(counts=idea.counts, support=idea.support, version=idea.tally_version),
            reached_threshold=idea.reached_threshold,
            shortlisted=idea.shortlisted,
            adopted_at=idea.adopted_at,
            comment_count=idea.comments,
            submitted_at=idea.submitted_at,
            version=idea.version,
        )
        for idea in shown
    }
