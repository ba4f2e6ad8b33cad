"""The job `backups` asks whether there is a fresh, whole copy of everything that holds what it should.

It says of each copy only what was looked at. A place that can't be read is a finding, never silence, and so is a check
that gives no answer.
"""

from daemon.api import Context, Job, Need, Text
from jobs.backups.line import BACKUPS_LINE
from jobs.backups.options import BackupOptions
from jobs.kinds.backup import BACKUP

__all__ = ["BACKUPS", "BACKUPS_LINE", "BackupOptions"]


def run(ctx: Context, options: BackupOptions) -> Text:
    """Look at every place of backups and return how many there were in one sentence."""
    from jobs.backups import work  # noqa: PLC0415 - memory that only a run needs

    return work.run(ctx, options)


BACKUPS = Job(
    "backups", "Looks for a fresh, whole and verified copy in every place of backups", BackupOptions, run,
    needs=(Need(BACKUP, many=True),),
)  # fmt: skip
