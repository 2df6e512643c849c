"""Ideas and comments are what was submitted and said, and limits held however many came at once."""

from collections import Counter
from collections.abc import Iterator, Sequence

from contracts.ideas import CommentPosted, CommentWithdrawn, IdeaSubmitted, IdeaWithdrawn
from tests.live.chaos.actors import IDEAS_EACH
from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry


def ideas_are_their_events(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """Every idea was submitted once, and is withdrawn if that was said."""
    submitted = Counter(event.idea_id for event in books.told(IdeaSubmitted))
    withdrawn = Counter(event.idea_id for event in books.told(IdeaWithdrawn))
    kept = {idea["_id"]: idea["state"] == "withdrawn" for idea in books.of("ideas", "ideas")}
    if set(submitted) != set(kept) or set(submitted.values()) - {1}:
        yield f"{sum(submitted.values())} ideas were submitted, {len(kept)} are kept"
    if set(withdrawn) != {idea_id for idea_id, gone in kept.items() if gone} or set(withdrawn.values()) - {1}:
        yield f"{sum(withdrawn.values())} ideas were withdrawn, {sum(kept.values())} are so"


def limits_hold(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P8: nobody has more ideas standing than a challenge allows, though they submitted several at once."""
    limits = {each["_id"]: each["ideas_per_member"] for each in books.of("ideas", "challenges")}
    for (challenge, author), number in _standing(books).items():
        if limits[challenge] is not None and number > limits[challenge]:
            yield f"member {author} has {number} ideas on challenge {challenge}; {IDEAS_EACH} are allowed (P8)"


def contributions_are_counted(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """I1: what a member has standing on a challenge is counted as it is."""
    standing = _standing(books)
    kept = {each["_id"]: each["ideas"] for each in books.of("ideas", "contributions")}
    for (challenge, author), number in standing.items():
        if kept.get(f"{challenge}:{author}") != number:
            yield f"member {author} is counted {kept.get(f'{challenge}:{author}')} ideas and has {number}"


def comments_are_their_events(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """Every comment was posted once; ideas count those that stand; none came to a withdrawn idea (P8)."""
    gone: set[object] = set()
    standing: Counter[object] = Counter()
    posted: Counter[object] = Counter()
    for event in books.told(CommentPosted, CommentWithdrawn, IdeaWithdrawn):
        if isinstance(event, IdeaWithdrawn):
            gone.add(event.idea_id)
        elif isinstance(event, CommentWithdrawn):
            standing[event.idea_id] -= 1
        else:
            posted[event.comment_id] += 1
            standing[event.idea_id] += 1
            if event.idea_id in gone:
                yield f"comment {event.comment_id} came to idea {event.idea_id} after it was withdrawn (P8)"
    if {each["_id"] for each in books.of("ideas", "comments")} != set(posted) or set(posted.values()) - {1}:
        yield f"{sum(posted.values())} comments were posted, {len(books.of('ideas', 'comments'))} are kept"
    for idea in books.of("ideas", "ideas"):
        if idea["comments"] != standing[idea["_id"]]:
            yield f"idea {idea['_id']} counts {idea['comments']} comments; {standing[idea['_id']]} stand"


def _standing(books: Books) -> Counter[tuple[object, object]]:
    ideas = [idea for idea in books.of("ideas", "ideas") if idea["state"] == "open"]
    return Counter((idea["challenge_id"], idea["author_id"]) for idea in ideas)
