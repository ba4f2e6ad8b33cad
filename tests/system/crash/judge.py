"""Says what is wrong after a crash: by what the shop and the mail server saw, then by the ledger."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from tests.system.crash.scene import ROUTINES, Scene

_HOUR = timedelta(hours=1)


def verdict(scene: Scene) -> list[str]:
    """Return a sentence for everything that is not as promised."""
    return [*scene.problems, *_effects(scene), *_mails(scene), *_occurrences(scene), *_log(scene)]


def _effects(scene: Scene) -> Iterator[str]:
    """Check that nothing was done twice, that what is confirmed was done, and that all else is called uncertain."""
    done = Counter(scene.shop.done)
    yield from (f"the effect {key} was made {count} times" for key, count in done.items() if count > 1)
    known = dict(scene.rows("select key, state from effects"))
    yield from (f"the shop saw {key}, the ledger did not" for key in done if key not in known)
    for key, state in known.items():
        if state == "confirmed" and not done[key]:
            yield f"the effect {key} is called confirmed and never happened"
        elif state == "claimed":
            yield f"the effect {key} is unresolved and not called uncertain"
        elif state == "uncertain" and not key.startswith("page/") and not _by_hand(key):
            yield f"the effect {key} is called uncertain though the shop could be asked"
    for routine, slot in scene.rows("select routine, slot from occurrences where state = 'ok'"):
        wanted = {"notes": [f"note/{slot}/0", f"note/{slot}/1"], "pages": [f"page/{slot}"]}.get(routine, [])
        yield from (f"{routine} {slot} ended ok without {key}" for key in wanted if not done[key])


def _by_hand(key: str) -> bool:
    """Say whether an effect belongs to a run that a person asked for, which is not tried again."""
    return "manual-" in key


def _mails(scene: Scene) -> Iterator[str]:
    """Check that every mail of a good run arrived, unchanged, and twice only where the ledger doubts it."""
    arrivals: dict[str, list[str]] = {}
    for message_id, content in scene.mail.taken:
        arrivals.setdefault(message_id, []).append(content)
    doubted = dict(scene.rows("select message_id, doubted from mails"))
    for message_id, contents in arrivals.items():
        if len(set(contents)) > 1:
            yield f"the mail {message_id} changed between its tries"
        if len(contents) > 1 and not doubted.get(message_id):
            yield f"the mail {message_id} arrived {len(contents)} times and nobody doubts it"
    text = "\n".join(content for _, content in scene.mail.taken).replace("=\n", "")
    given_up = "\n".join(subject for (subject,) in scene.rows("select subject from mails where state = 'uncertain'"))
    good = "select routine, slot from occurrences where state = 'ok' and slot like '2026-%' and routine != 'notes'"
    for routine, slot in scene.rows(good):
        if f"told {routine} {slot}" not in text + given_up:
            yield f"the mail of {routine} {slot} was lost"
    for message_id, state in scene.rows("select message_id, state from mails"):
        if state not in {"sent", "uncertain"}:
            yield f"the mail {message_id} is {state} in the end"
        elif state == "sent" and message_id not in arrivals:
            yield f"the mail {message_id} is called sent and never arrived"


def _occurrences(scene: Scene) -> Iterator[str]:
    """Check that every slot has its row, that all have ended, and that nothing ran twice at a time."""
    twice = scene.folder / "twice"
    if twice.exists():
        yield f"two at a time: {twice.read_text(encoding='utf-8').split()}"
    for routine in ROUTINES:
        query = "select due from occurrences where routine = ? and slot like '2026-%' order by due"
        dues = [datetime.fromisoformat(due) for (due,) in scene.rows(query, routine)]
        missing = [b - a for a, b in pairwise(dues) if b - a != _HOUR]
        if missing or dues[-1] != datetime.fromisoformat(scene.newest_slot()):
            yield f"slots of {routine} are forgotten: {dues}"
    for row in scene.rows("select routine, slot, state from occurrences where state in ('pending', 'running')"):
        yield f"an occurrence never ended: {row}"
    for row in scene.rows(
        "select routine, slot, reason from occurrences where reason = '' and state in ('skipped', 'lost')"
    ):
        yield f"an occurrence has no reason: {row}"
    for row in scene.rows("select id, routine, slot from runs where state in ('pending', 'running')"):
        yield f"a run never ended: {row}"


def _log(scene: Scene) -> Iterator[str]:
    """Check that nothing was met that nobody thought of."""
    if "Traceback" in scene.log:
        yield f"the daemon logged a traceback: {scene.folder / 'log'}"
