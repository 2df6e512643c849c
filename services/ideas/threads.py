"""What ideas answers about comments."""

from collections.abc import Iterable

from chassis.attempt import MEMBERS
from chassis.paging import page
from contracts import ideas as contract
from contracts.ideas import CommentsNamed, CommentsPage, NoSuchIdea
from contracts.messages import Page
from services.ideas.comment import Comment
from services.ideas.queries import shown_of
from services.ideas.store import COMMENTS, Ideas


async def comments_named(query: CommentsNamed, ideas: Ideas) -> list[contract.Comment | None]:
    """Comments by id."""
    found = await ideas.read_all(COMMENTS, query.comment_ids)
    about = await shown_of({comment.idea_id for comment in found.values()}, query.viewer, ideas)
    shown = [comment for comment in found.values() if comment.idea_id in about]
    told = dict(zip((comment.id for comment in shown), await _told(shown, ideas), strict=True))
    return [told.get(comment_id) for comment_id in query.comment_ids]


async def comments_page(query: CommentsPage, ideas: Ideas) -> Page[contract.Comment]:
    """The comments on an idea, thread by thread. Refuses `NoSuchIdea` where the viewer may not see it."""
    if not await shown_of([query.idea_id], query.viewer, ideas):
        raise NoSuchIdea(path=("ideaId",))
    wanted = {"idea_id": query.idea_id}
    found = await page(ideas.session, COMMENTS, wanted, "place", query.window, descending=False)
    return Page[contract.Comment](**(dict(found) | {"items": await _told(found.items, ideas)}))


async def _told(shown: Iterable[Comment], ideas: Ideas) -> list[contract.Comment]:
    comments = list(shown)
    authors = await ideas.read_all(MEMBERS, {comment.author_id for comment in comments})
    return [
        contract.Comment(
            id=comment.id,
            idea_id=comment.idea_id,
            author_id=comment.author_id,
            author_name=authors[comment.author_id].name if comment.author_id in authors else None,
            reply_to=comment.reply_to,
            depth=comment.depth,
            text=comment.text,
            posted_at=comment.posted_at,
            revised_at=comment.revised_at,
            version=comment.version,
        )
        for comment in comments
    ]
