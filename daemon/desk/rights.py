"""Whether somebody may do what they ask for: by their roles, and perhaps only with what is their own."""

from daemon.config.rights import ADMIN, SHARED, Function, right
from daemon.desk.order import Command, Order
from daemon.errors import NightclerkError


def refuse_strangers(command: Command, order: Order) -> None:
    """Raise NightclerkError where the actor may not give a command."""
    if command.function is not None:
        require(order, command.function, own=True)
    elif not command.roles & order.actor.roles:
        raise NightclerkError(_refusal(order, *command.roles))


def require(order: Order, function: Function, *, own: bool) -> None:
    """Raise NightclerkError where the actor may not do a thing; `own`: it is about what is assigned to them."""
    allowed = right(order.shift.setup.config.rights, function)
    if allowed.allows(order.actor.roles, own=own):
        return
    if allowed.allows(order.actor.roles, own=True):
        raise NightclerkError(f"{order.actor.name} may {function} only what is assigned to {order.actor.name}")
    raise NightclerkError(_refusal(order, ADMIN, *allowed.roles))


def shared(order: Order) -> bool:
    """Say whether several people share the work; where one works alone nothing is said of owners."""
    return len(order.shift.setup.config.people) >= SHARED


def _refusal(order: Order, *roles: str) -> str:
    return f"{order.actor.name} may not do this: it takes one of the roles {', '.join(sorted(roles))}"
