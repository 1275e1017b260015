"""Families: guardians on first use, children once, clerks on a family's behalf, telling people without a channel."""

import uuid
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.utils.translation import gettext_lazy

from notifications.models import Message
from organisations.acting import Acting
from people import services
from people.invariants import own_logins_are_youths
from people.models import Child, Guardian, ToTell
from people.privacy import forget
from people.services import ChildFacts
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
BORN = date(2017, 5, 4)


def add(guardian, *, by=None, submission_id=None, **fields):
    fields = {"name": "王小明", "birth_date": BORN, "home_community": make_region("翡翠城社区"), **fields}
    return services.add_child(
        guardian,
        relation="parent",
        by=by or Acting(user=guardian.user),
        submission_id=submission_id or uuid.uuid4(),
        now=NOW,
        **fields,
    )


def register(by, *, submission_id=None, phone="+8613900000001", name="李奶奶", child="王小明"):
    return services.register_family(
        name=name,
        phone=phone,
        child=ChildFacts(child, BORN, make_region("翡翠城社区")),
        relation="grandparent",
        by=by,
        submission_id=submission_id or uuid.uuid4(),
        now=NOW,
    )


def test_guardian_for_an_account_is_made_once_from_what_the_account_knows():
    user = make_user(name="王芳", phone="+8613800001111")

    guardian = services.guardian_for(user, now=NOW)

    assert (guardian.name, guardian.phone) == ("王芳", "+8613800001111")
    assert services.guardian_for(user, name="Other", now=NOW) == guardian


def test_guardian_without_a_name_takes_the_accounts_once_it_has_one():
    user = make_user()
    user.name = ""
    guardian = services.guardian_for(user, now=NOW)
    user.name = "王芳"

    assert (guardian.name, services.guardian_for(user, now=NOW).name) == ("", "王芳")


def test_add_child_answers_from_today_on_with_a_history_row():
    guardian = make_guardian()

    child = add(guardian, name=" 𠮷小明😀 ")

    assert child.name == "𠮷小明😀"
    assert child.guardianships.get().starts_on == date(2026, 11, 24)
    assert child.history.get().verb == "add"


def test_add_child_twice_with_one_submission_makes_it_once():
    guardian, one = make_guardian(), uuid.uuid4()

    assert add(guardian, submission_id=one) == add(guardian, submission_id=one)
    assert Child.objects.count() == 1


def test_add_child_losing_the_race_of_a_double_click_finds_the_first(monkeypatch):
    guardian, one = make_guardian(), uuid.uuid4()
    first = add(guardian, submission_id=one)
    calls = iter([None, first])
    real = Child.objects.filter

    class Blind:
        def first(self):
            return next(calls)

    def blind_once(_manager, **conditions):
        return Blind() if "submission_id" in conditions else real(**conditions)

    monkeypatch.setattr(type(Child.objects), "filter", blind_once, raising=False)

    assert add(guardian, submission_id=one, is_another=True) == first


def test_add_child_passes_on_what_the_database_refuses_for_another_reason(monkeypatch):
    def refuse(*args, **kwargs):
        raise IntegrityError("elsewhere")

    monkeypatch.setattr(services, "_answer_for", refuse)

    with pytest.raises(IntegrityError):
        add(make_guardian())


def test_add_child_that_seems_to_be_there_offers_it():
    guardian = make_guardian()
    child = add(guardian)

    with pytest.raises(services.LikelySame) as refusal:
        add(guardian)

    assert refusal.value.child == child
    assert add(guardian, is_another=True) != child


def test_add_child_tells_nothing_about_another_guardians_child_of_the_same_phone():
    add(make_guardian(phone="+8613800002222"))

    assert add(make_guardian(phone="+8613800002222"))


def test_add_child_by_a_clerk_finds_the_child_under_another_record_with_the_phone():
    by = make_member(make_family_office(), "clerk")
    first = make_guardian(registered_by=by.organisation, phone="+8613800003333")
    second = make_guardian(registered_by=by.organisation, phone="+8613800003333")
    child = add(first, by=by)

    with pytest.raises(services.LikelySame) as refusal:
        add(second, by=by)

    assert refusal.value.child == child


def test_likely_same_without_a_phone_looks_at_the_guardian_alone():
    by = make_member(make_family_office(), "clerk")
    first = make_guardian(registered_by=by.organisation, phone="")
    second = make_guardian(registered_by=by.organisation, phone="")
    add(first, by=by)

    assert add(second, by=by)


@pytest.mark.parametrize("born", [date(2026, 11, 25), date(2008, 11, 24)])
def test_add_child_born_tomorrow_or_of_age_is_refused(born):
    with pytest.raises(services.BirthDateImpossible):
        add(make_guardian(), birth_date=born)


def test_edit_child_names_the_changed_fields_without_their_values():
    guardian = make_guardian()
    child = add(guardian)

    services.edit_child(
        child,
        name="王晓明",
        birth_date=BORN,
        home_community=make_region("天穆村"),
        by=Acting(user=guardian.user),
        now=NOW,
    )

    row = child.history.order_by("-pk").first()
    assert (row.verb, row.note) == ("edit", "name, home_community")


def test_edit_child_without_a_change_writes_nothing():
    guardian = make_guardian()
    child = add(guardian)

    services.edit_child(
        child,
        name=child.name,
        birth_date=child.birth_date,
        home_community=child.home_community,
        by=Acting(user=guardian.user),
        now=NOW,
    )

    assert child.history.count() == 1


def test_edit_child_to_an_impossible_birth_date_is_refused():
    guardian = make_guardian()
    child = add(guardian)

    with pytest.raises(services.BirthDateImpossible):
        services.edit_child(
            child,
            name=child.name,
            birth_date=NOW.date() + timedelta(days=1),
            home_community=child.home_community,
            by=Acting(user=guardian.user),
            now=NOW,
        )


@pytest.mark.parametrize("is_youth", [True, False])
def test_edit_child_to_under_14_is_refused_to_who_has_a_login(is_youth):
    """A guardian who mistypes the year must not leave a child of ten with a login of its own; without one they may."""
    child = make_youth(age=15) if is_youth else make_child(make_guardian(), age=15)
    facts = {"name": child.name, "home_community": child.home_community}
    by, ten = Acting(user=child.guardianships.get().guardian.user), date(2016, 1, 1)

    with pytest.raises(services.LoginTooYoung, match="write to") if is_youth else nullcontext():
        services.edit_child(child, birth_date=ten, by=by, now=NOW, **facts)

    child.refresh_from_db()
    assert (child.birth_date == ten) is not is_youth
    assert own_logins_are_youths().breaches == []


def test_register_family_belongs_to_the_clerks_office_and_says_who_did_it():
    by = make_member(make_family_office(), "clerk")

    guardian = register(by)

    child = Child.objects.get()
    assert (guardian.user, guardian.registered_by, child.registered_by) == (None, by.organisation, by.organisation)
    assert (child.history.get().actor, child.history.get().on_behalf_of) == (by.user, by.organisation)


def test_register_family_twice_with_one_submission_makes_it_once():
    by, one = make_member(make_family_office(), "clerk"), uuid.uuid4()

    assert register(by, submission_id=one) == register(by, submission_id=one)


def test_register_family_of_a_known_phone_offers_the_family():
    by = make_member(make_family_office(), "clerk")
    guardian = register(by)

    with pytest.raises(services.FamilyKnown) as refusal:
        register(by, child="王小红")

    assert refusal.value.guardian == guardian


def test_register_family_without_a_phone_is_possible_more_than_once():
    by = make_member(make_family_office(), "clerk")

    assert register(by, phone="") != register(by, phone="")


def test_register_family_of_another_offices_phone_tells_nothing():
    register(make_member(make_family_office(), "clerk"))

    assert register(make_member(make_family_office("天穆镇"), "clerk")).pk


@pytest.mark.parametrize("kind", ["provider", "league", None])
def test_register_family_by_no_office_is_refused(kind):
    by = make_member(make_organisation(kind), "manager") if kind else Acting(user=make_user())

    with pytest.raises(services.NotAnOffice):
        register(by)
    assert not Guardian.objects.exists()


def tell(*guardians, context=None, cause="session:1:cancelled"):
    services.tell_all(
        guardians, kind="session_cancelled", cause=cause, context=context or {"title": "科学营"}, path="/my/", now=NOW
    )


def test_tell_writes_a_message_to_a_login_and_a_line_to_the_office_of_the_others():
    office = make_family_office()
    online, offline = make_guardian(), make_guardian(registered_by=office)

    tell(online, offline)

    assert Message.objects.get().recipient == online.user
    line = ToTell.objects.get()
    assert (line.guardian, line.office, line.told_at) == (offline, office, None)


def test_tell_again_for_the_same_cause_adds_nothing():
    offline = make_guardian(registered_by=make_family_office())

    tell(offline)
    services.tell(
        offline, kind="session_cancelled", cause="session:1:cancelled", context={"title": "x"}, path="/my/", now=NOW
    )

    assert ToTell.objects.count() == 1


def test_tell_refuses_a_context_that_is_no_plain_value():
    with pytest.raises(ValueError, match="plain"):
        tell(make_guardian(registered_by=make_family_office()), context={"title": gettext_lazy("x")})


def test_tell_costs_the_same_for_one_and_for_many(django_assert_num_queries):
    office = make_family_office()
    families = [make_guardian(registered_by=office) for _ in range(5)]

    with django_assert_num_queries(1):
        tell(families[0], cause="one")
    with django_assert_num_queries(1):
        tell(*families, cause="many")


def test_mark_told_twice_keeps_the_first():
    by = make_member(make_family_office(), "clerk")
    tell(make_guardian(registered_by=by.organisation))

    services.mark_told(ToTell.objects.get(), by=by, now=NOW)
    services.mark_told(ToTell.objects.get(), by=make_member(by.organisation, "clerk"), now=NOW + timedelta(days=1))

    line = ToTell.objects.get()
    assert (line.told_by, line.told_at) == (by.user, NOW)


@pytest.mark.parametrize("is_told", [True, False])
def test_forget_deletes_what_is_to_be_told_after_ninety_days_whether_it_was_or_not(is_told):
    clerk = make_member(make_family_office(), "clerk")
    guardian = make_guardian(registered_by=clerk.organisation)
    services.tell(guardian, kind="guardian_left", cause="x", context={}, path="/", now=NOW)
    if is_told:
        services.mark_told(ToTell.objects.get(), by=clerk, now=NOW)

    assert forget(NOW + timedelta(days=90))["told"] == 0
    assert forget(NOW + timedelta(days=90, seconds=1))["told"] == 1
