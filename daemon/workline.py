"""An assembly line of work items: what a plug-in declares of it, and a person's steps along it as pure functions.

The daemon knows no trade: which states there are, which may follow which, what a hold means and where a confirmation
leads is a frozen value that the plug-in puts at its top level; the desk's commands work on any such line.

An item's `data` holds, beside what is the plug-in's own: `number` (what a person types), `card` (what a person sees of
it, as `written`), `was` (the parts of the card as they were before a change that nobody has confirmed), `reasons` (why
it is held, in the words of the line), `cleared` (reasons a person has lifted), `words` (a person's own reason), `from`
(the state in which it was held) and `history` (moment, person, state and deed of each step; a run has neither person
nor deed). What several items have to do with each other is told in `daemon/companions.py`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.records import WorkItem

PERSON = "person"
"""The reason of an item that a person holds."""
LONGEST_HISTORY = 24
LONGEST_WORDS = 200
HOLD, RELEASE, CONFIRM = "hold", "release", "confirm"
MERGE, SPLIT, UNMERGE = "merge", "split", "unmerge"
Data = Mapping[str, Any]
Joins = Callable[[Sequence[WorkItem], Data], Data]
"""Says whether items may be joined, by the options of the line's job, and returns what is to be told of them joined.

Raises NightclerkError with a sentence that names what speaks against it.
"""
Parts = Callable[[WorkItem, Data, Data], Sequence[Data]]
"""Returns the data of each part of an item (without history), by what was asked for and the options of the line's job.

A part with `reasons` is held. Raises NightclerkError where the item can't be parted so.
"""


@dataclass(frozen=True)
class Hand:
    """Who takes a step, when, and in which zone they are told of moments; nobody stands for a run."""

    who: str
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True)
class WorkLine:
    """A line that items of one kind move along; `name` is the command that works on it, `what` one item in a sentence.

    `follows` says which states may follow each state; one that nothing follows is an end. A confirmation moves an item
    as `confirms` says; one that is `held` is let go to where it was held, else to `free`. `reasons` says of each reason
    for a hold what to do about it, as an English sentence; `settles` names the reasons that only a confirmation lifts,
    and the state it leads to. In the states of `done` nobody needs the fields of the card in `private`: they are
    forgotten, and so are keys of the data named there. Items with the same value under the key `alike` of their data
    belong to one customer. With a step they confirm people may leave words under the names in `leaves`: they are kept
    under `left`.

    Items may be joined and parted while they stand in one of the states of `loose`, where nobody has begun with them.
    A merge also lifts the reasons in `answers`. One that is joined is held for `mate` where another of them can't go
    on; one that is `split` waits for its parts, and a part that was taken back ends as `undone`. `joins` and `parts`
    know the trade: the daemon calls them in a process of their own, with the options of a routine with `job`.

    `many` is several items in a sentence (else `name`). Papers that show one bear its code: its number, a dot and the
    first digits of what its data say under the key `seal`, so that a paper out of date is known. A person may give up
    an item that may go on to `dropped`, and ask for a copy of one in a state of `copied`, which takes along no keys in
    `fared`. Items are counted by the keys of their data in `groups`. Those that are done are forgotten after `keeps`,
    where that is sooner than `retention`.
    Who confirms a step needs the right that `takes` names beside the one to confirm.
    """

    name: str
    kind: str
    what: str
    follows: Mapping[str, tuple[str, ...]]
    confirms: Mapping[str, str]
    held: str
    free: str
    reasons: Mapping[str, str]
    settles: Mapping[str, str] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    alike: str = ""
    leaves: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    mate: str = ""
    split: str = ""
    undone: str = ""
    job: str = ""
    joins: Joins | None = None
    parts: Parts | None = None
    many: str = ""
    seal: str = ""
    dropped: str = ""
    copied: frozenset[str] = frozenset()
    fared: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()
    keeps: timedelta | None = None

    @property
    def plural(self) -> str:
        """Several items as a sentence names them."""
        return self.many or self.name

    takes: Literal["confirm", "approve"] = "confirm"

    @property
    def open(self) -> tuple[str, ...]:
        """The states in which there is still something to do."""
        return tuple(state for state in self.follows if state not in self.done)

    def step(self, item: WorkItem, after: str, data: Data, hand: Hand, deed: str = "") -> Transition:
        """Return the step of an item to a state that may follow its own; raise ValueError for any other."""
        if after != item.state and after not in self.follows.get(item.state, ()):
            raise ValueError(f"{after} does not follow {item.state}")
        kept = self.kept(after, {**data, "history": noted(data, hand.now, after, hand.who, deed)})
        return Transition(self.kind, item.id, item.state, after, kept, item.changed)

    def kept(self, state: str, data: Data) -> dict[str, Any]:
        """Return what an item needs in a state; what says who somebody is goes where nobody needs it any more."""
        if state not in self.done:
            return dict(data)
        card = {name: value for name, value in read_card(data).items() if name not in self.private}
        gone = {"was", "words", *self.private}
        return {**{name: value for name, value in data.items() if name not in gone}, "card": written(card)}


def written(card: Mapping[str, Any]) -> str:
    """Return a card as one text: of a hundred thousand items nobody but a reader of one takes it apart."""
    return json.dumps(card, ensure_ascii=False, separators=(",", ":"))


def read_card(data: Data) -> dict[str, Any]:
    """Return the card in an item's data; empty where there is none."""
    card: dict[str, Any] = json.loads(data.get("card") or "{}")
    return card


def noted(data: Data, now: datetime, state: str, who: str = "", deed: str = "") -> list[Any]:
    """Return the history with one more step, the oldest left out where it grows long."""
    return [*data.get("history", []), [now.isoformat(), who, state, deed]][-LONGEST_HISTORY:]


def hold(line: WorkLine, item: WorkItem, hand: Hand, why: str) -> Transition:
    """Return the step by which a person stops an item; raise NightclerkError where that can't be."""
    reasons = reasons_of(item)
    if PERSON in reasons:
        raise NightclerkError(already(line, item, HOLD, hand))
    if item.state in line.done or (item.state != line.held and line.held not in line.follows.get(item.state, ())):
        raise NightclerkError(f"{named(line, item)} is {item.state}: there is nothing left to hold")
    since = {} if item.state == line.held else {"from": item.state}
    data = {**item.data, **since, "reasons": [*reasons, PERSON], "words": why}
    return line.step(item, line.held, data, hand, HOLD)


def release(line: WorkLine, item: WorkItem, hand: Hand) -> Transition:
    """Return the step by which a person lets a held item go; raise NightclerkError where that can't be."""
    if item.state != line.held:
        if last_deed(item) == RELEASE:
            raise NightclerkError(already(line, item, RELEASE, hand))
        raise NightclerkError(f"{named(line, item)} is {item.state}: it is not held")
    if insisting := [reason for reason in reasons_of(item) if reason in line.settles]:
        raise NightclerkError(
            f"{named(line, item)} waits for a confirmation ({', '.join(insisting)}): look at "
            f"`nightclerk {line.name} show {number_of(item)}`, then `nightclerk {line.name} confirm {number_of(item)}`"
        )
    cleared = {*_words(item, "cleared"), *reasons_of(item)} - {PERSON}
    after = str(item.data.get("from") or line.free)
    return line.step(item, after, {**unheld(item.data), "cleared": sorted(cleared)}, hand, RELEASE)


def confirm(line: WorkLine, item: WorkItem, hand: Hand, to: str) -> Transition:
    """Return the step that a person confirms: the one to the state `to`, or the next where `to` is empty.

    What somebody has confirmed already is answered with who and when, as NightclerkError: nobody confirms twice, and
    without `to` nobody takes a second step in the belief that it is the first.
    """
    if item.state == line.held:
        return _settled(line, item, hand)
    after = line.confirms.get(item.state, "")
    if to in _confirmed(item) if to else last_deed(item) == CONFIRM:
        raise NightclerkError(already(line, item, CONFIRM, hand, to or item.state) + _next(line, item, after))
    if not after:
        raise NightclerkError(f"{named(line, item)} is {item.state}: there is nothing to confirm")
    if to and to != after:
        raise NightclerkError(f"{named(line, item)} is {item.state}: {after} comes before {to}")
    return line.step(item, after, item.data, hand, CONFIRM)


def assign(line: WorkLine, item: WorkItem, owner: str, until: datetime | None) -> Transition:
    """Return the step by which an item becomes somebody's; raise NightclerkError where nothing is to be done."""
    if item.state in line.done:
        raise NightclerkError(f"{named(line, item)} is {item.state}: there is nothing left to do for {owner}")
    return Transition(line.kind, item.id, item.state, item.state, item.data, item.changed, owner, until)


def _settled(line: WorkLine, item: WorkItem, hand: Hand) -> Transition:
    """Return the step by which a person confirms that they saw what stopped an item."""
    settling = [reason for reason in reasons_of(item) if reason in line.settles]
    if not settling:
        raise NightclerkError(
            f"{named(line, item)} is held ({', '.join(reasons_of(item))}): "
            f"`nightclerk {line.name} release {number_of(item)}` lets it go"
        )
    left = [reason for reason in reasons_of(item) if reason not in line.settles]
    after = line.settles[settling[-1]]
    if left and after not in line.done:
        data = {name: value for name, value in item.data.items() if name not in {"was", "from"}}
        return line.step(item, line.held, {**data, "reasons": left}, hand, CONFIRM)
    return line.step(item, after, unheld(item.data), hand, CONFIRM)


def unheld(data: Data) -> dict[str, Any]:
    """Return the data of an item without all that says why it is held."""
    return {name: value for name, value in data.items() if name not in {"reasons", "words", "from", "was"}}


def number_of(item: WorkItem) -> str:
    """Return what a person types for an item."""
    return str(item.data.get("number", item.id))


def named(line: WorkLine, item: WorkItem) -> str:
    """Return an item as a sentence names it."""
    return f"{line.what} {number_of(item)}"


def reasons_of(item: WorkItem) -> list[str]:
    """Return why an item is held, in the words of its line."""
    return _words(item, "reasons")


def _words(item: WorkItem, key: str) -> list[str]:
    found: Any = item.data.get(key, [])
    return [str(word) for word in found]


def _history(item: WorkItem) -> Sequence[Sequence[str]]:
    found: Any = item.data.get("history", [])
    return list(found)


def last_deed(item: WorkItem) -> str:
    """Return what a person did as the last step of an item; empty where a run made it or nobody did anything."""
    return _history(item)[-1][3] if _history(item) else ""


def _confirmed(item: WorkItem) -> set[str]:
    """Return the states that confirmations brought the item to, since anything else happened to it."""
    confirmed: set[str] = set()
    for _, _, state, deed in reversed(_history(item)):
        if deed != CONFIRM:
            break
        confirmed.add(state)
    return confirmed


_DONE = {
    HOLD: "held", RELEASE: "released", CONFIRM: "confirmed", MERGE: "merged", SPLIT: "split", UNMERGE: "taken apart"
}  # fmt: skip


def already(line: WorkLine, item: WorkItem, deed: str, hand: Hand, state: str = "") -> str:
    """Return that a step was made, by whom and when; the day is told where it is not today."""
    steps = [step for step in _history(item) if step[3] == deed and state in {"", step[2]}]
    if not steps:  # so long ago that its history is cut off
        return f"{named(line, item)} is {item.state}: already {_DONE[deed]}"
    at, who = datetime.fromisoformat(steps[-1][0]).astimezone(hand.zone), steps[-1][1]
    today = at.date() == hand.now.astimezone(hand.zone).date()
    when = f"{at:%H:%M}" if today else f"{at:%Y-%m-%d %H:%M}"
    return f"{named(line, item)} is {item.state}: already {_DONE[deed]} by {who} at {when}"


def _next(line: WorkLine, item: WorkItem, after: str) -> str:
    return f"; the next step is `nightclerk {line.name} confirm {number_of(item)} {after}`" if after else ""
