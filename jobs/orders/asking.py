"""What is to be handed to somebody outside waits as a draft; approved, it is mailed without what was stopped since."""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.api import Context, Draft, NewDraft, Person, Text
from jobs.orders.envelope import mail
from jobs.orders.handover import HandoverOptions, Slip, batch_key, table
from jobs.orders.line import CHECKED, KIND, NEW, OUT, READY

KEY = "handover:"
_GOES_ON = OUT | {NEW, CHECKED, READY}
"""The states in which an order may still be handed to somebody; an order that the line forgot is in none."""


def stranger(ctx: Context, name: str, email: str, language: str) -> Person:
    """Return somebody outside as a reader of mail; they have no role and no key."""
    return Person(name, email, language=language or ctx.shop.language)


def ask(ctx: Context, recipient: HandoverOptions, slips: Sequence[Slip]) -> None:
    """Hand over a draft that shows the table and holds all that its mail needs."""
    title = Text("{n} order for {to}", {"n": len(slips), "to": recipient.to}, "{n} orders for {to}")
    payload = {
        "to": recipient.to, "email": recipient.email, "language": recipient.language,
        "fields": list(recipient.given), "slips": [[slip.order, list(slip.rows)] for slip in slips],
    }  # fmt: skip
    ctx.draft(NewDraft(f"{KEY}{recipient.to}:{batch_key(slips)}", title, table(slips, recipient.given), payload))


def send(ctx: Context, source: str, draft: Draft) -> Text:
    """Mail an approved draft and say so; orders that were stopped or cancelled since it was made are left out."""
    payload: Mapping[str, Any] = draft.draft.payload
    slips = [Slip(order, tuple(rows)) for order, rows in payload["slips"]]
    ids = [f"{source}/{slip.order}" for slip in slips]
    going = {item.id for item in ctx.night.work_items(KIND, [], ids) if item.state in _GOES_ON}
    left = [slip for name, slip in zip(ids, slips, strict=True) if name in going]
    if left:
        mail(ctx, stranger(ctx, payload["to"], payload["email"], payload["language"]), payload["fields"], left)
    values = {"n": len(left), "to": payload["to"], "stopped": len(slips) - len(left)}
    return Text("{n} order handed to {to}, {stopped} left out as stopped", values,
                "{n} orders handed to {to}, {stopped} left out as stopped")  # fmt: skip
