"""The secret address of a person's dates: one at a time, only its hash is kept, and it ends at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.conftest import NOW
from tests.factories.users import make_user
from users import feeds
from users.models import CalendarFeed

pytestmark = pytest.mark.django_db


def test_the_secret_is_kept_as_a_hash_only():
    user = make_user()

    secret = feeds.make_feed(user, now=NOW)

    row = CalendarFeed.objects.get()
    assert row.secret_hash == feeds.digest(secret) != secret
    assert secret not in str(row)
    assert len(secret) >= 43
    assert feeds.reader_of(secret) == user
    assert feeds.feed_of(user) == row


def test_a_new_address_ends_the_old_one():
    user = make_user()
    old = feeds.make_feed(user, now=NOW)

    new = feeds.make_feed(user, now=NOW + timedelta(days=1))

    assert (feeds.reader_of(old), feeds.reader_of(new)) == (None, user)


def test_ending_an_address_ends_ones_own_only_and_twice_is_once():
    user, other = make_user(), make_user()
    secret, kept = feeds.make_feed(user, now=NOW), feeds.make_feed(other, now=NOW)

    assert feeds.end_feed(user, now=NOW)
    assert not feeds.end_feed(user, now=NOW)

    assert (feeds.reader_of(secret), feeds.reader_of(kept)) == (None, other)
    assert feeds.feed_of(user) is None


def test_a_wrong_secret_and_a_closed_account_have_no_dates():
    user = make_user()
    secret = feeds.make_feed(user, now=NOW)
    type(user).objects.filter(pk=user.pk).update(is_active=False)

    assert feeds.reader_of("wrong") is None
    assert feeds.reader_of(secret) is None


def test_the_database_refuses_a_second_open_address():
    user = make_user()
    feeds.make_feed(user, now=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFeed.objects.create(user=user, secret_hash="x" * 64, created_at=NOW)
