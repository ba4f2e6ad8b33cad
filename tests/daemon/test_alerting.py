"""N1: a failure is mailed once, at most once a day while it goes on, and its recovery once; policy is no alarm."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy.exc import StatementError

from daemon.clock import VirtualClock
from daemon.config import PersonConfig
from daemon.engine.alerting import Alert, Kind
from daemon.engine.assigning import Setup
from daemon.engine.plain import owner_of
from daemon.engine.plainmail import plain_mail
from daemon.engine.shift import Shift
from daemon.engine.telling import Circumstances, note_of, usual_duration
from daemon.occurrences.asked import Wish
from daemon.records import Occurrence, Run, State
from tests.daemon.letterbox import FRIDAY, letters, night, subjects

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


def ended(minutes: float, state: State = State.FAILED, reason: str = "", **more: object) -> Occurrence:
    at = EVENING + timedelta(minutes=minutes)
    values = {"slot": f"{at:%Y-%m-%dT%H:%M}", "routine": "lamps", **more}
    return Occurrence(due=at, state=state, reason=reason, ended=at, **values)  # type: ignore[arg-type]


def test_n1_a_good_night_mails_nothing_to_the_owner(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            await night(shift)
            clock.moment += timedelta(minutes=30)
            await night(shift)
            assert await subjects(shift) == []

    asyncio.run(work())


def test_n1_failing_all_day_is_one_mail_a_day_and_recovery_one(opened: Opened, clock: VirtualClock) -> None:
    routine = '  lamps: {job: stubborn, at: ["06:00", "21:30", "21:40"], options: {world: WORLD, times: 3}}\n'
    seen = []

    async def work() -> None:
        async with opened(routine, clock) as shift:
            for minutes in (0, 30, 10, 500, 930, 10):  # 21:30 and 21:40 on Friday; 06:00, 21:30 and 21:40 on Saturday
                clock.moment += timedelta(minutes=minutes)
                await night(shift)
                seen.append(await subjects(shift))

    asyncio.run(work())
    failed, well = "lamps failed (Lamps)", "lamps is well again (Lamps)"
    assert seen == [[], [failed], [failed], [failed] * 2, [failed, failed, well], [failed, failed, well]]


def test_n1_a_run_that_is_tried_again_is_told_after_its_last_try_only(opened: Opened, clock: VirtualClock) -> None:
    routine = '  lamps: {job: raising, at: "21:30", retry: {tries: 2, first: 10m, jitter: 0}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            await night(shift)
            clock.moment += timedelta(minutes=30)
            await night(shift)
            assert await subjects(shift) == []
            clock.moment += timedelta(minutes=10)
            await night(shift)
            assert await subjects(shift) == ["lamps failed (Lamps)"]

    asyncio.run(work())


def test_n1_the_mail_says_why_how_long_what_next_and_how_to_run_it_again(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> EmailMessage:
        async with opened('  lamps: {job: raising, at: "21:30"}\n', clock) as shift:
            await night(shift)
            clock.moment += timedelta(minutes=30)
            await night(shift)
            return (await letters(shift))[0]

    mail = asyncio.run(work())
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["To"] == "ada <ada@lamps.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert "Why: ValueError: the till is jammed" in text
    assert "It took: 0 secs; usually: not available" in text
    assert "Next run: Sat 21 Nov 21:30" in text
    assert "Run it again: nightclerk run lamps" in text
    assert 'raise ValueError("the till is jammed")' in text


def test_n1_a_night_that_is_looked_at_again_after_a_restart_is_not_told_again(
    opened: Opened, clock: VirtualClock
) -> None:
    async def work() -> None:
        for _ in range(2):
            async with opened('  lamps: {job: raising, at: "21:30"}\n', clock) as shift:
                await night(shift)
                clock.moment += timedelta(minutes=30)
                await night(shift)
                found = await subjects(shift)
        assert found == ["lamps failed (Lamps)"]

    asyncio.run(work())


def test_n1_a_failure_kept_while_nobody_looked_is_told_at_the_next_start(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: raising, at: "21:30"}\n', clock) as shift:
            await night(shift)
            clock.moment += timedelta(minutes=30)
            await shift.engine.account()
            await shift.engine.dispatch()
            await shift.engine.idle()
        async with opened('  lamps: {job: raising, at: "21:30"}\n', clock) as shift:
            await night(shift)
            assert await subjects(shift) == ["lamps failed (Lamps)"]

    asyncio.run(work())


def test_an_alert_whose_mark_can_not_be_kept_is_not_stored_either(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            alert = Alert(Kind.FAILED, "lamps", FRIDAY, "no", EVENING, ended(0))
            mail = plain_mail(shift.setup, owner_of(shift.setup, "lamps"), note_of(alert, Circumstances("L")), EVENING)
            with pytest.raises(StatementError):
                await shift.bookkeeper.call(shift.engine.ledger.tell, [mail], EVENING, "alerts", object())
            assert await subjects(shift) == []
            await shift.bookkeeper.call(shift.engine.ledger.tell, [mail, mail], EVENING, "alerts", 1)
            assert await subjects(shift) == ["lamps failed (L)"]

    asyncio.run(work())


def test_nobody_is_mailed_about_a_run_that_a_person_asked_for(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: raising, at: "21:30"}\n', clock) as shift:
            await night(shift)
            for wish in (Wish(), Wish(dry=True)):
                await shift.engine.add_manual("lamps", "ada", wish)
            await night(shift)
            assert [run.state for run in await shift.bookkeeper.call(shift.engine.ledger.history.runs)] == [
                State.FAILED
            ] * 2
            assert await subjects(shift) == []

    asyncio.run(work())


def test_k6_a_broken_routine_is_told_once_and_once_when_it_can_run_again(
    opened: Opened, clock: VirtualClock, setup_of: Callable[[str], Setup]
) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: gone, at: "21:30"}\n', clock) as shift:
            for _ in range(3):
                clock.moment += timedelta(days=1)
                await night(shift)
            assert await subjects(shift) == ["lamps can't run (Lamps)"]
            await shift.adopt(setup_of('  lamps: {job: fine, at: "21:30"}\n'))
            await night(shift)
            assert await subjects(shift) == ["lamps can't run (Lamps)", "lamps can run again (Lamps)"]

    asyncio.run(work())


@pytest.mark.parametrize(
    ("people", "owner", "address"),
    [
        ({"ada": "ada@x.test", "bob": "bob@x.test"}, "bob", "bob@x.test"),
        ({"ada": "ada@x.test", "bob": "bob@x.test"}, "", "ada@x.test"),
        ({"ada": "", "bob": "bob@x.test"}, "ada", "bob@x.test"),
        ({"ada": ""}, "", "owner@localhost"),
    ],
)
def test_the_owner_is_told_else_the_first_who_has_an_address(
    setup_of: Callable[[str], Setup], people: dict[str, str], owner: str, address: str
) -> None:
    setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
    lamps = setup.config.routines["lamps"].model_copy(update={"owner": owner})
    persons = {name: PersonConfig(email=email) for name, email in people.items()}
    config = setup.config.model_copy(update={"people": persons, "routines": {"lamps": lamps}})
    assert owner_of(replace(setup, config=config), "lamps").email == address


def test_a_hostile_reason_and_output_forge_no_header_and_no_line(setup_of: Callable[[str], Setup]) -> None:
    setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
    reason = "no\r\nBcc: thief@evil.test\r\n\r\n\u202eevil\x1b[2J\udcff"
    one = ended(30, State.FAILED, reason)
    run = Run(
        7, "lamps", one.slot, 1, State.FAILED, one.due, one.due, one.due, output="a\r\n.\r\nBcc: b@evil.test\x00\n"
    )
    alert = Alert(Kind.FAILED, "lamps", FRIDAY, reason, one.due, one)
    stored = plain_mail(
        setup, owner_of(setup, "lamps"), note_of(alert, Circumstances("La\r\nBcc: x@evil.test", run)), EVENING
    )
    mail = message_from_bytes(stored.content, policy=SMTP)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "lamps failed (La Bcc: x@evil.test)"
    assert "\n" not in stored.subject
    text = mail.get_content()
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    assert "\nBcc" not in text.replace("\r\n", "\n")


def test_the_same_alert_is_the_same_mail_and_another_day_another(setup_of: Callable[[str], Setup]) -> None:
    setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')

    def made(day: date) -> str:
        alert = Alert(Kind.FAILED, "lamps", day, "no", EVENING, ended(0))
        return plain_mail(setup, owner_of(setup, "lamps"), note_of(alert, Circumstances("Lamps")), EVENING).message_id

    assert made(FRIDAY) == made(FRIDAY)
    assert made(FRIDAY) != made(date(2026, 11, 21))


def test_only_the_last_fifty_lines_of_an_output_are_mailed() -> None:
    output = "\n".join(f"line {number}" for number in range(80))
    run = Run(7, "lamps", "s", 1, State.FAILED, EVENING, EVENING, EVENING, output=output)
    note = note_of(Alert(Kind.FAILED, "lamps", FRIDAY, "no", EVENING, ended(0)), Circumstances("Lamps", run))
    assert note.tail == tuple(f"line {number}" for number in range(30, 80))


def test_what_is_usual_is_the_middle_of_the_good_runs_and_unknown_without_any() -> None:
    runs = [
        Run(n, "lamps", str(n), 1, State.OK, EVENING, EVENING, EVENING + timedelta(minutes=minutes))
        for n, minutes in enumerate((1, 2, 60))
    ]
    assert usual_duration(runs) == timedelta(minutes=2)
    assert usual_duration([]) is None
