"""What commands print: JSON that any program reads, tables that hold, and nothing that commands a terminal."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.cli import printing
from daemon.model import Text
from daemon.records import Run, State

AT = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def test_json_writes_moments_in_utc_numbers_exactly_and_names_as_they_are() -> None:
    run = Run(1, "lamps", "s", 1, State.OK, AT, AT, summary=Text("all {n}", {"n": Decimal("1.10")}))
    plain = printing.plain(run)
    assert plain["due"] == "2026-07-01T10:00:00Z"
    assert plain["state"] == "ok"
    assert plain["summary"]["values"] == {"n": "1.10"}
    assert plain["checked"] == []
    others = [date(2026, 7, 1), Path("/a"), timedelta(minutes=2), b"x", None, True]
    assert printing.plain(others) == ["2026-07-01", "/a", 120.0, "x", None, True]


def test_what_is_printed_as_json_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    printing.as_json({"at": datetime(2026, 7, 1, tzinfo=UTC), "name": "Łódź 桜 \x1b[2J"})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-07-01T00:00:00Z", "name": "Łódź 桜 \x1b[2J"}


def test_columns_line_up_under_wide_letters_and_controls_are_shown_not_obeyed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printing.table(("WHAT", "STATE"), [("桜桜桜", "ok"), ("a\x1b[31mb\n", "failed")])
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.index("STATE") == len("a\\x1b[31mb\\n") + 2
    assert first == "桜桜桜" + " " * (head.index("STATE") - 6) + "ok"
    assert second == "a\\x1b[31mb\\n  failed"


def test_text_from_outside_keeps_its_lines_and_loses_its_power(capsys: pytest.CaptureFixture[str]) -> None:
    printing.lines("one\x1b]0;gotcha\x07\ntwo")
    assert capsys.readouterr().out == "one\\x1b]0;gotcha\\x07\ntwo\n"
