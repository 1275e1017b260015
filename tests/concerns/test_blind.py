"""The organisation concerned sees nothing of it, and nobody reads what was sealed."""

import json
import uuid

import pytest
from django.db import IntegrityError, connection

from concerns import intake, lifecycle, references, sealing
from concerns.models import Concern, ConcernHistory, Statement
from concerns.references import Subject
from core.errors import SentByAnother
from notifications.models import Message
from organisations.models import Membership
from tests.conftest import NOW
from tests.factories.concerns import make_concern, make_desks
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child

pytestmark = pytest.mark.django_db


def test_an_office_concerned_is_passed_over_when_it_comes_in_and_when_it_climbs():
    desks = make_desks()

    assert make_concern(about=desks.village.organisation).desk == desks.street.organisation
    concern = make_concern(about=desks.street.organisation)
    assert concern.desk == desks.village.organisation
    assert lifecycle.escalate(concern, by=desks.village, now=NOW).desk == desks.league.organisation


def test_who_is_a_member_of_the_organisation_concerned_is_blind_in_every_role():
    desks = make_desks()
    provider = make_organisation("provider")
    make_member(provider, "coordinator", user=desks.village.user)
    concern = make_concern(about=provider)

    assert concern.desk == desks.street.organisation  # nobody else acts in the village
    assert not Concern.objects.visible_to(desks.village).exists()
    assert list(Concern.objects.visible_to(desks.street)) == [concern]
    assert not Message.objects.filter(recipient=desks.village.user).exists()
    Membership.objects.filter(organisation=provider).update(ends_on="2026-11-01")
    assert not Concern.objects.visible_to(desks.village).exists(), "who was one of them stays blind"


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("provider", ("manager", "coordinator")),
        ("office", ("manager", "clerk")),
        ("school", ("manager", "clerk")),
        ("league", ("officer", "finance", "auditor", "editor")),
    ],
)
def test_no_other_role_of_the_area_sees_any(kind, roles):
    make_desks()
    make_concern()
    member = make_member(make_organisation(kind, region=make_region("北辰区")), *roles)

    assert not Concern.objects.visible_to(member).exists()


def test_a_schools_child_officer_sees_what_lies_at_the_schools_desk_and_nothing_else():
    make_desks()
    school = make_member(make_organisation("school", region=make_region("北辰区")), "child_officer")
    make_concern()
    own = make_concern(school=school.organisation)
    other = make_concern(school=make_organisation("school", region=make_region("北辰区")))

    assert own.desk == school.organisation
    assert other.desk != school.organisation  # nobody acts there
    assert list(Concern.objects.visible_to(school)) == [own]
    assert make_concern(about=school.organisation, school=school.organisation).desk != school.organisation
    assert list(Concern.objects.visible_to(school)) == [own]


def test_other_areas_see_none():
    make_desks()
    make_concern()
    other = make_member(make_organisation("office", region=make_region("天穆镇")), "child_officer")

    assert not Concern.objects.visible_to(other).exists()


def test_the_database_holds_no_word_and_no_key_of_a_child_or_a_session():
    make_desks()
    child = make_child(name="李小明")
    make_concern(
        subject=Subject(session=4711471147, child=child.pk),
        words="李小明手臂有淤青",
        who="三年级",
        contact="13800000000",
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT words, subject, contact FROM concerns_statement")
        stored = cursor.fetchone()
    row = Statement.objects.get()

    told = ("李", "4711471147", "13800000000", "三年级")  # long enough that no token holds them by chance
    assert [part for part in told for text in stored if part in text] == []
    assert (row.words, row.contact) == ("李小明手臂有淤青", "13800000000")
    assert intake.subject_of(row) == {"who": "三年级", "child": child.pk, "session": 4711471147}
    assert json.loads(sealing.unseal(stored[1]))["child"] == child.pk


def test_the_same_subject_sealed_twice_cannot_be_matched():
    assert sealing.seal("child 5") != sealing.seal("child 5")


def test_no_table_of_concerns_points_at_people_sessions_or_sign_ups():
    from django.apps import apps

    pointed = {
        field.related_model._meta.label
        for model in apps.get_app_config("concerns").get_models()
        for field in model._meta.concrete_fields
        if field.is_relation
    }
    assert pointed == {
        "concerns.Category", "concerns.Concern", "organisations.Organisation", "organisations.Region", "users.User",
    }  # fmt: skip


def test_another_key_opens_what_the_older_one_sealed_and_without_any_the_page_says_so(settings):
    make_desks()
    make_concern()
    settings.CONCERN_KEYS = ["a new secret", *settings.CONCERN_KEYS]
    assert Statement.objects.get().words == "手臂上有多处淤青"

    settings.CONCERN_KEYS = ["quite another secret"]

    assert "key is missing" in Statement.objects.get().words


def test_without_a_name_not_even_the_request_is_kept():
    desks = make_desks()
    make_concern()
    make_concern(reporter=desks.street)

    anonymous, named = ConcernHistory.objects.order_by("pk")

    assert (anonymous.actor, anonymous.on_behalf_of, anonymous.request_id) == (None, None, "")
    assert named.actor == desks.street.user
    assert [row.reporter for row in Statement.objects.order_by("pk")] == [None, desks.street.user]


def test_what_was_sent_can_be_added_to_and_not_changed():
    make_desks()
    concern, number = make_concern(), uuid.uuid4()
    for _ in range(2):
        intake.add_words(concern, words="还有烫伤", now=NOW, submission_id=number)

    assert concern.statements.count() == 2
    with pytest.raises(SentByAnother):
        intake.add_words(make_concern(), words="x", now=NOW, submission_id=number)
    with pytest.raises(Exception, match=r"append-only|refused"):
        Statement.objects.update(words="")


def test_a_report_sent_twice_comes_in_once_and_another_number_is_refused():
    make_desks()
    number = uuid.uuid4()
    from concerns.models import Category

    first, second = Category.objects.all()[:2]
    given = {"words": "x", "region": make_region(), "now": NOW, "submission_id": number}
    assert intake.report(first, **given) == intake.report(first, **given)

    with pytest.raises(SentByAnother):
        intake.report(second, **given)
    assert Concern.objects.count() == 1


def test_links_tell_nothing_and_others_are_nothing():
    subject = Subject(region="120113008001", about=3, session=12, child=45)

    token = references.link(subject)

    assert references.read(token) == subject
    assert "120113" not in token
    assert references.read(token[:-4] + "AAA=") is None
    assert references.read("x") is None
    assert references.sent(token) is None


def test_the_desk_is_never_the_one_concerned():
    desks = make_desks()
    concern = make_concern(about=make_organisation("provider"))

    with pytest.raises(IntegrityError):
        Concern.objects.filter(pk=concern.pk).update(about=desks.village.organisation)
