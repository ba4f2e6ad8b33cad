"""What every connector of the kinds backup, newsletter and social must do, and every shop that is written to: suites.

Subclass a suite in a test module and say how your connector is opened; every opening on the same folder must show
the same outside system, as two processes would see it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.api import EffectState, OutsideError, UncertainError
from daemon.testing import NOW, FakeNight, make_context
from jobs.kinds.backup import BackupStore, Copy, Outcome
from jobs.kinds.newsletter import Issue, NewsletterSystem
from jobs.kinds.shop import ShopWrites, Status
from jobs.kinds.social import Limits, Post, SocialNetwork

HOSTILE = "<b>5 %</b> & {{ name }}\u202e \N{PARTY POPPER}\nX-Header: no"
ISSUE = Issue("weekly/2026-W47", f"News {HOSTILE}", f"Hello\n{HOSTILE}\n", "<p>Hello</p>")
POST = Post("social/posts/1", f"Hello {HOSTILE}", "https://shop.test/p/1")


class AnswerLostError(OutsideError):
    """The outside did what was asked and the connection broke before it could say so."""


@dataclass(frozen=True)
class LosesSocialAnswers(SocialNetwork):
    """A network that publishes and never answers."""

    inner: SocialNetwork
    traceable: bool = True

    def limits(self) -> Limits:  # noqa: D102 - the words are those of SocialNetwork
        return Limits(self.inner.limits().characters, self.traceable)

    def length(self, post: Post) -> int:  # noqa: D102
        return self.inner.length(post)

    def publish(self, post: Post) -> str:  # noqa: D102
        self.inner.publish(post)
        raise AnswerLostError("the answer was lost")

    def find(self, post: Post) -> str | None:  # noqa: D102
        return self.inner.find(post)


@dataclass(frozen=True)
class LosesNewsletterAnswers(NewsletterSystem):
    """A newsletter system that keeps the draft and never answers."""

    inner: NewsletterSystem

    def create_draft(self, issue: Issue) -> str:  # noqa: D102 - the words are those of NewsletterSystem
        self.inner.create_draft(issue)
        raise AnswerLostError("the answer was lost")

    def find(self, key: str) -> str | None:  # noqa: D102
        return self.inner.find(key)


class SocialContract:
    """A network publishes a post once and finds it again."""

    def network(self, folder: Path) -> SocialNetwork:
        """Return a network whose posts are those made through any other opening of `folder`."""
        raise NotImplementedError

    def test_what_was_published_is_found_at_the_same_address(self, tmp_path: Path) -> None:
        """So that a lost answer can be asked for again."""
        where = self.network(tmp_path).publish(POST)
        assert where
        assert self.network(tmp_path).find(POST) == where

    def test_what_was_never_published_is_not_found(self, tmp_path: Path) -> None:
        """So that it is made now."""
        self.network(tmp_path).publish(POST)
        assert self.network(tmp_path).find(Post("another", "Another text")) is None

    def test_publishing_the_same_key_again_makes_no_second_post(self, tmp_path: Path) -> None:
        """Whoever opened the network."""
        first = self.network(tmp_path).publish(POST)
        assert self.network(tmp_path).publish(POST) == first

    def test_two_posts_have_two_addresses(self, tmp_path: Path) -> None:
        """And both are found."""
        network = self.network(tmp_path)
        posts = [Post("one", "One"), Post("two", "Two")]
        addresses = [network.publish(post) for post in posts]
        assert len(set(addresses)) == len(posts)
        assert [network.find(post) for post in posts] == addresses

    def test_a_text_over_the_limit_is_refused_and_not_cut(self, tmp_path: Path) -> None:
        """The job asks before; a connector that is asked all the same must not shorten in silence."""
        network = self.network(tmp_path)
        long = Post("long", "x" * (network.limits().characters + 1))
        assert network.length(long) > network.limits().characters
        with pytest.raises(OutsideError) as caught:
            network.publish(long)
        assert caught.value.nothing_done
        assert network.find(long) is None

    def test_an_answer_lost_on_the_way_back_is_asked_for_and_not_repeated(self, tmp_path: Path) -> None:
        """A crash between the post and its confirmation."""
        night = FakeNight()
        ctx = make_context(tmp_path, night=night)
        deaf = LosesSocialAnswers(self.network(tmp_path))
        with pytest.raises(AnswerLostError):
            ctx.effect("k", "a post", lambda: deaf.publish(POST), lambda: deaf.find(POST))
        again = ctx.effect("k", "a post", lambda: deaf.publish(POST), lambda: deaf.find(POST))
        assert again == self.network(tmp_path).find(POST)
        assert night.effects["k"].state is EffectState.CONFIRMED

    def test_without_a_way_to_ask_a_lost_answer_is_shown_as_uncertain(self, tmp_path: Path) -> None:
        """It is never blindly repeated."""
        night = FakeNight()
        ctx = make_context(tmp_path, night=night)
        deaf = LosesSocialAnswers(self.network(tmp_path), traceable=False)
        with suppress(AnswerLostError):
            ctx.effect("k", "a post", lambda: deaf.publish(POST))
        with pytest.raises(UncertainError):
            ctx.effect("k", "a post", lambda: deaf.publish(POST))
        assert night.effects["k"].state is EffectState.UNCERTAIN


class NewsletterContract:
    """A newsletter system keeps a draft once and finds it again."""

    def system(self, folder: Path) -> NewsletterSystem:
        """Return a system whose drafts are those made through any other opening of `folder`."""
        raise NotImplementedError

    def test_a_draft_is_found_where_it_was_put(self, tmp_path: Path) -> None:
        """So that a lost answer can be asked for again."""
        where = self.system(tmp_path).create_draft(ISSUE)
        assert where
        assert self.system(tmp_path).find(ISSUE.key) == where

    def test_a_draft_never_made_is_not_found(self, tmp_path: Path) -> None:
        """So that it is made now."""
        self.system(tmp_path).create_draft(ISSUE)
        assert self.system(tmp_path).find("weekly/2026-W48") is None

    def test_the_same_key_makes_no_second_draft(self, tmp_path: Path) -> None:
        """Whoever opened the system, and whatever the draft says now."""
        first = self.system(tmp_path).create_draft(ISSUE)
        assert self.system(tmp_path).create_draft(Issue(ISSUE.key, "Other", "Other", "Other")) == first

    def test_keys_that_look_alike_make_two_drafts(self, tmp_path: Path) -> None:
        """A slash and a dash must not become one."""
        system = self.system(tmp_path)
        keys = ["a/1", "a-1", "A-1", "a 1"]
        assert len({system.create_draft(Issue(key, "s", "t", "h")) for key in keys}) == len(keys)

    def test_an_answer_lost_on_the_way_back_is_asked_for_and_not_repeated(self, tmp_path: Path) -> None:
        """A crash between the draft and its confirmation."""
        ctx = make_context(tmp_path)
        deaf = LosesNewsletterAnswers(self.system(tmp_path))
        with pytest.raises(AnswerLostError):
            ctx.effect("k", "a draft", lambda: deaf.create_draft(ISSUE), lambda: deaf.find(ISSUE.key))
        again = ctx.effect("k", "a draft", lambda: deaf.create_draft(ISSUE), lambda: deaf.find(ISSUE.key))
        assert again == self.system(tmp_path).find(ISSUE.key)


class ShopWritesContract:
    """A shop takes a note, a parcel and a status once, and tells what was taken."""

    order: str
    """The number of an order that is open and may be set to shipped, and to nothing else."""

    def writable(self, folder: Path) -> ShopWrites:
        """Return a shop that may be written to, and that any other opening of `folder` shares."""
        raise NotImplementedError

    def test_a_note_is_found_by_its_key_and_by_no_other(self, tmp_path: Path) -> None:
        """So that a lost answer can be asked for again."""
        where = self.writable(tmp_path).note(self.order, "held/1", HOSTILE)
        assert where
        assert self.writable(tmp_path).noted(self.order, "held/1") == where
        assert self.writable(tmp_path).noted(self.order, "held/10") is None
        assert self.writable(tmp_path).noted(self.order, "eld/1") is None

    def test_a_note_lost_on_the_way_back_is_asked_for_and_not_repeated(self, tmp_path: Path) -> None:
        """A crash between the note and its confirmation."""
        ctx = make_context(tmp_path)
        shop = self.writable(tmp_path)

        def make() -> str:
            shop.note(self.order, "k", "held: no street")
            raise AnswerLostError("the answer was lost")

        with pytest.raises(AnswerLostError):
            ctx.effect("k", "a note", make, lambda: shop.noted(self.order, "k"))
        again = ctx.effect("k", "a note", make, lambda: shop.noted(self.order, "k"))
        assert again == shop.noted(self.order, "k")

    def test_a_parcel_is_found_by_its_key(self, tmp_path: Path) -> None:
        """As a note is."""
        where = self.writable(tmp_path).track(self.order, "parcel/1", "DHL", "JJD 0001")
        assert self.writable(tmp_path).tracked(self.order, "parcel/1") == where
        assert self.writable(tmp_path).tracked(self.order, "parcel/2") is None

    def test_an_order_moves_once_and_says_where_it_stands(self, tmp_path: Path) -> None:
        """Asking again makes nothing new."""
        shop = self.writable(tmp_path)
        assert shop.moved(self.order, Status.SHIPPED) is None
        word = shop.move(self.order, Status.OPEN, Status.SHIPPED)
        assert shop.moved(self.order, Status.SHIPPED) == word
        assert shop.move(self.order, Status.OPEN, Status.SHIPPED) == word

    def test_an_order_that_somebody_else_moved_is_left_alone(self, tmp_path: Path) -> None:
        """What people did meanwhile is not undone."""
        with pytest.raises(OutsideError) as caught:
            self.writable(tmp_path).move(self.order, Status.HELD, Status.SHIPPED)
        assert caught.value.nothing_done
        assert self.writable(tmp_path).moved(self.order, Status.SHIPPED) is None

    def test_a_status_the_owner_did_not_allow_is_refused(self, tmp_path: Path) -> None:
        """A shop may mail the customer of it."""
        with pytest.raises(OutsideError) as caught:
            self.writable(tmp_path).move(self.order, Status.OPEN, Status.CANCELLED)
        assert caught.value.nothing_done
        assert self.writable(tmp_path).moved(self.order, Status.CANCELLED) is None

    def test_an_order_nobody_knows_takes_nothing(self, tmp_path: Path) -> None:
        """And nothing was done."""
        with pytest.raises(OutsideError) as caught:
            self.writable(tmp_path).note("no-such-order", "k", "text")
        assert caught.value.nothing_done


class BackupContract:
    """A place of backups shows what is there and changes nothing."""

    tells_sizes = True
    """False for a place that does not tell how large a copy is: it must then say that it does not know, never 0."""

    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        """Return a place below `folder` with one copy for each moment (UTC, whole seconds) and size in bytes."""
        raise NotImplementedError

    def unreachable(self, folder: Path) -> BackupStore:
        """Return a place that can't be looked at."""
        raise NotImplementedError

    def test_copies_come_newest_first_with_moment_and_size(self, tmp_path: Path) -> None:
        """In whatever order they were made."""
        made = [(NOW - timedelta(days=n), 100 + n) for n in (2, 0, 1)]
        found = self.store(tmp_path, made).inventory()
        expected = [(at, size if self.tells_sizes else None) for at, size in sorted(made, reverse=True)]
        assert [(c.moment, c.size) for c in found.copies] == expected
        assert all(c.moment.tzinfo is UTC for c in found.copies)
        assert not found.unreadable

    def test_an_empty_place_has_no_copies(self, tmp_path: Path) -> None:
        """And is no error."""
        assert not self.store(tmp_path, []).inventory().copies

    def test_a_place_that_cannot_be_looked_at_is_an_error_and_not_empty(self, tmp_path: Path) -> None:
        """Otherwise silence would look like a lost backup, or worse, like none wanted."""
        with pytest.raises(OutsideError):
            self.unreachable(tmp_path).inventory()

    def test_a_copy_that_is_not_there_is_unknown_and_never_green(self, tmp_path: Path) -> None:
        """It may have been removed since the inventory."""
        store = self.store(tmp_path, [(NOW, 10)])
        store.inventory()
        verdict = store.verify(Copy("gone", NOW, 10, 1))
        assert verdict.outcome in {Outcome.UNKNOWN, Outcome.NOT_ASKED}
        assert not verdict.held
