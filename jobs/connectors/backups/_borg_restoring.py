"""Restoring an archive of borg 1.x into a scratch folder, and what the end of a run of borg shows."""

from collections.abc import Sequence
from datetime import date

from daemon.api import Text
from jobs.connectors.backups import _drill
from jobs.connectors.backups._borg_asking import Borg, archive
from jobs.connectors.backups._borg_listing import Listing
from jobs.connectors.backups._drill_options import DrillOptions, parts_of
from jobs.connectors.backups._outcomes import NOT_FOUND
from jobs.connectors.command import Finished
from jobs.kinds.backup import Copy, Outcome, Verdict

WARNED = 1
"""What borg ends with after a warning, and after a check that found damage."""
_WARNINGS = range(100, 128)


def judged(borg: Borg, ended: Finished, well: Outcome, shown: Text) -> Verdict:
    """Say what a run of borg shows: `well` and `shown` where nothing went wrong."""
    went_wrong = borg.trouble(ended)
    if went_wrong is None:
        return Verdict(well, shown=shown, seconds=ended.seconds)
    outcome = Outcome.BROKEN if went_wrong.damage else Outcome.UNKNOWN
    return Verdict(outcome, reason=went_wrong.reason, seconds=ended.seconds, again=went_wrong.again)


def restored(borg: Borg, listed: Listing, copy: Copy, today: date) -> Verdict:
    """Restore the newest archive, or an older one where it is its turn, and look at what came back."""
    drill = borg.options.drill
    if drill is None:
        return Verdict(Outcome.NOT_ASKED)
    one = _drill.chosen(listed.copies, copy, drill.older, today)
    name = listed.names.get(one.id)
    short = _drill.lacking(borg.folder, _drill.measured(one, listed.copies), drill)
    if name is None or short:
        return Verdict(Outcome.UNKNOWN, reason=short or NOT_FOUND)
    with _drill.scratch(borg.folder) as tree:
        ended = borg.ask("extract", *_extracting(name, drill), scratch=tree)
        if not _is_over(ended):
            return judged(borg, ended, Outcome.UNKNOWN, NOT_FOUND)
        return _with_warning(borg, ended, _drill.judged(tree, drill, ended.seconds))


def _is_over(ended: Finished) -> bool:
    """Return whether borg restored all that it could: well, or with warnings."""
    return not ended.timed_out and (ended.code in {0, WARNED} or ended.code in _WARNINGS)


def _with_warning(borg: Borg, ended: Finished, seen: Verdict) -> Verdict:
    """Add what borg warned of to what a restore showed."""
    went_wrong = borg.trouble(ended)
    if went_wrong is None or seen.outcome is not Outcome.HELD:
        return seen
    reason = Text("{shown}, but {reason}", {"shown": seen.shown, "reason": went_wrong.reason})
    return Verdict(Outcome.WARN, reason=reason, read=seen.read, seconds=seen.seconds)


def _extracting(name: str, drill: DrillOptions) -> Sequence[str]:
    """Return how to ask for an archive or a part of it, without attributes that would keep it from being removed."""
    paths = ["pp:" + "/".join(parts_of(path)) for path in drill.include]
    return ["--noacls", "--noxattrs", "--noflags", archive(name), *paths]
