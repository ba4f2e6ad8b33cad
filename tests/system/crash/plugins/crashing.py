"""Jobs that change a shop outside: with a way to ask afterwards, without one, and by way of an approved draft."""

import fcntl
import http.client
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from pydantic import Field

from daemon.api import Context, Document, Draft, Job, NewDraft, Options, OutsideError, Text, UncertainError


class Outside(Options):
    """Where the shop is, and a folder that belongs to neither the shop nor the daemon."""

    port: int = Field(description="The shop's port on this machine.")
    folder: Path = Field(description="Where each routine says that it is at work.")


def _alone(ctx: Context, options: Outside) -> object:
    """Hold the routine's own lock until the process ends; say it to the judge where somebody else holds it."""
    held = (options.folder / f"{ctx.routine}.lock").open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with (options.folder / "twice").open("a") as out:
            out.write(f"{ctx.routine} {ctx.slot}\n")
    return held


def _asked(options: Outside, method: str, path: str, key: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=10)
    try:
        connection.request(method, path, json.dumps({"key": key}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _post(options: Outside, path: str, key: str, lost: type[OutsideError]) -> Callable[[], str]:
    def make() -> str:
        try:
            return _asked(options, "POST", path, key)[1]
        except (OSError, http.client.HTTPException) as error:
            raise lost(f"the shop did not answer: {error}") from error

    return make


def _found(options: Outside, key: str) -> Callable[[], str | None]:
    def find() -> str | None:
        status, body = _asked(options, "GET", f"/notes?{key}", key)
        return body if status == 200 else None

    return find


def _tell(ctx: Context) -> None:
    """Hand over a mail that names the slot; its day is another one for every hour, so that its Message-ID is too."""
    hours = round((ctx.due - ctx.start_of(date(2026, 1, 1))) / timedelta(hours=1))
    title = Text("{slot}", {"slot": f"told {ctx.routine} {ctx.slot}"})
    ctx.mail(
        ctx.people,
        Document("notice", {"title": title, "paragraphs": []}),
        date(2026, 1, 1) + timedelta(hours),
    )


def _notes(ctx: Context, options: Outside) -> Text:
    held = _alone(ctx, options)
    for number in range(2):
        key = f"note/{ctx.slot}/{number}"
        ctx.effect(key, "a note", _post(options, "/notes", key, OutsideError), _found(options, key))
    assert held
    return Text("noted")


def _pages(ctx: Context, options: Outside) -> Text:
    held = _alone(ctx, options)
    key = f"page/{ctx.slot}"
    ctx.effect(key, "a page", _post(options, "/pages", key, UncertainError))
    _tell(ctx)
    assert held
    return Text("printed")


def _posts(ctx: Context, options: Outside) -> Text:
    held = _alone(ctx, options)
    ctx.draft(NewDraft(f"post/{ctx.slot}", Text("a post"), "the post", {}))
    _tell(ctx)
    assert held
    return Text("drafted")


def _apply(ctx: Context, options: Outside, draft: Draft) -> Text:
    held = _alone(ctx, options)
    key = draft.draft.key
    ctx.effect(key, "a post", _post(options, "/notes", key, OutsideError), _found(options, key))
    assert held
    return Text("posted")


notes = Job("crash-notes", "Writes notes that can be asked for.", Outside, _notes)
pages = Job("crash-pages", "Prints pages that can't be asked for, and tells of it by mail.", Outside, _pages)
posts = Job("crash-posts", "Drafts a post.", Outside, _posts, apply=_apply)
