"""The job `orders`: yesterday's figures, the night's new orders, the open ones in piles, and what to pick."""

from pydantic import Field

from daemon.api import Context, Draft, Job, Need, Options, Text
from jobs.kinds.shop import SHOP
from jobs.orders.handling import LineOptions
from jobs.orders.handover import HandoverOptions
from jobs.orders.line import ORDERS_LINE
from jobs.orders.paper import PaperOptions
from jobs.orders.proposals import TogetherOptions
from jobs.orders.settling import ReturnsOptions
from jobs.orders.telling import TellOptions
from jobs.orders.warehouse import WORKDAYS, BatchOptions, WarehouseOptions, Weekday

__all__ = ["ORDERS", "ORDERS_LINE", "OrdersOptions"]


class OrdersOptions(Options):
    """What the shop promises and how far back the job looks."""

    ship_within: int = Field(2, ge=0, le=60, description="Working days until an order must be sent.")
    workdays: list[Weekday] = Field(list(WORKDAYS), min_length=1, description="Days you send on.")
    warehouse: WarehouseOptions = Field(WarehouseOptions(), description="Where and when parcels are made ready.")
    batches: tuple[BatchOptions, ...] = Field((), description="When which carrier's orders leave.")
    overlap_hours: int = Field(
        2, ge=0, le=168, description="Hours read again each night, for orders that the shop shows late."
    )
    history_days: int = Field(56, ge=0, le=800, description="Days read back on the first run, for comparisons.")
    catch_up_days: int = Field(14, ge=1, le=400, description="How many missed days are caught up at most.")
    together_hours: int = Field(72, ge=0, le=720, description="Orders of one customer this close may share a parcel.")
    together: TogetherOptions = Field(TogetherOptions(), description="What becomes of orders that may share a parcel.")
    top_products: int = Field(10, ge=0, le=200, description="How many best sellers of a day are kept by name.")
    returns: ReturnsOptions = Field(ReturnsOptions(), description="Which returns and cancelled orders are listed.")
    handover: tuple[HandoverOptions, ...] = Field((), description="Who is handed lines of the orders to be picked.")
    line: LineOptions = Field(LineOptions(), description="How orders move along the line.")
    tell_shop: TellOptions = Field(TellOptions(), description="What is written into the shop, for its people only.")
    paper: PaperOptions = Field(PaperOptions(), description="Which sheets the orders to be picked get.")
    pick_list: bool = Field(True, description="Write the pick list of the ready orders as a CSV file.")


def run(ctx: Context, options: OrdersOptions) -> Text:
    """Do the night's work on the orders and return what was done in one sentence."""
    from jobs.orders import work  # noqa: PLC0415 - memory that only a run needs

    return work.run(ctx, options)


def apply(ctx: Context, options: OrdersOptions, draft: Draft) -> Text:
    """Make an approved draft real: what was to be handed to somebody outside is mailed."""
    from jobs.orders import work  # noqa: PLC0415

    return work.apply(ctx, options, draft)


ORDERS = Job(
    name="orders",
    summary="Yesterday's figures, the night's orders, what to pack and what to pick",
    options=OrdersOptions,
    run=run,
    needs=(Need(SHOP),),
    apply=apply,
)
