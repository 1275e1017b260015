"""Accounts: an e-mail or a phone, in any case, once."""

import pytest
from django.db import IntegrityError, transaction

from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


def test_account_is_found_by_its_address_in_any_case():
    user = make_user("Wang@Example.test")

    assert user.email == "wang@example.test"
    assert User.objects.get_by_natural_key("WANG@example.TEST") == user


def test_account_with_a_phone_alone_cannot_sign_in_by_password():
    user = User.objects.create_user(phone="+8613800001111")

    assert (user.email, user.has_usable_password(), str(user)) == (None, False, "138 0000 1111")


def test_account_without_any_address_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user()


def test_second_account_of_an_address_is_refused_in_any_case():
    make_user("wang@example.test")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="WANG@example.test")


def test_superuser_is_technical_staff():
    user = User.objects.create_superuser("root@example.test", "demo-city-2026")

    assert (user.is_staff, user.is_superuser, user.memberships.exists()) == (True, True, False)


def test_names_are_one_field():
    user = make_user("wang@example.test", name="王芳")

    assert (user.first_name, user.last_name, user.get_full_name(), user.get_short_name()) == (
        "王芳",
        "",
        "王芳",
        "王芳",
    )
    assert str(User(email="a@example.test")) == "a@example.test"
