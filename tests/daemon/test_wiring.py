"""Secrets become text at the last moment and show nowhere on the way."""

from pathlib import Path

import pytest

from daemon.config import Config
from daemon.config.wiring import Wire, Wiring, mail_connection, resolve
from daemon.secrets import SecretError, SecretRef, SecretText

WIRE = Wire("store", "shop", "shop/woo", {"url": "u", "keys": [{"key": SecretRef("woo-key")}]}, writes=True)


def test_every_reference_becomes_its_text_however_deep(tmp_path: Path) -> None:
    (tmp_path / "woo-key").write_text("ck_12345\n")
    wiring = Wiring("orders", {"token": SecretRef("woo-key"), "days": 2}, (WIRE,))
    resolved = resolve(wiring, [tmp_path])
    assert resolved.options == {"token": "ck_12345", "days": 2}
    assert resolved.connections[0].options == {"url": "u", "keys": [{"key": "ck_12345"}]}
    assert isinstance(resolved.options["token"], SecretText)
    assert resolved.connections[0].writes
    assert wiring.connections[0] is WIRE


def test_a_secret_shows_in_no_repr(tmp_path: Path) -> None:
    (tmp_path / "woo-key").write_text("ck_12345")
    assert "ck_12345" not in repr(resolve(Wiring("orders", {}, (WIRE,)), [tmp_path]))


def test_a_secret_that_is_gone_by_now_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="woo-key is missing"):
        resolve(Wiring("orders", {}, (WIRE,)), [tmp_path])


def config(**connections: str) -> Config:
    shop = {"name": "Lamp", "timezone": "Europe/Berlin"}
    entries = {name: {"use": use} for name, use in connections.items()}
    return Config.model_validate({"shop": shop, "routines": {}, "connections": entries})


def test_mail_leaves_by_the_connection_that_carries_mail() -> None:
    found = mail_connection(config(store="csv", posts="social/file", letters="smtp"))
    assert found is not None
    assert (found[0], found[1].use) == ("letters", "smtp")


def test_without_one_there_is_none() -> None:
    assert mail_connection(config(store="csv", posts="social/file")) is None
