"""The mail by which somebody is handed lines of orders: the template's values, and the same lines as a table."""

from collections.abc import Mapping, Sequence

from daemon.api import Attachment, Context, Document, Person, Text
from jobs.orders.handover import Cells, FieldName, Slip, batch_key, table

MOST_ROWS = 60
"""Lines that the mail itself shows, some 70 KB; the table beside it has all of them."""
_LABELS: Mapping[FieldName, Text] = {
    "order": Text("order number"),
    "placed": Text("placed on"),
    "carrier": Text("shipping"),
    "sku": Text("article number"),
    "title": Text("product"),
    "quantity": Text("quantity"),
    "bin": Text("bin"),
    "price": Text("price each"),
    "name": Text("name"),
    "street": Text("street"),
    "postcode": Text("postcode"),
    "city": Text("city"),
    "country": Text("country"),
    "email": Text("e-mail"),
    "phone": Text("telephone"),
    "note": Text("note"),
    "source": Text("came from"),
}


def mail(ctx: Context, person: Person, fields: Sequence[FieldName], slips: Sequence[Slip]) -> None:
    """Hand over the mail of these slips; the same slips make the same mail, which is stored once."""
    key = batch_key(slips)
    content = table(slips, fields).encode("utf-8", "replace")
    beside = Attachment(f"orders-{ctx.today.isoformat()}-{key}.csv", content)
    ctx.mail([person], Document("handover", {"key": key, **values(slips)}), attachments=(beside,))


def values(new: Sequence[Slip]) -> dict[str, object]:
    """Return what the template `handover` is given."""
    rows = [row for slip in new for row in slip.rows]
    shown = [_shown(row) for row in rows[:MOST_ROWS]]
    return {"orders": len(new), "lines": len(rows), "rows": shown, "more_lines": len(rows) - len(shown)}


def _shown(row: Cells) -> dict[str, object]:
    """Return a row as the mail shows it: the product and how many of it, then what else there is."""
    what = row.get("title") or row.get("sku") or row.get("order") or ""
    rest = [
        {"label": _LABELS[name], "value": cell}
        for name, cell in row.items()
        if cell and cell != what and name != "quantity"
    ]
    return {"what": what, "n": row.get("quantity", ""), "rest": rest}
