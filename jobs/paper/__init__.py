"""The job `paper`: prints the sheets that the orders' line made, each once, on one printer or several."""

from daemon.api import Context, Job, Need, Text
from jobs.kinds.printer import PRINTER
from jobs.paper.options import PaperJobOptions

__all__ = ["PAPER", "PaperJobOptions"]


def run(ctx: Context, options: PaperJobOptions) -> Text:
    """Print what waits, or bind it into files, and return what was done in one sentence."""
    from jobs.paper import work  # noqa: PLC0415 - memory that only a run needs

    return work.set_and_run(ctx, options)


PAPER = Job(
    name="paper",
    summary="Prints pick lists, slips, addresses and labels, each sheet once",
    options=PaperJobOptions,
    run=run,
    needs=(Need(PRINTER, many=True, optional=True),),
)
