"""Nights that don't count: `demo` and `replay`."""

import logging
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon import paths, plugins
from daemon.cli.arguments import DAY
from daemon.cli.common import config_option, fork_spawner, load_file, start_logging
from daemon.clock import SystemClock
from daemon.config.loading import Loaded
from daemon.errors import EXIT_FAILED, UsageError
from daemon.outbox.parts import part

if TYPE_CHECKING:
    from daemon.engine.replay import Outcome


def _rehearse(config: Path, first: date, last: date, out: Path, say: Callable[[date], None]) -> "Outcome":
    """Work past nights in a folder of their own."""
    start_logging(logging.ERROR)
    loaded = load_file(config)
    loaded.refuse()
    _prepare(loaded)
    spawner = fork_spawner(loaded)
    try:
        import asyncio  # noqa: PLC0415 - heavy; the spawner is forked before

        from daemon.engine import replay  # noqa: PLC0415
        from daemon.engine.assigning import Setup  # noqa: PLC0415

        setup = Setup(loaded, loaded.refuse(), replay.prepare(out), rehearsal=True)
        return asyncio.run(replay.replay(setup, spawner, replay.Span(first, last), out, say))
    finally:
        spawner.close()


def _prepare(loaded: Loaded) -> None:
    """Load what every run and every mail of the nights needs, once: the children that are forked find it there."""
    from daemon.render import page, say  # noqa: F401, PLC0415 - only a rehearsal mails so often

    plugins.import_parts(loaded.registry)
    config = loaded.refuse()
    for language in {config.shop.language, *(person.language for person in config.people.values() if person.language)}:
        say.load(say.Voice(language, config.shop.country, config.shop.timezone), config.shop.currency)


def _verdict(outcome: "Outcome") -> None:
    counts = ", ".join(f"{count} {state}" for state, count in outcome.runs.items())
    click.echo(f"runs: {counts or 'none'}; mails: {outcome.mails}; days with figures: {outcome.days}")
    if set(outcome.runs) - {"ok"}:
        sys.exit(EXIT_FAILED)


@click.command("replay")
@config_option
@click.option("--from", "first", type=DAY, required=True, help="The first business day.")
@click.option("--to", "last", type=DAY, required=True, help="The last business day, inclusive.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
def replay_command(config: Path | None, first: datetime, last: datetime, out: Path) -> None:
    """Work past nights again: the configured routines on a virtual clock, nothing outside changed.

    Mails stand in OUT/mails, one day's figures a line in OUT/figures.jsonl, the ledger in OUT/state.
    """
    if last < first:
        raise UsageError("--to is before --from")
    days = (last - first).days + 1
    with click.progressbar(length=days, label="nights", file=sys.stderr) as bar:
        outcome = _rehearse(
            paths.config_file(config, os.environ), first.date(), last.date(), out, lambda _day: bar.update(1)
        )
    _verdict(outcome)


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="demo-out", show_default=True,
              help="Where the mails are left.")  # fmt: skip
def demo_command(out: Path) -> None:
    """Work last night on the built-in demo shop and leave the briefing as .eml, .html and .txt."""
    yesterday = SystemClock().now().date() - timedelta(days=1)
    folder = _fresh(out)
    outcome = _rehearse(paths.example(), yesterday, yesterday, folder, lambda _day: None)
    for mail in sorted((folder / "mails").glob("*.eml")):
        content = mail.read_bytes()
        mail.with_suffix(".html").write_text(part(content, "html"), encoding="utf-8")
        mail.with_suffix(".txt").write_text(part(content, "plain"), encoding="utf-8")
        click.echo("\n".join(part(content, "plain").splitlines()[:24]))
        click.echo(f"\nthe whole mail: {mail}\n     as a page: {mail.with_suffix('.html')}")
    _verdict(outcome)


def _fresh(out: Path) -> Path:
    """Return the first folder below `out` that no earlier demo has used."""
    return next(folder for n in range(1, 10_000) if not (folder := out / f"night-{n}").exists())
