"""What is said of restic's troubles: a sentence each, with what to do next."""

from datetime import timedelta

from daemon.api import OutsideError, Text, Value
from jobs.connectors.backups._restic_answers import Trouble, first_error, why
from jobs.connectors.backups._restic_program import Restic
from jobs.connectors.command import Finished
from jobs.kinds.backup import Outcome, Verdict

LATER = timedelta(minutes=30)
"""After how long a repository that somebody is working on is asked again."""
_SENTENCES = {
    Trouble.MISSING: "restic finds no repository there: is the disk mounted, and is `repository:` right? ({error})",
    Trouble.LOCKED: "somebody is working on it; where nobody is, remove the lock by `restic unlock` ({error})",
    Trouble.PASSWORD: "no key of the repository fits the password: correct the password, or bring back the folder keys",
    Trouble.CANCELLED: "restic was told to end before it was done: run this routine again",
    Trouble.TIMED_OUT: "restic was ended after {took}: see what holds it up, or raise `limit:` and `timeout:`",
    Trouble.CRASHED: "restic crashed (code {code}): {error}",
    Trouble.DAMAGED: "restic finds errors in the repository: {first}",
    Trouble.FAILED: "restic could not do it: {error}",
    Trouble.STRANGE: "restic ended with code {code}, and nothing known was said ({error}): is it too new?",
}


def sentence(trouble: Trouble, finished: Finished, restic: Restic) -> Text:
    """Return what went wrong and what to do about it, without secrets."""
    told: dict[str, Value] = {
        "error": restic.shown(why(finished)) or "-", "first": restic.shown(first_error(finished)) or "-",
        "code": finished.code, "took": timedelta(seconds=round(finished.seconds)),
    }  # fmt: skip
    return Text(_SENTENCES[trouble], told)


def unknown(trouble: Trouble, finished: Finished, restic: Restic) -> Verdict:
    """Return the verdict where the trouble stands in the way; a lock is asked again after a while."""
    again = LATER if trouble is Trouble.LOCKED else None
    return Verdict(Outcome.UNKNOWN, reason=sentence(trouble, finished, restic), again=again)


def refusal(trouble: Trouble, finished: Finished, restic: Restic) -> OutsideError:
    """Return the error to raise where copies can't even be listed."""
    text = sentence(trouble, finished, restic)
    permanent = trouble in {Trouble.MISSING, Trouble.PASSWORD, Trouble.STRANGE}
    return OutsideError(text.id.format(**text.values), permanent=permanent)
