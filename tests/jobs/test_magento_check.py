"""What `nightclerk doctor` says of a Magento shop that can't be read, and that it changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.api import OutsideError, Text
from daemon.render.say import Voice, say
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from tests.shops import seeded
from tests.shops.magento_fake import BUSY, WAF, MagentoFake, of, serving
from tests.shops.magento_opening import opened


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def tried(fake: MagentoFake, folder: Path, **options: object) -> str:
    """Return what is said; see that nothing was made and nothing written."""
    said = opened(fake, make_outlet(folder / "own"), **options).check()
    assert not (folder / "own").exists()
    assert not fake.writes
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""


def test_a_shop_that_can_be_read_is_well_and_was_asked_once_a_list(fake: MagentoFake, tmp_path: Path) -> None:
    assert tried(fake, tmp_path) == ""
    assert len(fake.heard) == 4


def test_keys_the_shop_does_not_know_are_told(fake: MagentoFake, tmp_path: Path) -> None:
    said = tried(fake, tmp_path, secret=SecretText("cs_wrong"))
    assert "does not know the keys" in said
    assert "signature is invalid" in said
    assert "cs_wrong" not in said


def test_a_token_that_is_not_taken_alone_is_told_with_the_way_out(fake: MagentoFake, tmp_path: Path) -> None:
    assert "access: oauth" in tried(fake, tmp_path, access="bearer")
    fake.door.bearer = True
    assert tried(fake, tmp_path, access="bearer") == ""


def test_a_right_that_is_missing_is_named_by_its_list(fake: MagentoFake, tmp_path: Path) -> None:
    body = b'{"message":"The consumer isn\'t authorized to access %resources."}'
    fake.faults = [(401, "application/json", body)]
    said = tried(fake, tmp_path)
    assert "read orders" in said
    assert "Integrations" in said


def test_a_firewall_is_told_from_wrong_keys(fake: MagentoFake, tmp_path: Path) -> None:
    fake.faults = [WAF]
    assert "firewall" in tried(fake, tmp_path)


def test_a_wrong_address_is_told(fake: MagentoFake, tmp_path: Path) -> None:
    assert "does not exist" in tried(fake, tmp_path, url=fake.url + "elsewhere")


def test_a_shop_that_lists_what_did_not_change_is_told(fake: MagentoFake, tmp_path: Path) -> None:
    fake.faults = [(200, "application/json", b'{"items":[{"entity_id":1}],"total_count":1}')]
    assert "pays no heed" in tried(fake, tmp_path)


def test_a_shop_in_maintenance_is_outside_and_not_misconfigured(fake: MagentoFake, tmp_path: Path) -> None:
    fake.faults = [BUSY]
    with pytest.raises(OutsideError, match="503"):
        tried(fake, tmp_path)


def test_an_answer_that_is_no_list_is_told(fake: MagentoFake, tmp_path: Path) -> None:
    fake.faults = [(200, "application/json", b'["hello"]')]
    with pytest.raises(OutsideError, match="no list of Magento"):
        tried(fake, tmp_path)


@pytest.mark.parametrize(
    "url", ["shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?a=b"]
)
def test_an_address_that_is_none_is_refused_when_the_file_is_read(url: str, fake: MagentoFake, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="address"):
        opened(fake, make_outlet(tmp_path), url=url)


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example/", "https://shop.example/rest/V1"])
def test_an_address_may_end_as_people_paste_it(url: str, fake: MagentoFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path), url=url, store="")
    assert shop._client.site.base == "https://shop.example/rest/V1/"


@pytest.mark.parametrize(
    ("access", "missing"), [("oauth", "token_secret"), ("bearer", "token"), ("saas", "organisation")]
)
def test_what_is_missing_for_the_way_in_is_named(access: str, missing: str, fake: MagentoFake, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"access: {access} needs `{missing}:`"):
        opened(fake, make_outlet(tmp_path), **{"access": access, missing: None if missing != "organisation" else ""})
