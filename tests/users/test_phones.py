"""A phone number is stored in one way, however it was written."""

import pytest
from django.core.exceptions import ValidationError

from users.phones import PhoneField, display, normalise


@pytest.mark.parametrize(
    "text",
    [
        "13800001111", "138 0000 1111", "138-0000-1111", "+86 138 0000 1111", "0086 138 0000 1111",
        "8613800001111", "１３８００００１１１１", "(138) 0000.1111",
    ],
)  # fmt: skip
def test_normalise_writes_a_mobile_number_one_way(text):
    assert normalise(text) == "+8613800001111"


def test_normalise_keeps_foreign_numbers_and_landlines():
    assert [normalise("+1 415 555 0100"), normalise("022-2639 0000")] == ["+14155550100", "+862226390000"]


@pytest.mark.parametrize("text", ["", "12345", "23800001111", "abc", "+0138", "1" * 30])
def test_normalise_refuses_what_is_no_number(text):
    with pytest.raises(ValueError):
        normalise(text)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+8613800001111", "138 0000 1111"),
        ("+862226390000", "022-2639 0000"),
        ("+861065550000", "010-6555 0000"),
        ("+863165550000", "0316-555 0000"),
        ("+14155550100", "+14155550100"),
        ("", ""),
    ],
)
def test_display_groups_the_numbers_of_this_country(stored, shown):
    assert display(stored) == shown
    assert not stored.startswith("+86") or normalise(shown) == stored


def test_field_stores_normalised_shows_grouped_and_explains():
    field = PhoneField(required=False)

    assert (field.clean("138 0000 1111"), field.clean(""), field.prepare_value("+8613800001111")) == (
        "+8613800001111",
        "",
        "138 0000 1111",
    )
    assert field.prepare_value(None) is None
    with pytest.raises(ValidationError, match="no phone number"):
        field.clean("12")
