"""The verbs of a programme: who, from where, and what the menu shows meanwhile."""

import itertools

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from catalog import lifecycle, services
from catalog.models import Programme, ProgrammeHistory, ProgrammeVersion
from core.formats import daytime_text
from notifications.models import Message
from tests.factories.catalog import make_content, make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
REASON = "请写清楚雨天怎么办。"


@pytest.fixture
def manager():
    return make_member(make_organisation("provider"), "manager")


@pytest.fixture
def officer():
    return make_member(make_organisation("league"), "officer")


@pytest.fixture
def draft(manager):
    return make_draft(by=manager)


@pytest.fixture
def published(manager, officer):
    return make_programme(by=manager, officer=officer)


@pytest.fixture
def revised(published, manager, now):
    """A published programme whose new title the League is reading."""
    services.edit_draft(published, {"title": "新标题"}, by=manager, now=now)
    return lifecycle.submit(published, by=manager, now=now)


def stage(programme: Programme) -> tuple[str, str]:
    programme.refresh_from_db()
    return programme.status, programme.revision


def subjects(by) -> list[str]:
    return list(Message.objects.filter(recipient=by.user).order_by("pk").values_list("kind", flat=True))


def test_submit_hands_a_draft_to_the_officers_of_the_area(draft, manager, officer, now):
    elsewhere = make_member(make_organisation("league", region=make_region("天穆镇")), "officer")

    lifecycle.submit(draft, by=manager, now=now)

    assert stage(draft) == ("in_review", "")
    assert (subjects(officer), subjects(elsewhere)) == (["programme_submitted"], [])


def test_publish_freezes_a_version_and_tells_the_managers(draft, manager, officer, now):
    lifecycle.submit(draft, by=manager, now=now)

    lifecycle.publish(draft, by=officer, now=now)

    assert stage(draft) == ("published", "")
    version = draft.current_version
    assert (version.number, version.published_by, version.published_at) == (1, officer.user, now)
    assert services.differences(draft, version) == []
    assert subjects(manager) == ["programme_published"]


def test_publish_again_keeps_the_old_version(revised, officer, now):
    first = revised.current_version

    lifecycle.publish(revised, by=officer, now=now)

    assert stage(revised) == ("published", "")
    assert [v.number for v in revised.versions.order_by("number")] == [1, 2]
    first.refresh_from_db()
    assert (first.title == "新标题", revised.current_version.title) == (False, "新标题")


def test_submit_of_a_published_programme_leaves_the_menu_as_it_was(revised):
    before = revised.current_version

    assert stage(revised) == ("published", "in_review")
    assert list(Programme.objects.on_menu()) == [revised]
    assert revised.current_version == before


def test_send_back_of_a_draft_gives_it_to_the_provider_with_the_reason(draft, manager, officer, now):
    lifecycle.submit(draft, by=manager, now=now)

    lifecycle.send_back(draft, by=officer, now=now, reason=f" {REASON} ")

    assert stage(draft) == ("draft", "")
    row = ProgrammeHistory.objects.order_by("-pk")[0]
    assert (row.verb, row.before, row.after, row.note) == ("send_back", "in_review", "draft", REASON)
    assert (row.actor, row.on_behalf_of) == (officer.user, officer.organisation)
    assert Message.objects.get(kind="programme_sent_back").context["reason"] == REASON


def test_send_back_of_changes_leaves_the_programme_on_the_menu(revised, officer, now):
    lifecycle.send_back(revised, by=officer, now=now, reason=REASON)

    assert stage(revised) == ("published", "edited")


def test_retire_takes_it_off_the_menu_and_tells_the_league(published, manager, officer, now):
    lifecycle.retire(published, by=manager, now=now, reason="人手不足")

    assert stage(published) == ("retired", "")
    assert list(Programme.objects.on_menu()) == []
    assert subjects(officer)[-1] == "programme_retired"


def test_suspend_and_resume_keep_the_version(published, manager, officer, now):
    version = published.current_version

    lifecycle.suspend(published, by=officer, now=now, reason=REASON)
    assert (stage(published), list(Programme.objects.on_menu())) == (("suspended", ""), [])
    lifecycle.resume(published, by=officer, now=now)

    assert (stage(published), published.current_version) == (("published", ""), version)
    assert subjects(manager)[-2:] == ["programme_suspended", "programme_resumed"]


def test_publish_of_changes_to_a_suspended_programme_puts_it_back(revised, officer, now):
    lifecycle.suspend(revised, by=officer, now=now, reason=REASON)

    lifecycle.publish(revised, by=officer, now=now)

    assert stage(revised) == ("published", "")


@pytest.mark.parametrize("verb", ["send_back", "suspend"])
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_verb_that_needs_a_reason_refuses_without_one(revised, officer, now, verb, reason):
    before = stage(revised)

    with pytest.raises(lifecycle.ReasonMissing):
        getattr(lifecycle, verb)(revised, by=officer, now=now, reason=reason)

    assert stage(revised) == before


def test_submit_needs_at_least_one_step(manager, now):
    draft = make_draft(by=manager, steps=[])

    with pytest.raises(lifecycle.StepsMissing):
        lifecycle.submit(draft, by=manager, now=now)

    assert stage(draft) == ("draft", "")


def test_publish_refuses_a_text_that_changed_since_it_was_read(draft, manager, officer, now):
    lifecycle.submit(draft, by=manager, now=now)

    with pytest.raises(lifecycle.ReadSomethingElse):
        lifecycle.publish(draft, by=officer, now=now, seen=draft.edits + 1)

    assert (stage(draft), ProgrammeVersion.objects.count()) == (("in_review", ""), 0)


def test_a_reviewer_who_read_an_older_text_learns_who_changed_it_and_when(draft, manager, officer, now):
    colleague = make_member(officer.organisation, "officer")
    lifecycle.submit(draft, by=manager, now=now)
    lifecycle.send_back(draft, by=colleague, now=now, reason=REASON)
    services.edit_draft(draft, {"title": "改过"}, by=manager, now=now)
    lifecycle.submit(draft, by=manager, now=now)

    with translation.override("en"):
        words = f"The last to act was {manager.organisation}, on {daytime_text(now)}"
        with pytest.raises(lifecycle.ReadSomethingElse, match=words):
            lifecycle.publish(draft, by=officer, now=now, seen=0)


def test_a_reviewer_who_comes_too_late_learns_which_colleague_decided(draft, manager, officer, now):
    colleague = make_member(officer.organisation, "officer")
    lifecycle.submit(draft, by=manager, now=now)
    lifecycle.send_back(draft, by=colleague, now=now, reason=REASON)
    services.edit_draft(draft, {"title": "改过"}, by=manager, now=now)

    with (
        translation.override("en"),
        pytest.raises(lifecycle.NotNow, match=f"The last to act was {colleague.user}, on"),
    ):
        lifecycle.publish(draft, by=officer, now=now)


def test_nobody_publishes_their_own_organisations_programme(draft, manager, officer, now):
    both = make_member(officer.organisation, "officer", user=manager.user)
    lifecycle.submit(draft, by=manager, now=now)

    for verb, extra in [("publish", {}), ("send_back", {"reason": REASON})]:
        with pytest.raises(lifecycle.NotTheirs):
            getattr(lifecycle, verb)(draft, by=both, now=now, **extra)

    assert stage(draft) == ("in_review", "")


def test_nobody_resumes_their_own_organisations_programme(published, manager, officer, now):
    both = make_member(officer.organisation, "officer", user=manager.user)
    lifecycle.suspend(published, by=officer, now=now, reason=REASON)

    with pytest.raises(lifecycle.NotTheirs):
        lifecycle.resume(published, by=both, now=now)


@pytest.mark.parametrize(
    "stranger",
    [
        lambda: make_member(make_organisation("provider"), "manager"),
        lambda: make_member(make_organisation("league"), "finance", "auditor"),
        lambda: make_member(make_organisation("league", region=make_region("天穆镇")), "officer"),
        lambda: make_member(make_organisation("league", status="suspended"), "officer"),
        lambda: make_member(make_organisation("office"), "manager"),
    ],
)
@pytest.mark.parametrize("verb", list(lifecycle.TRANSITIONS))
def test_strangers_may_no_verb(draft, manager, stranger, verb, now):
    lifecycle.submit(draft, by=manager, now=now)
    extra = {"reason": REASON} if verb in {"send_back", "suspend"} else {}

    with pytest.raises(lifecycle.NotTheirs):
        getattr(lifecycle, verb)(draft, by=stranger(), now=now, **extra)


@pytest.mark.parametrize("verb", ["submit", "retire"])
def test_a_social_worker_writes_but_neither_hands_in_nor_retires(draft, manager, verb, now):
    coordinator = make_member(manager.organisation, "coordinator")
    services.edit_draft(draft, {"title": "改"}, by=coordinator, now=now)

    with pytest.raises(lifecycle.NotTheirs):
        getattr(lifecycle, verb)(draft, by=coordinator, now=now)


_STAGES = [
    (status, revision)
    for status, revision in itertools.product(Programme.Status, Programme.Revision)
    if not revision or status in {"published", "suspended"}
]


@pytest.mark.parametrize(("verb", "begin"), list(itertools.product(lifecycle.TRANSITIONS, _STAGES)))
def test_every_verb_from_every_stage_follows_the_table(published, manager, now, verb, begin):
    officer = make_member(make_organisation("league"), "officer")
    Programme.objects.filter(pk=published.pk).update(status=begin[0], revision=begin[1])
    by = manager if verb in {"submit", "retire"} else officer
    extra = {"reason": REASON} if verb in {"send_back", "suspend"} else {}
    published.refresh_from_db()
    history = ProgrammeHistory.objects.count()
    expected = lifecycle.TRANSITIONS[verb].get(begin)

    assert lifecycle.can(verb, published) == (expected is not None)
    if expected is None:
        with pytest.raises(lifecycle.NotNow):
            getattr(lifecycle, verb)(published, by=by, now=now, **extra)
        assert (stage(published), ProgrammeHistory.objects.count()) == (begin, history)
    else:
        getattr(lifecycle, verb)(published, by=by, now=now, **extra)
        assert (stage(published), ProgrammeHistory.objects.count()) == (expected, history + 1)


def test_a_verb_taken_twice_happens_once_and_says_where_it_stands(draft, manager, now):
    lifecycle.submit(draft, by=manager, now=now)

    with pytest.raises(lifecycle.NotNow, match="In review"):
        lifecycle.submit(draft, by=manager, now=now)


def test_every_status_and_verb_has_a_sentence():
    assert set(lifecycle.SENTENCES) == set(Programme.Status.values)
    assert set(lifecycle.VERBS) == {"create", "edit", *lifecycle.TRANSITIONS}


@pytest.mark.parametrize(
    "statement", ["UPDATE catalog_programmeversion SET price = 1", "DELETE FROM catalog_programmeversion"]
)
def test_the_database_refuses_to_change_a_version(published, statement):
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_a_published_programme_without_a_version(draft):
    with pytest.raises(IntegrityError, match="programme_on_menu_has_version"), transaction.atomic():
        Programme.objects.filter(pk=draft.pk).update(status="published")


def test_the_database_refuses_a_revision_of_a_draft(draft):
    with pytest.raises(IntegrityError, match="programme_revises_what_was_published"), transaction.atomic():
        Programme.objects.filter(pk=draft.pk).update(revision="edited")


def test_timeline_names_who_acted_and_hides_field_names(draft, manager, now):
    services.edit_draft(draft, {"title": "改"}, by=manager, now=now)

    newest = lifecycle.timeline(draft.history.order_by("-pk"))[0]

    assert (str(newest["what"]), newest["note"], newest["system"]) == ("Draft changed", "", False)
    assert newest["who"] == f"{manager.user} · {manager.organisation}"


def test_reason_of_return_lasts_until_it_is_handed_in_again(draft, manager, officer, now):
    def reason() -> str:
        return lifecycle.reason_of_return(draft.history.order_by("-pk"))

    assert reason() == ""
    lifecycle.submit(draft, by=manager, now=now)
    lifecycle.send_back(draft, by=officer, now=now, reason=REASON)
    services.edit_draft(draft, make_content(title="改"), by=manager, now=now)
    assert reason() == REASON
    lifecycle.submit(draft, by=manager, now=now)
    assert reason() == ""


def test_messages_go_to_people_who_may_still_sign_in(draft, manager, officer, now):
    make_member(officer.organisation, "officer", user=make_user(is_active=False))

    lifecycle.submit(draft, by=manager, now=now)

    assert list(Message.objects.values_list("recipient", flat=True)) == [officer.user.pk]
