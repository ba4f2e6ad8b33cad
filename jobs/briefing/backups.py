"""The backups: how old the newest copy of each is, how large, and whether that very copy was read back or restored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Fact, FactName, Finding, SeenFinding, Text, Urgency
from jobs.briefing.gather import Morning
from jobs.kinds import facts
from jobs.kinds.backup import CHECK_WORDS, Check

DAMAGED = ("broken", "unverified", "structure", "data", "restore")
"""How the key of a finding ends that takes a copy's proof away, whatever number of its files held."""
FULL, PARTLY, NONE = "full", "partly", "none"
"""What is proven of the newest copy; only `FULL` is ever shown in green."""
SECOND = timedelta(seconds=1)
CHECKS = {check.value: check for check in Check}


def backups(morning: Morning) -> list[dict[str, object]]:
    """Return one row per backup; `verified` (files) is None unless the newest copy itself was read back and right.

    `unread` is how many files of it a limit left unread, `proof` what all that was seen is worth, `open` which checks
    are not well, `rpo` how old the newest copy is that was read whole or restored.
    """
    ages = _newest(morning, facts.BACKUP_AGE)
    return [_backup(name, ages[name], morning) for name in sorted(ages)]


def _newest(morning: Morning, name: FactName, by: str = "connection") -> dict[str, Fact]:
    """Return the newest fact of each connection, or of each group."""
    found = morning.book.latest(name, (morning.yesterday, morning.today))
    return {fact.dimensions[by]: fact for fact in found if by in fact.dimensions}


def _backup(name: str, age: Fact, morning: Morning) -> dict[str, object]:
    made, told = _before(age), _newest(morning, facts.BACKUP_VERIFIED).get(name)
    damaged = _told(morning, name, DAMAGED)
    proven = told is not None and made is not None and told.as_of >= made and not damaged
    verdict, troubled = _verdict(name, morning)
    rpo = _newest(morning, facts.BACKUP_RPO).get(name)
    row: dict[str, object] = {
        "name": name,
        "age": None if made is None else morning.now - made,
        "size": _number(_newest(morning, facts.BACKUP_SIZE).get(name)),
        "verified": _number(told) if proven else None,
        "unread": _number(_newest(morning, facts.BACKUP_UNREAD).get(name)) or 0,
        "verdict": verdict,
        "open": troubled,
        "rpo": _since(rpo, morning),
        "restored": _restored(name, morning),
    }
    return {**row, "proof": NONE if damaged else _proof(row, _before(rpo), made)}


def _verdict(name: str, morning: Morning) -> tuple[str | None, list[Text]]:
    """Return the verdict of a place and which of its checks are not well; None where none was given."""
    fact = _newest(morning, facts.BACKUP_VERDICT).get(name)
    words = str(fact.value).split() if fact is not None else []
    return words[0] if words else None, [CHECK_WORDS[CHECKS[one]] for one in words[1:] if one in CHECKS]


def _proof(row: dict[str, object], proven: datetime | None, made: datetime | None) -> str:
    """Return what is proven of the newest copy: all only where it was read or restored, and every check is well.

    Where every check is well, something of what is stored was read back, though perhaps not that copy.
    """
    whole = row["verified"] is not None and not row["unread"]
    newest = proven is not None and made is not None and proven >= made - SECOND
    if (whole or newest) and row["verdict"] in {None, "ok"}:
        return FULL
    read = row["verified"] is not None or proven is not None or row["verdict"] == "ok"
    return PARTLY if read else NONE


def _restored(name: str, morning: Morning) -> dict[str, object] | None:
    """Return how long ago the last restore was tried that went well, and how long it took; None where none was."""
    took = _newest(morning, facts.BACKUP_RESTORE).get(name)
    seconds = _number(took)
    if took is None or seconds is None:
        return None
    return {"ago": max(morning.now - took.as_of, timedelta(0)), "took": timedelta(seconds=float(seconds))}


def groups(morning: Morning) -> list[dict[str, object]]:
    """Return one row for each group of copies of the same data: how many count, on which media, how many off-site."""
    names = _newest(morning, facts.BACKUP_COPIES, "group")
    return [_group(name, morning) for name in sorted(names)]


def _group(name: str, morning: Morning) -> dict[str, object]:
    def known(fact: FactName) -> Fact | None:
        return _newest(morning, fact, "group").get(name)

    copies, media, offsite = map(_number, map(known, (facts.BACKUP_COPIES, facts.BACKUP_MEDIA, facts.BACKUP_OFFSITE)))
    immutable, rto = known(facts.BACKUP_IMMUTABLE), _number(known(facts.BACKUP_RTO))
    return {
        "name": name, "copies": copies, "media": media, "offsite": offsite,
        "immutable": str(immutable.value) if immutable is not None else "none",
        "rpo": _since(known(facts.BACKUP_RPO), morning),
        "rto": None if rto is None else timedelta(seconds=float(rto)),
        "whole": _three_two_one(copies, media, offsite) and not _told(morning, f"group.{name}"),
    }  # fmt: skip


def _three_two_one(copies: Decimal | None, media: Decimal | None, offsite: Decimal | None) -> bool:
    """Say whether there are three copies on two media and one off-site; what is not known is not there."""
    return (copies or 0) >= 3 and (media or 0) >= 2 and (offsite or 0) >= 1  # noqa: PLR2004 - the rule's own numbers


def _before(age: Fact | None) -> datetime | None:
    """Return the moment that a fact counts its seconds from."""
    seconds = _number(age)
    return None if age is None or seconds is None else age.as_of - timedelta(seconds=float(seconds))


def _since(age: Fact | None, morning: Morning) -> timedelta | None:
    made = _before(age)
    return None if made is None else morning.now - made


def _told(morning: Morning, name: str, ends: Sequence[str] = ()) -> bool:
    """Say whether the routine that looks at backups found something about this one."""
    keys = [one.finding.key for one in morning.findings if one.finding.key.startswith(f"backups/{name}/")]
    return any(not ends or key.rpartition("/")[2] in ends for key in keys)


def unproven(morning: Morning) -> list[SeenFinding]:
    """Return, as things that need a person, each backup that nobody proved or looked at and nobody has mentioned."""
    rows = [row for row in backups(morning) if not _told(morning, str(row["name"]))]
    unread = [_unproven(str(row["name"]), morning) for row in rows if row["proof"] == NONE]
    unknown = [_unknown(row, morning) for row in rows if row["proof"] != NONE and row["verdict"] not in {None, "ok"}]
    return [*unread, *unknown, *_unheard(morning)]


def _unproven(name: str, morning: Morning) -> SeenFinding:
    finding = Finding(
        key=f"backups/{name}/unproven",
        urgency=Urgency.STAYS_BROKEN,
        title=Text("Nobody knows whether the newest copy in {connection} can be restored", {"connection": name}),
        detail=Text("It was seen, but not read back and compared."),
        next_step=Text("Give it a manifest of hashes, so that every copy is read back."),
        group="backups.unproven",
    )
    return _seen(finding, morning)


def _unknown(row: dict[str, object], morning: Morning) -> SeenFinding:
    """Return a backup that is not known to be well: a check gave no answer yet, and nobody has mentioned it."""
    name = str(row["name"])
    finding = Finding(
        key=f"backups/{name}/not-known",
        urgency=Urgency.STAYS_BROKEN,
        title=Text("A check of {connection} has given no answer yet", {"connection": name}),
        next_step=Text("The next run tries again: nightclerk backups show {connection}", {"connection": name}),
        group="backups.not-known",
    )
    return _seen(finding, morning)


def _unheard(morning: Morning) -> list[SeenFinding]:
    """Return each place that nobody has looked at though two looks were due: the job itself may be silent."""
    newest: dict[str, Fact] = {}
    for fact in morning.awaited:
        name = fact.dimensions.get("connection", "")
        newest[name] = max(fact, newest.get(name, fact), key=lambda one: one.as_of)
    overdue = [name for name, fact in sorted(newest.items()) if _overdue(fact, morning)]
    return [_silent(name, newest[name].as_of, morning) for name in overdue]


def _overdue(fact: Fact, morning: Morning) -> bool:
    try:
        return datetime.fromisoformat(str(fact.value)) < morning.now
    except (TypeError, ValueError):
        return False


def _silent(name: str, since: datetime, morning: Morning) -> SeenFinding:
    finding = Finding(
        key=f"backups/{name}/unheard",
        urgency=Urgency.LOSES_MONEY,
        title=Text(
            "Nobody has looked at the backup {connection} since {since:day}", {"connection": name, "since": since}
        ),
        next_step=Text("Look why its routine does not run: nightclerk runs"),
        since=since,
        group="backups.unheard",
    )
    return _seen(finding, morning)


def _seen(finding: Finding, morning: Morning) -> SeenFinding:
    return SeenFinding(morning.routine, 0, morning.now, finding.since or morning.now, 1, finding)


def _number(fact: Fact | None) -> Decimal | None:
    return fact.value if fact is not None and isinstance(fact.value, Decimal) else None
