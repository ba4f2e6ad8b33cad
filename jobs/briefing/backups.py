"""The backups: how old the newest copy of each is, how large, and whether that very copy was read back."""

from datetime import timedelta
from decimal import Decimal

from daemon.api import Fact, FactName, Finding, SeenFinding, Text, Urgency
from jobs.briefing.gather import Morning
from jobs.kinds import facts

BACKUP_FACTS = (facts.BACKUP_AGE, facts.BACKUP_SIZE, facts.BACKUP_VERIFIED, facts.BACKUP_UNREAD)
DAMAGED = ("broken", "unverified")
"""How the key of a finding ends that takes a copy's proof away, whatever number of its files held."""


def backups(morning: Morning) -> list[dict[str, object]]:
    """Return one row per backup; `verified` (files) is None unless the newest copy itself was read back and right.

    `unread` is how many files of it a limit left unread.
    """
    ages, sizes, proofs, unread = (_newest(morning, name) for name in BACKUP_FACTS)
    rows = [_backup(name, ages[name], sizes.get(name), proofs.get(name), morning) for name in sorted(ages)]
    return [{**row, "unread": _number(unread.get(str(row["name"]))) or 0} for row in rows]


def _newest(morning: Morning, name: FactName) -> dict[str, Fact]:
    """Return the newest fact of each connection."""
    found = morning.book.latest(name, (morning.yesterday, morning.today))
    return {fact.dimensions.get("connection", ""): fact for fact in found}


def _backup(name: str, age: Fact, size: Fact | None, proof: Fact | None, morning: Morning) -> dict[str, object]:
    seconds = _number(age)
    made = None if seconds is None else age.as_of - timedelta(seconds=float(seconds))
    proven = proof is not None and made is not None and proof.as_of >= made and not _told(morning, name, DAMAGED)
    return {
        "name": name,
        "age": None if made is None else morning.now - made,
        "size": _number(size),
        "verified": _number(proof) if proven else None,
    }


def _told(morning: Morning, name: str, ends: tuple[str, ...] = ("",)) -> bool:
    """Say whether the routine that looks at backups found something about this one."""
    keys = [one.finding.key for one in morning.findings if one.finding.key.startswith(f"backups/{name}/")]
    return any(key.endswith(ends) for key in keys)


def unproven(morning: Morning) -> list[SeenFinding]:
    """Return each backup that nobody has read back, and nobody has mentioned, as a thing that needs a person."""
    names = [str(row["name"]) for row in backups(morning) if row["verified"] is None]
    return [_unproven(name, morning) for name in names if not _told(morning, name)]


def _unproven(name: str, morning: Morning) -> SeenFinding:
    finding = Finding(
        key=f"backups/{name}/unproven",
        urgency=Urgency.STAYS_BROKEN,
        title=Text("Nobody knows whether the newest copy in {connection} can be restored", {"connection": name}),
        detail=Text("It was seen, but not read back and compared."),
        next_step=Text("Give it a manifest of hashes, so that every copy is read back."),
        group="backups.unproven",
    )
    return SeenFinding(morning.routine, 0, morning.now, morning.now, 1, finding)


def _number(fact: Fact | None) -> Decimal | None:
    return fact.value if fact is not None and isinstance(fact.value, Decimal) else None
