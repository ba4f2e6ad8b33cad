"""A briefing made again on its day, where answers to it go, and mail that can't be signed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from daemon import plugins
from daemon.clock import VirtualClock
from daemon.config.loading import load
from daemon.engine.assigning import Setup
from daemon.engine.signing import shop_signed
from daemon.model import StoredMail
from daemon.outbox.transports import TRANSPORTS, SmtpOptions
from daemon.records import Run
from daemon.render.page import compose
from daemon.render.say import Voice, say
from tests.acceptance.briefing.posting import (
    HOUSE,
    LETTER,
    ROUTINES,
    Opened,
    ask,
    parsed,
)
from tests.acceptance.nights import pump, runs
from tests.jobs.briefing.scene import NOW

MADE_UP = '  morning: {job: briefing, at: "06:30", missed: run-all, max_late: 9d}\n'


@pytest.mark.parametrize("command", ["send_briefing", "run"])
def test_a_briefing_made_again_on_its_day_corrects_the_first_and_no_day_has_two_first_ones(
    opened: Opened, command: str
) -> None:
    async def scene() -> list[StoredMail]:
        clock = VirtualClock(NOW)
        args = {"routine": "morning"} if command == "run" else {}
        async with opened(ROUTINES, clock) as shift:
            for _ in range(3):
                await ask(shift, command, **args)
                clock.moment += timedelta(hours=1)
            await ask(shift, "run", routine="morning", dry=True)
            found: list[StoredMail] = await ask(shift, "briefing", day=NOW.date())
            return found

    first, second, third = (parsed(mail.content) for mail in asyncio.run(scene()))
    assert not first["Subject"].startswith("Correction")
    assert first["In-Reply-To"] is None
    for later in (second, third):
        assert later["Subject"].startswith("Correction: ")
        assert later["In-Reply-To"] == first["Message-ID"]
        assert later["References"].split() == [first["References"], first["Message-ID"]]
        text = later.get_body(("plain",))
        assert text is not None
        assert "This mail replaces the one that was sent earlier today." in text.get_content()
    assert len({one["Message-ID"] for one in (first, second, third)}) == 3


def test_a_scheduled_briefing_corrects_the_one_that_was_asked_for_earlier_that_day(opened: Opened) -> None:
    async def scene() -> tuple[list[StoredMail], Run]:
        clock = VirtualClock(NOW - timedelta(hours=2))
        async with opened(ROUTINES, clock) as shift:
            await ask(shift, "run", routine="morning")
            clock.moment = NOW
            await pump(shift)
            return await ask(shift, "briefing", day=NOW.date()), (await runs(shift))[-1]

    (first, scheduled), run = asyncio.run(scene())
    assert run.slot == "2026-07-21T06:30"
    assert parsed(scheduled.content)["Subject"].startswith("Correction: ")
    assert parsed(scheduled.content)["In-Reply-To"] == first.message_id
    assert "not queued" not in said(run)


def test_a_briefing_made_up_for_yesterday_does_not_cost_today_its_own(opened: Opened) -> None:
    async def scene() -> list[StoredMail]:
        clock = VirtualClock(NOW - timedelta(days=1, hours=1))
        async with opened(MADE_UP, clock) as shift:
            await pump(shift)
            clock.moment = NOW - timedelta(hours=3)
            await pump(shift)
            clock.moment = NOW
            await pump(shift)
            found: list[StoredMail] = await ask(shift, "briefing", day=NOW.date())
            return found

    early, own = (parsed(mail.content) for mail in asyncio.run(scene()))
    assert own["In-Reply-To"] == early["Message-ID"]


def test_of_several_mornings_caught_up_one_is_mailed_and_the_others_say_that_they_were_not(opened: Opened) -> None:
    async def scene() -> tuple[list[StoredMail], list[Run]]:
        clock = VirtualClock(NOW - timedelta(days=3, hours=1))
        async with opened(MADE_UP, clock) as shift:
            await pump(shift)
            clock.moment = NOW
            for _ in range(3):
                await pump(shift)
            return await ask(shift, "briefing", day=NOW.date()), await runs(shift)

    mails, made = asyncio.run(scene())
    assert len(mails) == 1
    assert len(made) == 3
    assert ["1 mail was not queued" in said(run) for run in made] == [False, True, True]


def said(run: Run) -> str:
    assert run.summary is not None
    return say(run.summary, Voice("en", "DE", "Europe/Berlin", NOW.date()))


def test_answers_go_to_a_person_by_what_the_configuration_says_of_them(opened: Opened) -> None:
    async def scene() -> StoredMail:
        async with opened(ROUTINES, VirtualClock(NOW)) as shift:
            await ask(shift, "run", routine="morning")
            (mail,) = await ask(shift, "briefing", day=NOW.date())
            return mail  # type: ignore[no-any-return]

    assert parsed(asyncio.run(scene()).content)["Reply-To"] == "ada@lamps.example"


CONNECTION = "people: {per: {email: per@x.example, roles: [staff]}, ada: {email: ada@x.example}}\nsecrets: keys\n"


@pytest.mark.parametrize(
    ("more", "routine", "answers"),
    [
        ("", "owner: per, ", "per@x.example"),
        ("", "", "ada@x.example"),
        ("    reply_to: Desk <desk@x.example>\n", "owner: per, ", "desk@x.example"),
    ],
)
def test_answers_go_where_the_owner_says_else_to_a_person(
    tmp_path: Path, more: str, routine: str, answers: str
) -> None:
    assert _setup(tmp_path, more, routine).reply_to("morning") == answers


def test_mail_leaves_unsigned_and_says_so_where_the_key_is_not_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    setup = _setup(tmp_path, "    dkim: {domain: x.example, selector: s, key: !secret dkim-key}\n", "")
    (tmp_path / "keys" / "dkim-key").unlink()
    mail = compose(LETTER, HOUSE)
    assert shop_signed(setup, [mail]) == (mail,)
    assert "mail leaves without a DKIM signature: the secret dkim-key is missing" in caplog.text
    assert isinstance(setup.mail_options(), SmtpOptions)


def _setup(folder: Path, more: str, routine: str) -> Setup:
    (folder / "keys").mkdir()
    (folder / "keys" / "dkim-key").write_text("a key")
    mail = f"connections:\n  mail:\n    use: smtp\n    host: localhost\n    from: a@x.example\n{more}"
    shop = "shop: {name: Lamps, timezone: Europe/Berlin}\n"
    morning = f'routines: {{morning: {{job: briefing, {routine}at: "06:30"}}}}\n'
    (folder / "config.yaml").write_text(shop + CONNECTION + mail + morning)
    loaded = load(folder / "config.yaml", plugins.load, TRANSPORTS)
    return Setup(loaded, loaded.refuse(), folder / "state")
