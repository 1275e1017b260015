"""Every look at a list of names is written down with its purpose, and the families on it read who looked."""

import uuid
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from openpyxl import load_workbook

from activities import checkin
from activities.models import RosterAccess
from activities.queries import looks_at
from organisations.models import Membership
from people.models import Child
from privacy import erasure
from privacy.models import PreparedFile
from tests.access import asking
from tests.access.world import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world():
    from tests.access.world import NOW_THERE

    with time_machine.travel(NOW_THERE, tick=False) as clock:
        world = make_world()
        clock.move_to(world.session.starts_at - timedelta(hours=1))
        yield world


def take(world, role="crew", **answers):
    client = asking.client_of(role, world)
    return client.post(f"/sessions/{world.session.pk}/names/", {"submission_id": uuid.uuid4(), **answers})


def test_a_printed_list_carries_who_took_it_on_each_line_and_the_family_reads_it(world):
    page = take(world, purpose="insurance", print="1")

    name = str(world.people["crew"])
    assert world.child.name in page.text
    assert page.text.count(name) >= 2
    look = RosterAccess.objects.get(purpose="insurance")
    assert world.child.pk in look.shown
    mine = asking.client_of("guardian", world).get(f"/my/children/{world.child.pk}/looks/")
    assert name in mine.text
    assert asking.client_of("guardian2", world).get(f"/my/children/{world.child.pk}/looks/").status_code == 404
    assert asking.client_of("clerk", world).get(f"/my/children/{world.clerked_child.pk}/looks/").status_code == 403


def test_a_list_without_a_purpose_shows_nothing_and_logs_nothing(world):
    page = take(world, print="1")

    assert page.status_code == 422
    assert world.child.name not in page.text
    assert not RosterAccess.objects.filter(purpose__in=["print", "insurance", "emergency"]).exists()


@pytest.mark.parametrize("role", ["ngo2", "office", "officer", "guardian", "volunteer"])
def test_nobody_but_who_runs_the_session_gets_a_list(world, role):
    assert take(world, role, purpose="print", print="1").status_code == 404


def test_after_the_window_nobody_gets_a_list(world):
    with time_machine.travel(world.session.starts_at + timedelta(hours=73), tick=False):
        assert take(world, purpose="print", print="1").status_code == 403


def test_a_file_is_logged_as_one_carries_the_mark_on_every_line_and_is_gone_after_a_day(world):
    number = uuid.uuid4()
    for _click in range(2):
        take(world, purpose="print", file="1", submission_id=number)
    row = PreparedFile.objects.get(submission_id=number)
    client = asking.client_of("crew", world)
    address = f"/my/data/files/{row.pk}/"

    rows = list(load_workbook(BytesIO(b"".join(client.get(address).streaming_content))).active.values)
    assert [str(world.people["crew"]) in line[-1] for line in rows[1:]] == [True] * (len(rows) - 1)
    assert rows[1][0] == world.child.name
    assert RosterAccess.objects.get(is_export=True).count == len(rows) - 1
    assert asking.client_of("ngo", world).get(address).status_code == 404
    with time_machine.travel(row.expires_at + timedelta(seconds=1), tick=False):
        assert asking.client_of("crew", world).get(address).status_code == 404


def test_a_file_of_names_is_out_of_reach_once_its_maker_may_no_longer_see_the_list(world):
    """Somebody who left, or was suspended, fetched the children's names for another day."""
    number = uuid.uuid4()
    take(world, purpose="print", file="1", submission_id=number)
    address = f"/my/data/files/{PreparedFile.objects.get(submission_id=number).pk}/"
    client = asking.client_of("crew", world)
    assert b"".join(client.get(address).streaming_content)
    assert address in client.get("/my/data/").text

    Membership.objects.filter(user=world.people["crew"]).update(ends_on=date(2026, 11, 1))

    assert client.get(address).status_code == 404
    assert address not in client.get("/my/data/").text


def test_a_deleted_child_stands_on_no_file_of_names(world):
    """The list kept the name and the phone for whoever had made it, until the day was over."""
    number = uuid.uuid4()
    take(world, purpose="print", file="1", submission_id=number)
    address = f"/my/data/files/{PreparedFile.objects.get(submission_id=number).pk}/"
    erasure.erase(Child.objects.filter(sign_ups=None).last(), cause="asked", now=world.session.starts_at)
    assert PreparedFile.objects.filter(submission_id=number).exists()

    erasure.erase(world.child, cause="asked", now=world.session.starts_at)

    assert asking.client_of("crew", world).get(address).status_code == 404
    assert not PreparedFile.objects.filter(submission_id=number).exists()


def test_a_look_counts_for_whose_names_it_showed_and_an_old_one_for_who_had_a_place(world):
    from organisations.acting import Acting

    by, now, session = Acting(user=world.people["crew"]), world.session.starts_at, world.session
    before = len(looks_at(world.child))
    checkin.log_roster_access(session, purpose="check_in", children=[], by=by, now=now)
    checkin.log_roster_access(session, purpose="check_in", children=[world.teen.pk], by=by, now=now)
    assert len(looks_at(world.child)) == before
    checkin.log_roster_access(session, purpose="check_in", children=[world.child.pk], by=by, now=now)
    RosterAccess.objects.create(session=session, viewer=by.user, purpose="check_in", count=3, at=now)

    assert len(looks_at(world.child)) == before + 2
