"""What ideas does when members discuss an idea (I8)."""

from contracts.access import admit
from contracts.ideas import (
    CommentPosted,
    CommentRevised,
    CommentWithdrawn,
    NotTheAuthor,
    PostComment,
    ReviseComment,
    WithdrawComment,
)
from contracts.messages import NotAllowed
from services.ideas.comment import Comment
from services.ideas.store import COMMENTS, IDEAS, Ideas


async def post_comment(command: PostComment, ideas: Ideas) -> list[CommentPosted]:
    """Say something about an idea. The idea's own document counts it, so that none comes to a withdrawn idea (P8).

    Of the challenge it only reads: a comment under way while a phase ends came before its end, which counts no
    comments.
    """
    idea = await ideas.idea(command.idea_id)
    challenge = await ideas.challenge(idea.challenge_id)
    challenge.hear(command.member)
    answered = await ideas.comment(command.reply_to, "replyTo") if command.reply_to else None
    comment = Comment(
        id=command.id,
        idea_id=idea.id,
        challenge_id=idea.challenge_id,
        goal_id=idea.goal_id,
        author_id=command.member.id,
        text=command.text,
        posted_at=command.arrived,
    )
    events = comment.post(answered)
    idea.take_comment()
    ideas.write(COMMENTS, comment)
    ideas.write(IDEAS, idea)
    return events


async def revise_comment(command: ReviseComment, ideas: Ideas) -> list[CommentRevised]:
    """Change what a comment says."""
    comment = await ideas.comment(command.comment_id)
    _only_its_author(command, comment)
    events = comment.revise(command.text, command.arrived)
    if events:
        ideas.write(COMMENTS, comment)
    return events


async def withdraw_comment(command: WithdrawComment, ideas: Ideas) -> list[CommentWithdrawn]:
    """Take a comment back; the idea has one less."""
    comment = await ideas.comment(command.comment_id)
    _only_its_author(command, comment)
    events = comment.withdraw()
    idea = await ideas.idea(comment.idea_id)
    idea.comments -= 1
    ideas.write(COMMENTS, comment)
    ideas.write(IDEAS, idea)
    return events


def _only_its_author(command: ReviseComment | WithdrawComment, comment: Comment) -> None:
    try:
        admit(command, owner=comment.author_id)
    except NotAllowed as refused:
        raise NotTheAuthor from refused
