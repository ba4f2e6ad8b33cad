"""The typesetter of a run: one press for all sheets of a size, and what could not be set as it was meant to be."""

from collections.abc import Callable, Container, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from typing import Any

from daemon.api import Context, NightclerkError, Text
from jobs.kinds.paper import MEDIA
from jobs.paper.setting import Leaf, Unset
from jobs.paper.typesetting import Look, Sheet, Typeset, bound, typesetter
from jobs.paper.words import words


def room_of(ctx: Context) -> Path:
    """Return where a run's presses keep what they work on."""
    return ctx.folder / "press" / str(ctx.run_id)


def tidy(ctx: Context, others: Container[int]) -> None:
    """Remove what this run's presses left, and those of runs that died; `others` are the runs beside this one."""
    rooms = room_of(ctx).parent
    for room in rooms.iterdir() if rooms.is_dir() else ():
        if not (room.name.isdecimal() and int(room.name) in others):
            rmtree(room, ignore_errors=True)


@dataclass
class Typist:
    """Sets sheets one after the other as they are asked for; `notes` is what went wrong and cost no sheet."""

    ctx: Context
    stack: ExitStack
    notes: list[Text] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)
    _asked: dict[str, Callable[[Sheet], Typeset]] = field(default_factory=dict, init=False, repr=False)

    def set(self, leaf: Leaf, media: str) -> bytes:
        """Return the PDF of one; raise Unset where it can't be made."""
        try:
            if media not in self._asked:
                self._asked[media] = self.stack.enter_context(typesetter(self._look(media)))
            return self._pdf(self._asked[media](self._sheet(leaf)))
        except NightclerkError as error:
            raise Unset(str(error)) from error

    def bind(self, leaves: Iterable[Leaf], media: str) -> bytes:
        """Return one PDF of several in their order; raise Unset where none of them can be made."""
        try:
            return self._pdf(bound(map(self._sheet, leaves), self._look(media)))
        except NightclerkError as error:
            raise Unset(str(error)) from error

    def _sheet(self, leaf: Leaf) -> Sheet:
        return Sheet(leaf.document, {**leaf.values, "words": self._words}, leaf.pdf)

    @cached_property
    def _words(self) -> dict[str, str]:
        return words(self.ctx.say)

    def _look(self, media: str) -> Look:
        shop = self.ctx.shop
        return Look(MEDIA[media], self.ctx.templates, shop.language, shop.country, room_of(self.ctx))

    def _pdf(self, made: Typeset) -> bytes:
        if not made.pdf:
            why: Any = made.problems[0] if made.problems else Text("nothing stands on it")
            raise Unset(self.ctx.say(why, "en"))
        self.notes += (one for one in made.problems if one not in self.notes)
        self.lacking |= made.lacking
        return made.pdf
