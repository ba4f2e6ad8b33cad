"""The typesetter of a run: one press for all sheets of a size, and what could not be set as it was meant to be."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from daemon.api import Context, NightclerkError, Text
from jobs.kinds.paper import MEDIA
from jobs.paper.setting import Leaf, Unset
from jobs.paper.typesetting import Look, Sheet, Typeset, bound, typeset
from jobs.paper.words import words


@dataclass
class Typist:
    """Sets sheets one after the other as they are asked for; `notes` is what went wrong and cost no sheet."""

    ctx: Context
    stack: ExitStack
    notes: list[Text] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)
    _asked: dict[str, tuple[deque[Sheet], Iterator[Typeset]]] = field(default_factory=dict, init=False, repr=False)

    def set(self, leaf: Leaf, media: str) -> bytes:
        """Return the PDF of one; raise Unset where it can't be made."""
        if media not in self._asked:
            queue: deque[Sheet] = deque()
            made: Any = typeset(iter(queue.popleft, None), self._look(media))
            self._asked[media] = queue, self.stack.enter_context(closing(made))
        queue, done = self._asked[media]
        queue.append(self._sheet(leaf))
        try:
            return self._pdf(next(done))
        except NightclerkError as error:
            del self._asked[media]
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
        return Look(MEDIA[media], self.ctx.templates, self.ctx.shop.language, self.ctx.shop.country)

    def _pdf(self, made: Typeset) -> bytes:
        if not made.pdf:
            why: Any = made.problems[0] if made.problems else Text("nothing stands on it")
            raise Unset(self.ctx.say(why, "en"))
        self.notes += (one for one in made.problems if one not in self.notes)
        self.lacking |= made.lacking
        return made.pdf
