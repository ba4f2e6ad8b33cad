"""What `nightclerk doctor` says of a Magento shop: one request a list, and for each way to fail what to do."""

from datetime import datetime, timedelta

from daemon.api import Text, Value
from jobs.connectors.http import Client, MissingError, NoEntryError, reading
from jobs.connectors.shops._magento_options import MagentoOptions
from jobs.connectors.shops._magento_pages import criteria, found, since

_LISTS = (("orders", "entity_id"), ("creditmemos", "entity_id"), ("shipments", "entity_id"), ("products", "entity_id"))
_NO_RIGHT = "authorized to access"


def tried(client: Client, options: MagentoOptions, now: datetime) -> Text | None:
    """Return what to do where the shop can't be read, None where it can; raise OutsideError.

    It is asked for what changed since tomorrow: there is nothing, so a shop that lists some did not heed the question.
    """
    for path, column in _LISTS:
        wanted = criteria((since("updated_at", now + timedelta(days=1)),), 1, 1, column, "entity_id,id")
        try:
            _rows, total = found(client, client.ask(reading(path, wanted)))
        except NoEntryError as error:
            return _no_entry(client, options, error, path)
        except MissingError:
            return _missing(client)
        if total:
            return Text(
                "{host} pays no heed to what changed since when: look for an extension or a cache that changes its "
                "answers",
                {"host": client.site.host},
            )
    return None


def _no_entry(client: Client, options: MagentoOptions, error: NoEntryError, path: str) -> Text:
    """Return what a 401 or 403 means: a firewall, a missing right, a bearer token that is not taken, wrong keys."""
    values: dict[str, Value] = {"host": client.site.host, "said": str(error.refusal), "list": path}
    if error.refusal.page is not None:
        return Text(
            "{host} answered {said}: a firewall or a login page stands before the shop; allow this machine's address "
            "there, or the path /rest/",
            values,
        )
    if options.access == "bearer" and path == _LISTS[0][0]:
        return Text(
            "{host} does not take the token ({said}): Magento takes an integration's token alone only where Stores > "
            "Configuration > Services > OAuth allows it; use `access: oauth` with all four values, or see that the "
            "token may read orders. A token of an administrator ends after four hours",
            values,
        )
    if _NO_RIGHT in error.refusal.message:
        return Text(
            "{host} does not let these keys read {list} ({said}): tick it in System > Extensions > Integrations > API, "
            "and save the integration anew",
            values,
        )
    return Text(
        "{host} does not know the keys ({said}): see that none of the four is cut short, that the integration is "
        "active, and that this machine's clock is right",
        values,
    )


def _missing(client: Client) -> Text:
    return Text(
        "{url} does not exist: see that `url:` is the shop's own address and `store:` one of its store views, or none",
        {"url": client.site.base},
    )
