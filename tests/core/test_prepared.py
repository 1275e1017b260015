"""A prepared query answers as its queryset does, for other values and from other threads too."""

from datetime import date

import pytest
from django.db.models import BigIntegerField, DateField, DateTimeField, F, PositiveIntegerField

from activities.models import Session
from core.prepared import Prepared, PreparedUpdate
from organisations.models import Membership
from tests import races
from tests.conftest import NOW
from tests.factories.activities import make_session
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user
from users.models import User

ON = date(2026, 11, 24)
CURRENT = Prepared(
    lambda user, on: Membership.objects.current(on).filter(user=user).select_related("organisation__region"),
    user=BigIntegerField(),
    on=DateField(),
)
AMONG = Prepared(
    lambda people, before: User.objects.filter(pk__in=people, joined_at__lt=before).order_by("pk"),
    people=BigIntegerField(),
    before=DateTimeField(),
)


@pytest.mark.django_db
def test_rows_are_those_of_the_queryset_with_what_is_related(django_assert_num_queries):
    mine = make_member(make_organisation("office"), "clerk")
    make_member(make_organisation("league"), "officer")

    with django_assert_num_queries(1):
        (row,) = CURRENT.rows(user=mine.user.pk, on=ON)
        assert (row.role, row.organisation, row.organisation.region) == (
            "clerk",
            mine.organisation,
            mine.organisation.region,
        )


@pytest.mark.django_db
def test_rows_follow_the_values_of_each_call():
    first, second = make_member(make_organisation("office"), "clerk"), make_member(make_organisation("office"), "clerk")

    assert [CURRENT.rows(user=by.user.pk, on=ON)[0].user for by in (first, second)] == [first.user, second.user]
    assert CURRENT.rows(user=first.user.pk, on=date(2000, 1, 1)) == []
    assert CURRENT.first(user=0, on=ON) is None


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3, 2])
def test_lists_may_have_any_length(count):
    people = [make_member(make_organisation("office"), "clerk").user for _ in range(3)]

    assert AMONG.rows(people=[user.pk for user in people[:count]], before=NOW.replace(year=2100)) == people[:count]
    assert AMONG.rows(people=[user.pk for user in people], before=NOW.replace(year=2000)) == []


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_rows_in_many_threads_are_each_threads_own():
    people = [make_member(make_organisation("office"), "clerk").user for _ in range(4)]

    def ask(user):
        return lambda: {CURRENT.rows(user=user.pk, on=ON)[0].user_id for _ in range(20)}

    race = races.run(*[ask(user) for user in people])

    assert race.errors == []
    assert race.results == [{user.pk} for user in people]


RENAME = PreparedUpdate(
    lambda pk, before: (
        User.objects.filter(pk=pk, joined_at__lt=before),
        {"name": "renamed", "joined_at": F("joined_at"), "last_login": before},
    ),
    pk=BigIntegerField(),
    before=DateTimeField(),
)


@pytest.mark.django_db
def test_update_changes_the_rows_of_its_queryset_and_counts_them():
    first, second = make_user(), make_user()

    changed = RENAME.run(pk=first.pk, before=NOW.replace(year=2100))
    again = RENAME.run(pk=second.pk, before=NOW.replace(year=2000))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (changed, again) == (1, 0)
    assert (first.name, first.last_login) == ("renamed", NOW.replace(year=2100))
    assert second.name != "renamed"


@pytest.mark.django_db
def test_update_reads_back_what_it_left(django_assert_num_queries):
    session = make_session(capacity=5)
    take = PreparedUpdate(
        lambda pk, size: (Session.objects.filter(pk=pk, taken=0), {"taken": F("taken") + size}),
        ("taken", "capacity"),
        pk=BigIntegerField(),
        size=PositiveIntegerField(),
    )

    with django_assert_num_queries(2):
        assert (take.row(pk=session.pk, size=2), take.row(pk=session.pk, size=2)) == ((2, 5), None)


@pytest.mark.django_db
def test_what_a_query_counts_beside_a_row_comes_along():
    person = make_user()
    people = Prepared(lambda pk: User.objects.filter(pk=pk).annotate(double=F("pk") * 2), pk=BigIntegerField())

    for _ in range(2):
        (found,) = people.rows(pk=person.pk)
        assert (found, found.double) == (person, 2 * person.pk)
