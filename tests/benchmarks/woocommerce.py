"""What does reading a WooCommerce cost beside a bare `requests` loop over the same pages with the same fields?

The shop is the fake of the tests, in a process of its own on loopback. Ours reads, keeps and yields every order and
refund; the bare loop parses the JSON and forgets it. Both ask the same addresses (signed, as WooCommerce demands over
http), in one process, and take turns at going first; what is told are medians. `ratio` is taken at a pace of PACE
seconds a page, a quarter of the fastest page of 100 orders that a running WooCommerce was seen to make (0.59 s); `ratio_unpaced` with
pages that cost next to nothing, so that nothing but our own work is left. `quiet_night_requests` is what a night without
changes asks.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import requests

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._rows import bound
from jobs.connectors.shops._woo_auth import Keys, oauth
from jobs.connectors.shops._woo_rows import ORDER_FIELDS, REFUND_FIELDS
from jobs.connectors.shops._woo_shop import WooShop
from tests.benchmarks.measuring import Line
from tests.shops import seeded
from tests.shops.woocommerce_asking import Door
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import opened

DAYS, A_DAY, TURNS = 20, 125, 7
PACE = 0.15
BACK = NOW - timedelta(days=DAYS)
AIM, AIM_REQUESTS = 1.25, 3
Work = tuple[list[float], Callable[[], int]]
"""Where the seconds of a reading go, and the reading, which returns how many pages it asked for."""


class OpenDoor(Door):
    """Lets everybody in, so that a night later needs no other server."""

    def enter(self, *_: Any) -> None:
        """Ask nothing."""


def _serve(said: Connection, pace: float) -> None:
    fake = of(seeded.make(until=NOW - timedelta(hours=1), days=DAYS, a_day=A_DAY), NOW, door=OpenDoor({}))
    pause = threading.Event()

    def at_pace(_number: int) -> None:
        pause.wait(pace)

    fake.before = at_pace
    with serving(fake):
        said.send(fake.url)
        said.recv()


@contextmanager
def _shop(pace: float) -> Iterator[str]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(there, pace))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _bare(url: str) -> int:
    """Read the same two lists with nothing but `requests`; return the number of pages."""
    pages, sign = 0, oauth(Keys("ck_read", "cs_read"), NOW, time.perf_counter)
    with requests.Session() as session:
        for path, fields in (("orders", ORDER_FIELDS), ("refunds", REFUND_FIELDS)):
            page, last = 1, 1
            while page <= last:
                asked = urlencode({
                    "after": bound(BACK - timedelta(seconds=1)), "dates_are_gmt": "true", "_fields": ",".join(fields),
                    "per_page": 100, "page": page, "orderby": "id", "order": "asc",
                })  # fmt: skip
                answer = session.get(sign("GET", f"{url}wp-json/wc/v3/{path}?{asked}").url)
                answer.json()
                last = int(answer.headers["X-WP-TotalPages"])
                page, pages = page + 1, pages + 1
    return pages


def _shop_at(url: str, folder: Path, now: datetime) -> WooShop:
    return opened(WooFake({}, {}, {}, now, url=url), make_outlet(folder, now=now))


def _ours(url: str, folder: Path) -> int:
    """Read the first night into `folder`; return the requests made."""
    shop = _shop_at(url, folder, NOW)
    for _ in shop.documents(BACK, NOW + timedelta(days=1)):
        pass
    return shop._client.made


def ours(folder: Path) -> Line:
    """Compare at a shop's pace and without one, and count a quiet night."""
    mine, bare, pages = _turns(folder / "paced", PACE)
    mine_unpaced, bare_unpaced, _ = _turns(folder / "unpaced", 0)
    with _shop(0) as url:
        _night(url, folder / "quiet", NOW)
        quiet = _night(url, folder / "quiet", NOW + timedelta(days=1))
    ratio, ratio_unpaced = mine / bare, mine_unpaced / bare_unpaced
    return {
        "pages": pages, "ours_s": round(mine, 3), "bare_s": round(bare, 3), "ratio": round(ratio, 3), "aim_ratio": AIM,
        "ours_unpaced_s": round(mine_unpaced, 3), "bare_unpaced_s": round(bare_unpaced, 3),
        "ratio_unpaced": round(ratio_unpaced, 3), "quiet_night_requests": quiet,
        "aim_requests": AIM_REQUESTS, "met": max(ratio, ratio_unpaced) <= AIM and quiet <= AIM_REQUESTS,
    }  # fmt: skip


def _turns(folder: Path, pace: float) -> tuple[float, float, int]:
    """Return the medians of ours and of the bare loop in seconds, and the pages that both read."""
    mine, bare = list[float](), list[float]()
    with _shop(pace) as url:
        pages = _bare(url)
        for turn in range(TURNS):
            works: list[Work] = [(bare, partial(_bare, url)), (mine, partial(_ours, url, folder / str(turn)))]
            for times, read in works if turn % 2 else reversed(works):
                before = time.perf_counter()
                asked = read()
                times.append(time.perf_counter() - before)
                assert asked == pages
    return median(mine), median(bare), pages


def _night(url: str, folder: Path, now: datetime) -> int:
    """Return the requests of a whole night: orders, refunds, open orders, products."""
    shop = _shop_at(url, folder, now)
    shop.coverage()
    list(shop.documents(BACK, NOW + timedelta(days=1)))
    list(shop.open_orders() or ())
    list(shop.products() or ())
    return shop._client.made
