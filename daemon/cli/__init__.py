"""The command line: each command parses, calls one function, prints.

Commands are loaded when they are called, so that `serve` forks its spawner before anything heavy is imported.
"""

import difflib
import importlib
import io
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

import click

from daemon import __version__
from daemon.errors import EXIT_CONFIG, EXIT_INTERNAL, NightclerkError
from daemon.log import escape, is_journal

_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "init": "setting_up",
        "check": "setting_up",
        "schema": "setting_up",
        "plugins": "setting_up",
        "install": "setting_up",
        "uninstall": "setting_up",
        "doctor": "doctoring",
        "serve": "serving",
        "reload": "serving",
        "status": "looking",
        "next": "looking",
        "runs": "looking",
        "show": "looking",
        "outbox": "looking",
        "briefing": "briefing",
        "run": "doing",
        "cancel": "doing",
        "pause": "doing",
        "resume": "doing",
        "drafts": "deciding",
        "approve": "deciding",
        "reject": "deciding",
        "tasks": "tasking",
        "orders": "ordering",
        "print": "papering",
        "backups": "backing_up",
        "absent": "absence",
        "state": "keeping",
        "demo": "rehearsing",
        "replay": "rehearsing",
        "completion": "completing",
    }
)
"""Which module of this package each command stands in."""


class Lazy(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order a newcomer needs them."""
        return list(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` begin with; a wrong name is answered with the one that may be meant."""
        near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
        if args[0] not in _COMMANDS and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, or None where there is none of that name."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        loaded: click.Command = getattr(importlib.import_module(f"daemon.cli.{module}"), f"{cmd_name}_command")
        return loaded


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nightclerk")
def cli() -> None:
    """Work the night shift of a small web shop, and hand over with one mail in the morning."""


def _tell(error: NightclerkError) -> None:
    """Print an error; those of a configuration begin with their own place, also where a daemon told them."""
    before = "" if error.exit_code == EXIT_CONFIG else "nightclerk: "
    severe = "<3>" if is_journal(sys.stderr, os.environ) else ""
    for line in str(error).splitlines():
        click.echo(f"{severe}{before}{escape(line)}", err=True)


def _print_anywhere() -> None:
    """Let a terminal without UTF-8 show escapes instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; an error a person can act on is one sentence, everything else is a defect (exit 70)."""
    _print_anywhere()
    try:
        cli.main(prog_name="nightclerk", standalone_mode=False)
    except NightclerkError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("nightclerk: stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception:  # noqa: BLE001 - the outermost border: a defect says so and how to report it
        sys.excepthook(*sys.exc_info())
        click.echo("nightclerk: this is a defect of nightclerk; please report the lines above", err=True)
        sys.exit(EXIT_INTERNAL)
