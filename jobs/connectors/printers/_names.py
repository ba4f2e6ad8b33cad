"""What no printer is given: sheets whose name would not come back as it was, and paper that nobody knows."""

from daemon.api import OutsideError
from jobs.kinds.paper import MEDIA
from jobs.kinds.printer import NAME, Printout


def refuse_unsound(connection: str, printout: Printout) -> None:
    """Raise OutsideError where a sheet can't be handed over, whatever the printer says."""
    if not NAME.fullmatch(printout.name):
        raise OutsideError(f"{connection}: a sheet can't be named {printout.name!a:.120}", permanent=True)
    if printout.media not in MEDIA:
        raise OutsideError(
            f"{connection}: there is no paper {printout.media!a:.40}: use {', '.join(MEDIA)}", permanent=True
        )
