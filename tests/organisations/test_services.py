"""Applications, profiles and venues."""

import uuid

import pytest
from django.db import IntegrityError

from notifications.models import Message
from organisations import queries, services
from organisations.acting import Acting
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return make_member(make_organisation("league"), "officer")


def apply(*, submission_id=None, **fields):
    return services.apply(
        kind="provider",
        name="晨光社工",
        region=make_region(),
        submission_id=submission_id or uuid.uuid4(),
        by=Acting(),
        now=NOW,
        **fields,
    )


def test_apply_waits_for_the_league_and_tells_its_officers(officer):
    made = apply(credit_code="51120113MJ00000000")

    assert (made.status, made.history.get().system) == ("applied", "public form")
    message = Message.objects.get()
    assert (message.recipient, message.path) == (officer.user, f"/organisations/{made.pk}/")


def test_apply_twice_with_one_submission_makes_it_once(officer):
    one = uuid.uuid4()

    assert apply(submission_id=one) == apply(submission_id=one)
    assert Message.objects.count() == 1


def test_apply_losing_the_race_of_a_double_click_finds_the_first(officer, monkeypatch):
    one = uuid.uuid4()
    first = apply(submission_id=one)
    answers = iter([None, first])
    real = Organisation.objects.filter

    class Blind:
        def first(self):
            return next(answers)

    def blind_once(_manager, **conditions):
        return Blind() if "submission_id" in conditions else real(**conditions)

    monkeypatch.setattr(type(Organisation.objects), "filter", blind_once, raising=False)

    assert apply(submission_id=one) == first


def test_apply_with_a_known_credit_code_is_refused(officer):
    apply(credit_code="51120113MJ00000000")

    with pytest.raises(services.CreditCodeKnown):
        apply(credit_code="51120113MJ00000000")


def test_apply_again_after_a_refusal_is_possible(officer):
    Organisation.objects.filter(pk=apply(credit_code="51120113MJ00000000").pk).update(status="refused")

    assert apply(credit_code="51120113MJ00000000").status == "applied"


def test_apply_where_no_league_works_is_refused():
    with pytest.raises(queries.NoLeague):
        apply()


def test_edit_profile_names_the_changed_fields(officer):
    organisation = make_organisation(about="旧")

    services.edit_profile(organisation, by=officer, now=NOW, about="新", address="")

    assert Organisation.objects.get(pk=organisation.pk).about == "新"
    assert organisation.history.get().note == "about"


def test_edit_profile_without_a_change_writes_nothing(officer):
    organisation = make_organisation()

    services.edit_profile(organisation, by=officer, now=NOW, address="")

    assert not organisation.history.exists()


def test_add_venue_lies_in_the_organisations_region_unless_told():
    office = make_organisation("office", region=make_region())
    by = make_member(office, "clerk")

    venue = services.add_venue(office, name="活动室", address="瑞景道1号", capacity=30, by=by, now=NOW)
    other = services.add_venue(
        office, name="礼堂", address="瑞景道1号", capacity=90, by=by, now=NOW, region=make_region("翡翠城社区")
    )

    assert (venue.region.name, other.region.name) == ("瑞景街道", "翡翠城社区")
    assert office.history.filter(verb="add_venue").count() == 2


def test_venue_of_a_taken_name_is_refused():
    office = make_organisation("office", region=make_region())
    by = make_member(office, "clerk")
    services.add_venue(office, name="活动室", address="瑞景道1号", capacity=30, by=by, now=NOW)
    other = services.add_venue(office, name="礼堂", address="瑞景道1号", capacity=90, by=by, now=NOW)

    with pytest.raises(services.VenueNameTaken):
        services.add_venue(office, name="活动室", address="", capacity=30, by=by, now=NOW)
    with pytest.raises(services.VenueNameTaken):
        services.edit_venue(other, by=by, now=NOW, name="活动室")


def test_edit_venue_keeps_a_history_of_its_values():
    office = make_organisation("office", region=make_region())
    by = make_member(office, "clerk")
    venue = services.add_venue(office, name="活动室", address="瑞景道1号", capacity=30, by=by, now=NOW)

    services.edit_venue(venue, by=by, now=NOW, capacity=25, is_active=False)

    assert list(venue.changes.order_by("history_id").values_list("capacity", flat=True)) == [30, 25]


def test_history_of_an_organisation_cannot_be_changed(officer):
    made = apply()

    with pytest.raises(IntegrityError, match="append-only"):
        made.history.update(note="x")
