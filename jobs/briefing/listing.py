"""Lists that stay short: what is shown, and how many more there are."""

from collections.abc import Sequence


def listed(rows: Sequence[object], limit: int) -> dict[str, object]:
    """Return the first `limit` rows, how many more there are, and the total."""
    shown = list(rows[:limit])
    return {"rows": shown, "more": len(rows) - len(shown), "total": len(rows)}
