"""Two spellings of one address are one place; another house, floor, locker or name is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.kinds.shop import Address
from jobs.orders.addresses import address_key, is_whole, looks_alike, numbers_of

HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
BERLIN = Address("Jürgen Groß", "Hauptstraße 12", "10115", "Berlin", "DE")
FIELDS = st.sampled_from(["name", "street", "postcode", "city", "country"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HOME, replace(HOME, street=" ängsgatan 4-b. ", postcode="SE-11129", name="ÅSA ÖBERG")),
        (HOME, replace(HOME, street="Ängsg. 4B")),
        (HOME, replace(HOME, name="A\u030asa O\u0308berg")),
        (HOME, replace(HOME, name="Åsa\u00adÖberg".replace("\u00ad", "\u00ad "))),
        (BERLIN, replace(BERLIN, street="Hauptstr. 12", name="JÜRGEN GROSS")),
        (BERLIN, replace(BERLIN, street="HAUPTSTRASSE 12")),
        (BERLIN, replace(BERLIN, street="\uff28auptstrasse \uff11\uff12")),
        (BERLIN, replace(BERLIN, street="Hauptstraße \u0661\u0662")),
        (replace(BERLIN, street="5 High St", country="GB"), replace(BERLIN, street="5, High Street", country="gb")),
        (replace(BERLIN, street="C/ Peña 5", country="ES"), replace(BERLIN, street="Calle Peña, 5", country="ES")),
        (replace(BERLIN, street="Lager v. 3", country="NO"), replace(BERLIN, street="lager v 3", country="NO")),
    ],
)
def test_spelling_does_not_part_an_address(one: Address, other: Address) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ängsgatan 4 B", "Ängsgatan 4 C"),
        ("Hauptstraße 1/12", "Hauptstraße 11/2"),
        ("Hauptstraße 4½", "Hauptstraße 41/2"),
        ("Hauptstraße 4²", "Hauptstraße 42"),
        ("High Street 5, 2nd floor", "High Street 5, 3rd floor"),
        ("High Street 5", "High Street 5 c/o Berg"),
        ("Packstation 123", "Packstation 124"),
        ("\u0e16\u0e19\u0e19 5", "\u0e16\u0e19\u0e38\u0e19 5"),
    ],
)
def test_what_a_parcel_needs_parts_an_address_and_is_not_even_alike(one: str, other: str) -> None:
    first, second = (address_key(replace(BERLIN, street=street)) for street in (one, other))
    assert first != second
    if any(letter.isascii() and letter.isdigit() for letter in one) and one[0].isascii():
        assert not looks_alike(first, second)


@pytest.mark.parametrize(
    "other",
    [
        replace(HOME, street="Angsgatan 4 B"),
        replace(HOME, name="Asa Oberg"),
        replace(HOME, name="A. Öberg"),
        replace(HOME, postcode="11128"),
        replace(HOME, street="Ängs gatan 4b"),
    ],
)
def test_a_slip_of_the_pen_looks_alike(other: Address) -> None:
    one, two = address_key(HOME), address_key(other)
    assert one != two
    assert looks_alike(one, two)
    assert looks_alike(two, one)


@pytest.mark.parametrize(
    "other",
    [
        replace(HOME, street="Storgatan 4 B"),
        replace(HOME, name="Knut Hamsun"),
        replace(HOME, country="NO"),
        replace(HOME, postcode="99999", city="Kiruna"),
        replace(HOME, street=""),
    ],
)
def test_another_place_or_person_does_not_look_alike(other: Address) -> None:
    assert not looks_alike(address_key(HOME), address_key(other))


@pytest.mark.parametrize("field", ["name", "street", "postcode", "city", "country"])
def test_an_address_without_one_of_its_parts_is_not_whole(field: str) -> None:
    assert is_whole(address_key(HOME))
    assert not is_whole(address_key(replace(HOME, **{field: " . "})))


@given(FIELDS, st.text(max_size=40))
def test_a_key_is_its_own_key_whatever_was_typed(field: str, typed: str) -> None:
    key = address_key(replace(HOME, **{field: typed}))
    assert address_key(Address(*key)) == key


@given(FIELDS, st.text(max_size=40))
def test_equal_keys_have_equal_numbers_whatever_was_typed(field: str, typed: str) -> None:
    address = replace(HOME, **{field: typed})
    assert numbers_of(Address(*address_key(address))) == numbers_of(address)


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_does_not_depend_on_who_comes_first(one: str, other: str) -> None:
    first, second = address_key(replace(HOME, name=one)), address_key(replace(HOME, name=other))
    assert looks_alike(first, second) == looks_alike(second, first)
