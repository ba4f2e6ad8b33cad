"""`briefing`: the stored one, a corrected one, a preview, a test."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from daemon.cli import printing
from daemon.cli.arguments import DAY
from daemon.cli.common import Caller, config_option, zone_of
from daemon.cli.looking import print_run
from daemon.cli.printing import safe
from daemon.clock import SystemClock
from daemon.errors import NightclerkError
from daemon.model import StoredMail
from daemon.outbox.parts import part
from daemon.outbox.transports import Kind


@click.command("briefing")
@config_option
@click.option("--date", "day", type=DAY, help="The morning to show; today's where not given.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write .eml, .html and .txt there.")
@click.option("--preview", is_flag=True, help="Make the briefing of this moment, write its files, mail nothing.")
@click.option("--send", is_flag=True, help="Make today's briefing anew and send it.")
@click.option("--send-test", is_flag=True, help="Send the briefing of this moment to yourself, marked as a test.")
def briefing_command(
    config: Path | None, day: datetime | None, out: Path | None, preview: bool, send: bool, send_test: bool
) -> None:
    """Show a morning's briefing, write it to files, preview it, or send it once more."""
    ways = (("--preview", preview), ("--send", send), ("--send-test", send_test))
    _refuse_contradictions([way for way, given in ways if given], day, out)
    if send:
        _send_anew(config)
    elif send_test:
        _send_test(config)
    elif preview:
        _preview(config, out or Path())
    else:
        _show_stored(config, day, out)


def _refuse_contradictions(ways: Sequence[str], day: datetime | None, out: Path | None) -> None:
    """Raise UsageError where options exclude each other; `ways` are those of making a briefing that were given."""
    if len(ways) > 1:
        raise click.UsageError("give one of --preview, --send and --send-test")
    if day and ways:
        raise click.UsageError("--date shows a stored morning; the others make the briefing of this moment")
    if out and ways and "--preview" not in ways:
        raise click.UsageError("--out goes with a stored morning or with --preview")


def _send_anew(config: Path | None) -> None:
    for run in Caller(config).ask("send_briefing", {}):
        print_run(run, zone_of(config))


def _send_test(config: Path | None) -> None:
    sent = Caller(config).ask("test_briefing", {})
    click.echo(f"to:         {safe(sent['recipient'])}")
    click.echo(f"Message-ID: {safe(sent['message_id'])}")
    click.echo(f"bytes:      {sent['bytes']}")
    click.echo(f"SHA-256:    {sent['sha256']}")
    if sent["result"] != Kind.SENT:
        raise NightclerkError(f"the test is {sent['result']}: {sent['answer']}")
    click.echo(f"answer:     {safe(sent['answer'])}")


def _preview(config: Path | None, out: Path) -> None:
    for mail in Caller(config, creates=True).ask("preview_briefing", {}):
        _write(mail, out, f"preview-{mail.day}-{mail.recipient}")


def _show_stored(config: Path | None, day: datetime | None, out: Path | None) -> None:
    wanted = day.date() if day else SystemClock().now().astimezone(zone_of(config)).date()
    mails: list[StoredMail] = Caller(config).ask("briefing", {"day": wanted})
    if not mails:
        raise NightclerkError(f"no briefing is stored for {wanted}: `nightclerk run briefing` makes today's")
    for mail in mails:
        _write(mail, out, _stem(mail, wanted)) if out else printing.lines(part(mail.content, "plain"))


def _stem(mail: StoredMail, day: date) -> str:
    return f"{day}-{mail.message_id.strip('<>').partition('@')[0]}"


def _write(mail: StoredMail, out: Path, stem: str) -> None:
    """Write a mail's bytes and its two parts; the name stands in `out`, whatever an address holds."""
    path = out / stem.replace("/", "_")
    try:
        out.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".eml").write_bytes(mail.content)
        path.with_name(path.name + ".html").write_text(part(mail.content, "html"), encoding="utf-8")
        path.with_name(path.name + ".txt").write_text(part(mail.content, "plain"), encoding="utf-8")
    except OSError as error:
        raise NightclerkError(f"{out} can't be written: {error.strerror}") from error
    click.echo(f"{path}.eml, .html and .txt")
