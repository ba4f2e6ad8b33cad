"""What `nightclerk doctor` says of a Shopify shop: one question, and for each way it may fail what to do."""

from daemon.api import Text, Value
from jobs.connectors.http import HttpError, MissingError, NoEntryError, RefusedError
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_asking import Asker

NEEDED = ("read_orders", "read_products", "read_inventory")
"""The rights without which the shop can't be read."""
ALL_ORDERS = "read_all_orders"
FULFILMENTS = frozenset({
    "read_merchant_managed_fulfillment_orders", "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
})  # fmt: skip
"""Rights of which each shows some of the fulfilment orders."""
_NO_SHOP = frozenset({402, 423})


def tried(asker: Asker) -> Text | None:
    """Return what to do where the shop can't be read with these keys, None where it can; raise OutsideError."""
    try:
        granted = rights(asker.ask("Opening", {}))
    except NoEntryError as error:
        return Text(
            "{host} took no keys ({said}): see that the token or the app's keys are whole, that the app is installed "
            "in this shop, and that app and shop belong to the same organisation",
            _values(asker, error),
        )
    except MissingError as error:
        return Text("{host} is no shop of Shopify ({said}): check `shop:`", _values(asker, error))
    except RefusedError as error:
        return _refused(asker, error)
    missing = [name for name in NEEDED if name not in granted]
    if missing:
        return Text(
            "the app may not read the shop: give it {rights} in Shopify and install it anew",
            {"rights": ", ".join(missing)},
        )
    return None


def rights(opening: Row) -> frozenset[str]:
    """Return the names of the rights that the app has in the shop; a right to write holds that to read."""
    install = opening.get("currentAppInstallation") or {}
    names = {str(one.get("handle")) for one in install.get("accessScopes") or () if isinstance(one, dict)}
    return frozenset(names | {f"read_{name.removeprefix('write_')}" for name in names if name.startswith("write_")})


def _refused(asker: Asker, error: RefusedError) -> Text:
    if error.refusal.status in _NO_SHOP:
        return Text("{host} is frozen or locked ({said}): log in to it and see what it wants", _values(asker, error))
    return Text(
        "{host} refused the app's keys ({said}): check `client_id:` and `client_secret:`, and that the app "
        "is installed",
        _values(asker, error),
    )


def _values(asker: Asker, error: HttpError) -> dict[str, Value]:
    return {"host": asker.door.host, "said": str(error.refusal)}
