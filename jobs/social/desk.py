"""One run of the job: what it has at hand, and the sentences it says about what is wrong with the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.api import Context, Draft, DraftState, Finding, Goal, Horizon, Text, Urgency, Value
from jobs.kinds.social import Post, SocialNetwork
from jobs.social.options import SocialOptions
from jobs.social.plan import Plan, digest, instant
from jobs.social.queue import Prepared, QueuedPost, Unusable

TAKEN = (DraftState.WAITING, DraftState.APPROVED, DraftState.APPLIED, DraftState.UNCERTAIN)
"""The states of a draft that hold its slot."""
_SHOWN = 40
"""How many characters of a text name it in a sentence."""


@dataclass(frozen=True)
class Desk:
    """One run: its context, its options, the network, and the drafts that this routine made before."""

    ctx: Context
    options: SocialOptions
    network: SocialNetwork
    drafts: Sequence[Draft]

    def find(self, what: str, urgency: Urgency, title: str, values: dict[str, Value], step: str) -> None:
        """Report a finding of this routine; `values` are of the title and of the next step."""
        key = f"social/{self.ctx.routine}/{what}"
        steps = Text(step, values)
        self.ctx.find(
            Finding(key, urgency, Text(title, values), next_step=steps, goal=Goal.ACQUISITION, horizon=Horizon.SHORT)
        )


def as_post(key: str, queued: QueuedPost) -> Post:
    """Return a prepared post as a network takes it, under the key that makes it unique."""
    return Post(key, queued.text.strip(), queued.link, queued.image, queued.alt)


def fits(desk: Desk, one: Prepared) -> bool:
    """Say whether the network takes the post; report how much is too much, and where the surplus begins."""
    limit = desk.network.limits().characters
    over = desk.network.length(as_post("", one.post)) - limit
    if over <= 0:
        return True
    desk.find(
        f"long/{digest(one.post)}", Urgency.STAYS_BROKEN, "The post {source} is {over} characters too long",
        {"source": shown(one.source), "over": over, "limit": limit, "end": shown(one.post.text.strip()[-over:])},
        "Shorten it by {over} to {limit} characters, for example by its end: {end}",
    )  # fmt: skip
    return False


def shown(text: str) -> str:
    """Return the beginning of a text as one line that can't harm a terminal."""
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"


def report_unusable(desk: Desk, one: Unusable) -> None:
    """Report a file of the queue that is no post."""
    desk.find(
        f"unusable/{one.source}", Urgency.STAYS_BROKEN, "{source} can't be used as a post: {reason}",
        {"source": shown(one.source), "reason": one.reason}, "Put {source} right, or take it out of the queue",
    )  # fmt: skip


def report_repeated(desk: Desk, one: Prepared, earlier: str) -> None:
    """Report a post that says what another says."""
    desk.find(
        f"repeated/{one.source}", Urgency.STAYS_BROKEN, "The post {source} says the same as {earlier} and is left out",
        {"source": shown(one.source), "earlier": shown(earlier)}, "Reword {source}, or take it out of the queue",
    )  # fmt: skip


def report_missed(desk: Desk, one: Prepared) -> None:
    """Report a post whose own time came before it was planned or approved."""
    assert one.post.slot is not None  # only posts with a time of their own are missed
    desk.find(
        f"missed/{digest(one.post)}", Urgency.STAYS_BROKEN, "The post {source} did not go out at its time",
        {"source": shown(one.source), "at": instant(one.post.slot, desk.ctx.zone)},
        "Give {source} a new time instead of {at}, or take it out of the queue",
    )  # fmt: skip


def report_empty(desk: Desk, made: Plan) -> None:
    """Report the first slot for which there is no post; one within a day is due today."""
    if not made.empty:
        return
    first = made.empty[0]
    urgency = Urgency.DUE_TODAY if first <= desk.ctx.now + timedelta(days=1) else Urgency.STAYS_BROKEN
    last = max((at for at in _booked(desk, made) if at < first), default=None)
    values: dict[str, Value] = {"first": first, "n": len(made.empty)}
    title = "No post is planned for {first}"
    if last is not None:
        values, title = {**values, "last": last}, "No post is planned after {last}"
    desk.find("queue", urgency, title, values, "Add a post to the queue: the slot at {first} is empty")


def _booked(desk: Desk, made: Plan) -> list[datetime]:
    before = [d.draft.not_before for d in desk.drafts if d.state in TAKEN]
    return [*(at for at in before if at is not None), *(one.at for one in made.planned)]
