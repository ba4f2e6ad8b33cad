"""The paper of the morning: how many sheets came out, and how many are still to; what stopped is a finding."""

from daemon.api import Text, Value
from jobs.briefing.gather import Morning
from jobs.kinds import facts
from jobs.kinds.paper import BOUND, PRINTED


def paper(morning: Morning) -> Text | None:
    """Return how much of the paper is printed, of the newest run that counted it; None where nobody did."""
    known = morning.book.numbers(facts.SHEETS, morning.today)
    counted = {fact.dimensions.get("state", ""): int(value) for fact, value in known}
    every = sum(counted.values())
    if not every:
        return None
    values: dict[str, Value] = {"printed": counted.get(PRINTED, 0), "n": every, "bound": counted.get(BOUND, 0)}
    if values["bound"]:
        return Text(
            "Paper: {printed} of {n} sheet printed, {bound} bound into files", values,
            "Paper: {printed} of {n} sheets printed, {bound} bound into files",
        )  # fmt: skip
    return Text("Paper: {printed} of {n} sheet printed", values, "Paper: {printed} of {n} sheets printed")
