"""What ``insert`` writes is what ``save`` would have written, however many rows point at each other."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, F

from activities.models import Party, Session, SignUp, SignUpHistory
from core.inserting import Given, insert, insert_each, insert_if
from core.prepared import PreparedUpdate
from notifications.models import Message
from tests.conftest import NOW
from tests.database import is_sqlite
from tests.factories.activities import make_party, make_session
from tests.factories.users import make_user
from users.models import User


@pytest.mark.django_db
def test_insert_does_what_save_does(django_assert_num_queries):
    saved, inserted = (User(email=f"{name}@example.test", name="林", joined_at=NOW) for name in ("a", "b"))
    saved.save()

    with django_assert_num_queries(1):
        insert(inserted)

    row = User.objects.get(email="b@example.test")
    assert (inserted.pk, inserted._state.adding, inserted._state.db) == (row.pk, False, "default")
    fields = [field.attname for field in User._meta.concrete_fields if field.attname not in {"id", "email"}]
    assert [getattr(row, name) for name in fields] == [getattr(User.objects.get(pk=saved.pk), name) for name in fields]


@pytest.mark.django_db
def test_what_the_database_refuses_ends_the_transaction_as_it_does_for_the_orm():
    insert(User(email="a@example.test", joined_at=NOW))
    twin = User(email="a@example.test", joined_at=NOW)

    with pytest.raises(IntegrityError):
        insert(twin)

    assert connection.needs_rollback
    transaction.set_rollback(False)


def a_party_of_two() -> tuple[Party, list[SignUp], list[SignUpHistory]]:
    """An unsaved party of two children, their sign-ups and the history of these."""
    like = make_party(make_session(), size=2)
    session = make_session(starts_at=like.session.starts_at + timedelta(days=1))
    party = Party(session=session, guardian=like.guardian, size=2, created_at=NOW)
    times = {"starts_at": session.starts_at, "ends_at": session.ends_at, "created_at": NOW}
    rows = [
        SignUp(party=party, session=session, child=one.child, status="confirmed", **times)
        for one in like.sign_ups.order_by("pk")
    ]
    return party, rows, [SignUpHistory(sign_up=row, verb="sign_up", after=row.status, at=NOW) for row in rows]


@pytest.mark.django_db
def test_rows_that_point_at_each_other_are_one_statement_where_the_database_can(django_assert_num_queries):
    party, rows, entries = a_party_of_two()

    with django_assert_num_queries(3 if is_sqlite() else 1):
        insert(party, *rows, *entries)

    assert list(Party.objects.get(pk=party.pk).sign_ups.order_by("pk")) == rows
    assert [one.party_id for one in rows] == [party.pk, party.pk]
    assert [row.child_id for row in SignUp.objects.filter(party=party).order_by("pk")] == [one.child_id for one in rows]
    for row, entry in zip(rows, entries, strict=True):
        assert entry.sign_up_id == row.pk
        assert list(SignUpHistory.objects.filter(sign_up=row)) == [entry]


@pytest.mark.django_db
def test_a_row_that_points_at_nothing_written_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(SignUpHistory(sign_up=SignUp(), verb="sign_up", after="confirmed", at=NOW))


NEXT = PreparedUpdate(
    lambda pk, most: (
        Session.objects.filter(pk=pk, join_counter__lt=most),
        {"join_counter": F("join_counter") + 1, "taken": F("taken") + 1},
    ),
    ("taken", "join_counter"),
    pk=BigIntegerField(),
    most=BigIntegerField(),
)


@pytest.mark.django_db
def test_rows_are_inserted_where_the_update_finds_its_row():
    party, rows, entries = a_party_of_two()
    Session.objects.filter(pk=party.session_id).update(join_counter=4)
    given = Given(NEXT, {"pk": party.session_id, "most": 5}, {"join_seq": "join_counter"})

    assert tuple(insert_if(given, party, *rows, *entries)) == (1, 5)

    assert (party.join_seq, Party.objects.get(pk=party.pk).join_seq) == (5, 5)
    assert list(Party.objects.get(pk=party.pk).sign_ups.order_by("pk")) == rows
    assert [SignUpHistory.objects.get(sign_up=row) for row in rows] == entries


@pytest.mark.django_db
def test_nothing_is_inserted_where_the_update_finds_no_row():
    party, rows, entries = a_party_of_two()
    before = [model.objects.count() for model in (Party, SignUp, SignUpHistory)]

    assert insert_if(Given(NEXT, {"pk": party.session_id, "most": 0}), party, *rows, *entries) is None

    assert [model.objects.count() for model in (Party, SignUp, SignUpHistory)] == before
    assert (party.pk, rows[0].pk, entries[0].pk) == (None, None, None)


@pytest.mark.postgresql
@pytest.mark.usefixtures("fresh_db")
def test_update_and_rows_are_one_statement_and_fail_together(django_assert_num_queries):
    party, rows, entries = a_party_of_two()
    given = Given(NEXT, {"pk": party.session_id, "most": 5})

    with django_assert_num_queries(1):
        insert_if(given, party, *rows, *entries)
    with pytest.raises(IntegrityError):
        insert_if(given, *a_party_like(party, rows))

    assert Session.objects.get(pk=party.session_id).taken == 1


def a_party_like(party: Party, rows: list[SignUp]) -> list[Party | SignUp]:
    """The same children for the same session once more."""
    again = Party(session=party.session, guardian=party.guardian, size=2, created_at=NOW)
    times = {"starts_at": rows[0].starts_at, "ends_at": rows[0].ends_at, "created_at": NOW}
    return [
        again,
        *(SignUp(party=again, session=party.session, child=row.child, status="confirmed", **times) for row in rows),
    ]


# --- one row for each number ------------------------------------------------------------------------------------------


def a_message(**more) -> Message:
    values = {"kind": "order_approve", "cause": "order:1", "context": {"n": 1}, "path": "/orders/1/", **more}
    return Message(created_at=NOW, not_before=NOW, **values)


def insert_for(people, **more) -> dict[int, int]:
    return insert_each(a_message(**more), "recipient", people, once=["recipient", "cause"], anew=["context"])


@pytest.mark.django_db
def test_a_row_for_each_is_what_save_would_have_written(django_assert_num_queries):
    people = [make_user(f"{name}@example.test").pk for name in "abc"]
    saved = a_message(cause="other", recipient_id=people[0])
    saved.save()

    with django_assert_num_queries(1):
        written = insert_for(people)

    rows = {row.recipient_id: row for row in Message.objects.filter(cause="order:1")}
    assert written == {person: rows[person].pk for person in people}
    fields = [
        one.attname for one in Message._meta.concrete_fields if one.attname not in {"id", "cause", "recipient_id"}
    ]
    saved.refresh_from_db()
    for row in rows.values():
        assert [getattr(row, name) for name in fields] == [getattr(saved, name) for name in fields]


@pytest.mark.django_db
def test_a_row_that_is_known_gets_what_is_to_be_new_and_nothing_else():
    first, second = (make_user(f"{name}@example.test").pk for name in "ab")
    known = insert_for([first])

    written = insert_for([first, second], context={"n": 2}, path="/elsewhere/")

    assert written[first] == known[first]
    rows = Message.objects.in_bulk()
    assert (rows[written[first]].context, rows[written[first]].path) == ({"n": 2}, "/orders/1/")
    assert (rows[written[second]].context, rows[written[second]].path) == ({"n": 2}, "/elsewhere/")


@pytest.mark.django_db
def test_a_row_that_is_known_is_left_alone_where_nothing_is_to_be_new():
    first, second = (make_user(f"{name}@example.test").pk for name in "ab")
    insert_for([first])

    insert_each(a_message(context={"n": 2}), "recipient", [first, second], once=["recipient", "cause"])

    assert dict(Message.objects.values_list("recipient", "context__n")) == {first: 1, second: 2}
