"""What `nightclerk doctor` says of a WooCommerce shop that can't be read, and that it changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from daemon.api import OutsideError, Text
from daemon.render.say import Voice, say
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from tests.shops import seeded
from tests.shops.woocommerce_fake import MAINTENANCE, PHP_DOWN, WAF, WooFake, of, serving
from tests.shops.woocommerce_opening import opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[WooFake]:
    """A shop over https."""
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with serving(of(seeded.make(), NOW), tmp_path / "server.pem") as fake:
        yield fake


def tried(fake: WooFake, folder: Path, **options: object) -> str:
    """Return what is said; see that nothing was made and nothing written."""
    authority = str(folder / "authority.pem") if fake.url.startswith("https") else None
    woo = opened(fake, make_outlet(folder / "own"), **{"authority": authority, **options})
    said = woo.check()
    assert not (folder / "own").exists()
    assert not fake.writes
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""


def test_a_shop_that_can_be_read_is_well_and_was_asked_once(shop: WooFake, tmp_path: Path) -> None:
    assert tried(shop, tmp_path) == ""
    assert len(shop.asked) == 1


def test_keys_the_shop_does_not_know_are_to_be_made_anew(shop: WooFake, tmp_path: Path) -> None:
    said = tried(shop, tmp_path, secret=SecretText("cs_wrong"))
    assert "make new ones in WooCommerce > Settings > Advanced > REST API" in said
    assert "Consumer secret is invalid" in said
    assert "cs_wrong" not in said


def test_a_server_that_loses_the_header_takes_the_keys_in_the_address(shop: WooFake, tmp_path: Path) -> None:
    shop.door.loses_header = True
    assert "keys_in: address" in tried(shop, tmp_path)
    assert tried(shop, tmp_path, keys_in="address") == ""


def test_plain_permalinks_are_said_and_can_be_told(shop: WooFake, tmp_path: Path) -> None:
    shop.pretty = False
    assert "permalinks: plain" in tried(shop, tmp_path)
    assert tried(shop, tmp_path, permalinks="plain") == ""


def test_a_firewall_is_told_from_wrong_keys(shop: WooFake, tmp_path: Path) -> None:
    shop.faults = [WAF]
    assert "firewall" in tried(shop, tmp_path)


def test_a_wordpress_without_woocommerce_is_said(shop: WooFake, tmp_path: Path) -> None:
    said = b'{"code":"rest_no_route","message":"No route was found matching the URL and request method.","data":{"status":404}}'
    shop.faults = [(404, "application/json", {}, said)]
    assert "without WooCommerce" in tried(shop, tmp_path)


def test_an_old_woocommerce_is_to_be_updated(shop: WooFake, tmp_path: Path) -> None:
    shop.heedless = True
    assert "update WooCommerce to 5.8" in tried(shop, tmp_path)


def test_maintenance_and_a_dead_php_are_told_with_the_pages_title(shop: WooFake, tmp_path: Path) -> None:
    shop.faults = [MAINTENANCE]
    with pytest.raises(OutsideError, match=r"503.*Maintenance"):
        tried(shop, tmp_path)
    shop.faults = [PHP_DOWN]
    with pytest.raises(OutsideError, match="502 Bad Gateway"):
        tried(shop, tmp_path)


def test_a_certificate_nobody_vouches_for_is_said(shop: WooFake, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="certificate"):
        tried(shop, tmp_path, authority=None)


def test_http_works_with_signatures_and_where_it_does_not_https_is_advised(tmp_path: Path) -> None:
    with serving(of(seeded.make(), NOW)) as fake:
        assert tried(fake, tmp_path) == ""
        said = tried(fake, tmp_path, secret=SecretText("cs_wrong"))
    assert "over http" in said
    assert "https://" in said
    assert "clock" in said


@pytest.mark.parametrize(
    "url", ["shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?a=b"]
)
def test_an_address_that_is_none_is_refused_when_the_file_is_read(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="address"):
        opened(WooFake({}, {}, {}, NOW), make_outlet(tmp_path), url=url)


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example/", "https://shop.example/wp-json/wc/v3"])
def test_an_address_may_end_as_people_paste_it(url: str, tmp_path: Path) -> None:
    woo = opened(WooFake({}, {}, {}, NOW), make_outlet(tmp_path), url=url)
    assert woo._client.site.base == "https://shop.example/wp-json/wc/v3/"
