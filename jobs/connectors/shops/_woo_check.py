"""What `nightclerk doctor` says of a WooCommerce shop: one request, and for each way it may fail what to do."""

from datetime import datetime, timedelta

from daemon.api import Text, Value
from jobs.connectors.http import Client, HttpError, MissingError, NoEntryError, Params, reading
from jobs.connectors.shops._rows import bound
from jobs.connectors.shops._woo_pages import count

_WRONG_KEYS = "woocommerce_rest_authentication_error"
_NO_ROUTE = "rest_no_route"


def tried(client: Client, now: datetime) -> Text | None:
    """Return what to do where the shop can't be read with these keys, None where it can; raise OutsideError.

    It is asked for orders modified tomorrow: there are none, so one that answers with some did not heed the question.
    """
    wanted: Params = (
        ("modified_after", bound(now + timedelta(days=1))), ("dates_are_gmt", "true"), ("per_page", "1"),
        ("_fields", "id"),
    )  # fmt: skip
    try:
        answer = client.ask(reading("orders", wanted))
    except NoEntryError as error:
        return _no_entry(client, error)
    except MissingError as error:
        return _missing(client, error)
    if count(answer):
        return Text(
            "{host} pays no heed to what changed since when: update WooCommerce to 5.8 or later, or look for a plug-in "
            "that changes its answers",
            {"host": client.site.host},
        )
    return None


def _no_entry(client: Client, error: NoEntryError) -> Text:
    """Return what a 401 or 403 means: a firewall, wrong keys, http, a lost header, or a key without rights."""
    values: dict[str, Value] = {"host": client.site.host, "said": str(error.refusal)}
    if error.refusal.page is not None:
        return Text(
            "{host} answered {said}: a firewall or a security plug-in stands before the shop; allow this machine's "
            "address there, or the path /wp-json/",
            values,
        )
    if client.site.base.startswith("http://"):
        return Text(
            "{host} did not take the keys over http ({said}): write https:// in `url:`; where there is only http, "
            "check this machine's clock, as it may differ by 15 minutes at most, and the keys",
            values,
        )
    if error.refusal.code == _WRONG_KEYS:
        return Text(
            "{host} does not know the keys ({said}): make new ones in WooCommerce > Settings > Advanced > REST API, "
            "and see that key and secret are not mixed up",
            values,
        )
    return Text(
        "{host} took no keys ({said}): the user they belong to must be a shop manager; where it is one, the server "
        "loses the header they travel in, then write `keys_in: address`",
        values,
    )


def _missing(client: Client, error: HttpError) -> Text:
    """Return what a 404 means: no WooCommerce, or an address form that the server does not know."""
    values: dict[str, Value] = {"host": client.site.host, "url": client.site.base}
    if error.refusal.code == _NO_ROUTE:
        return Text(
            "{host} is a WordPress without WooCommerce's interface: is WooCommerce active, and is `url:` the shop's?",
            values,
        )
    return Text(
        "{url} does not exist: set permalinks in WordPress to anything but “Plain”, or write `permalinks: plain`; "
        "see that `url:` is the shop's own address",
        values,
    )
