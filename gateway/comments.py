"""Comments on ideas, as the browser sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from contracts import ideas as contract
from gateway.context import Context, Info
from gateway.nodes import Node, found_as, global_id, uuid_of
from gateway.payloads import Happened, UserError, refusing_into
from gateway.strategy import Person
from gateway.words import KEY, said


@strawberry.type
class Comment(Node):
    """What somebody said about an idea, or in reply to a comment on it."""

    idea_id: strawberry.ID = said("The idea that it is about.")
    author: Person = said("Who said it.")
    reply_to: strawberry.ID | None = said("The comment that it answers; null where it is on the idea itself.")
    depth: int = said("How deep it stands in its thread: 1 on the idea itself, 8 at most.")
    text: str | None = said("What it says; null where it was taken back, and only its place in the thread is left.")
    posted_at: datetime = said("When it was said.")
    revised_at: datetime | None = said("When it was last changed; null where it never was.")
    version: int = said("Counts up with every change.")

    @classmethod
    def of(cls, comment: contract.Comment) -> Self:
        """Dress a comment."""
        return cls(
            id=global_id("Comment", comment.id),
            idea_id=global_id("Idea", comment.idea_id),
            author=Person.named(comment.author_id, comment.author_name),
            reply_to=global_id("Comment", comment.reply_to) if comment.reply_to else None,
            depth=comment.depth,
            text=comment.text,
            posted_at=comment.posted_at,
            revised_at=comment.revised_at,
            version=comment.version,
        )


@found_as("Comment")
async def comment(context: Context, id: UUID) -> Comment | None:
    """A comment with the viewer's eyes."""
    found = await context.comments.load(id)
    return Comment.of(found) if found else None


@strawberry.input
class PostCommentInput:
    """Something to say about an idea."""

    idea_id: strawberry.ID = said("The idea.")
    text: str = said("What to say: 1 to 20,000 characters.")
    reply_to: strawberry.ID | None = said("The comment on it to answer; the idea itself unless said.", default=None)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class ReviseCommentInput:
    """A new text for a comment."""

    comment_id: strawberry.ID = said("The comment.")
    text: str = said("What to say instead: 1 to 20,000 characters.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class WithdrawCommentInput:
    """A comment to take back."""

    comment_id: strawberry.ID = said("The comment.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.type
class CommentPayload:
    """What became of a request about a comment."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    comment_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def comment(self, info: Info) -> Comment | None:
        """The comment as it is now; null where the request was refused."""
        return await comment(info.context, self.comment_id) if self.comment_id else None


@strawberry.type
class PostCommentPayload(CommentPayload):
    """What became of `postComment`."""


@strawberry.type
class ReviseCommentPayload(CommentPayload):
    """What became of `reviseComment`."""


@strawberry.type
class WithdrawCommentPayload(CommentPayload):
    """What became of `withdrawComment`."""


@strawberry.type
class Mutation:
    """What may be asked about comments."""

    @strawberry.mutation
    @refusing_into(PostCommentPayload)
    async def post_comment(self, info: Info, input: PostCommentInput) -> PostCommentPayload | None:
        """Say something about an idea, or reply to a comment on it. For those invited to its challenge."""
        idea_id = uuid_of(input.idea_id, "Idea", path=("ideaId",))
        reply_to = uuid_of(input.reply_to, "Comment", path=("replyTo",)) if input.reply_to else None
        comment_id, done = await info.context.do(
            contract.PostComment, input.idempotency_key, idea_id=idea_id, reply_to=reply_to, text=input.text
        )
        return PostCommentPayload(comment_id=comment_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(ReviseCommentPayload)
    async def revise_comment(self, info: Info, input: ReviseCommentInput) -> ReviseCommentPayload | None:
        """Change what a comment of yours says."""
        comment_id = uuid_of(input.comment_id, "Comment", path=("commentId",))
        _, done = await info.context.do(
            contract.ReviseComment, input.idempotency_key, comment_id=comment_id, text=input.text
        )
        return ReviseCommentPayload(comment_id=comment_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(WithdrawCommentPayload)
    async def withdraw_comment(self, info: Info, input: WithdrawCommentInput) -> WithdrawCommentPayload | None:
        """Take a comment back; its place in the thread stays. For its author and moderators."""
        comment_id = uuid_of(input.comment_id, "Comment", path=("commentId",))
        _, done = await info.context.do(contract.WithdrawComment, input.idempotency_key, comment_id=comment_id)
        return WithdrawCommentPayload(comment_id=comment_id, events=Happened.all_of(done.events))
