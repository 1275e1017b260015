"""Writing programmes."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from catalog import lifecycle, services
from catalog.models import Programme, ProgrammeHistory
from core.errors import SentByAnother
from organisations.meanwhile import ChangedMeanwhile
from tests.factories.catalog import make_content, make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_member(make_organisation("provider"), "manager")


def test_create_draft_keeps_every_word_byte_for_byte(manager, now):
    title = "𠮷野家𫞩🎏—“Ω”"

    draft = services.create_draft(make_content(title=title), by=manager, now=now)

    draft.refresh_from_db()
    assert (draft.title, draft.status, draft.provider) == (title, "draft", manager.organisation)
    assert draft.slug.startswith("dogs-next-door-")


def test_create_draft_names_the_address_even_without_english(manager, now):
    draft = services.create_draft(make_content(title_en="！？"), by=manager, now=now)

    assert draft.slug == f"programme-{draft.pk}"


def test_create_draft_twice_with_one_submission_makes_one(manager, now):
    number = uuid.uuid4()

    first = services.create_draft(make_content(), by=manager, now=now, submission_id=number)
    second = services.create_draft(make_content(), by=manager, now=now, submission_id=number)

    assert (first, Programme.objects.count()) == (second, 1)


def test_create_draft_that_the_database_refuses_otherwise_fails(manager, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        services.create_draft(make_content(price=-1), by=manager, now=now)


def test_create_draft_with_a_number_that_another_provider_used_is_refused(manager, now):
    number = uuid.uuid4()
    services.create_draft(make_content(), by=manager, now=now, submission_id=number)

    with pytest.raises(SentByAnother):
        services.create_draft(
            make_content(), by=make_member(make_organisation("provider"), "manager"), now=now, submission_id=number
        )


@pytest.mark.parametrize(("kind", "status"), [("office", "admitted"), ("provider", "suspended")])
def test_create_draft_is_for_admitted_providers(kind, status, now):
    with pytest.raises(services.NoProvider):
        services.create_draft(
            make_content(), by=make_member(make_organisation(kind, status=status), "manager"), now=now
        )


@pytest.mark.parametrize("field", ["min_age", "min_group"])
def test_create_draft_refuses_pairs_in_the_wrong_order(manager, now, field):
    with pytest.raises(services.BadContent) as refusal:
        services.create_draft(make_content(**{field: 30}), by=manager, now=now)

    assert refusal.value.field == field.replace("min", "max")


def test_create_draft_refuses_a_field_that_is_no_content(manager, now):
    with pytest.raises(TypeError, match="status"):
        services.create_draft(make_content(status="published"), by=manager, now=now)


@pytest.mark.parametrize(
    "steps",
    [
        [{"title": ""}],
        [{"title": "长" * 41}],
        [{"title": "a", "minutes": "x"}],
        [{"title": "a", "minutes": -1}],
        [{"title": "a"}] * 13,
    ],
)
def test_clean_steps_refuses_what_cannot_be_shown(steps):
    with pytest.raises(services.BadContent):
        services.clean_steps(steps)


def test_clean_steps_takes_the_first_character_as_sign():
    assert services.clean_steps([{"title": " 看一看 ", "minutes": None, "other": 1}]) == [
        {"mark": "看", "title": "看一看", "title_en": "", "text": "", "text_en": "", "minutes": 0}
    ]


def test_edit_draft_of_a_published_programme_leaves_the_version(manager, now):
    programme = make_programme(by=manager)
    version = programme.current_version

    programme = services.edit_draft(programme, {"title": "新"}, by=manager, now=now)

    version.refresh_from_db()
    assert (programme.revision, programme.title, version.title == "新") == ("edited", "新", False)


def test_edit_draft_back_to_the_version_has_no_changes_left(manager, now):
    programme = make_programme(by=manager)
    title = programme.title

    services.edit_draft(programme, {"title": "新"}, by=manager, now=now)
    programme = services.edit_draft(programme, {"title": title}, by=manager, now=now)

    assert programme.revision == ""


def test_edit_draft_without_a_change_writes_nothing(manager, now):
    draft = make_draft(by=manager)

    services.edit_draft(draft, {"title": draft.title}, by=manager, now=now)

    draft.refresh_from_db()
    assert (draft.edits, draft.history.filter(verb="edit").count()) == (0, 0)


def test_edit_draft_notes_the_names_of_the_fields(manager, now):
    draft = make_draft(by=manager)

    services.edit_draft(draft, {"title": "新", "theme": "law"}, by=manager, now=now)

    assert ProgrammeHistory.objects.order_by("-pk")[0].note == "theme, title"


def test_edit_draft_refuses_a_stale_form_and_says_who_was_faster(manager, now):
    draft = make_draft(by=manager)
    services.edit_draft(draft, {"title": "新"}, by=manager, now=now, seen=0)

    with pytest.raises(ChangedMeanwhile, match=manager.user.name):
        services.edit_draft(draft, {"title": "旧"}, by=manager, now=now, seen=0)

    draft.refresh_from_db()
    assert draft.title == "新"


def test_edit_draft_waits_while_the_league_reads(manager, now):
    draft = lifecycle.submit(make_draft(by=manager), by=manager, now=now)

    with pytest.raises(services.UnderReview):
        services.edit_draft(draft, {"title": "新"}, by=manager, now=now)


def test_edit_draft_of_changes_in_review_waits_too(manager, now):
    programme = make_programme(by=manager)
    services.edit_draft(programme, {"title": "新"}, by=manager, now=now)
    lifecycle.submit(programme, by=manager, now=now)

    with pytest.raises(services.UnderReview):
        services.edit_draft(programme, {"title": "又"}, by=manager, now=now)


def test_edit_draft_refuses_what_is_retired(manager, now):
    programme = lifecycle.retire(make_programme(by=manager), by=manager, now=now)

    with pytest.raises(services.NoLongerOffered):
        services.edit_draft(programme, {"title": "新"}, by=manager, now=now)


def test_edit_draft_changes_the_series(manager, now):
    draft = make_draft(by=manager)

    draft = services.edit_draft(draft, {}, by=manager, now=now, series=("周末实践营", "Weekend camp"))

    assert (draft.series.name_en, draft.edits) == ("Weekend camp", 1)


def test_a_series_is_found_again_by_its_name_and_left_by_an_empty_one(manager, now):
    first, second = (
        services.create_draft(make_content(), by=manager, now=now, series=("周末实践营", name_en))
        for name_en in ["Weekend camp", "Camp"]
    )

    assert (second.series, second.series.name_en) == (first.series, "Weekend camp")
    assert services.edit_draft(second, {}, by=manager, now=now).series is None


def test_content_of_a_version_makes_an_equal_draft(manager, now):
    programme = make_programme(by=manager, min_age=9)

    copy = services.create_draft(services.content_of(programme.current_version), by=manager, now=now)

    assert services.differences(copy, programme.current_version) == []


def test_set_card_facts_takes_only_known_facts():
    programme = make_programme()

    services.set_card_facts(programme.pk, rating_sum=24, rating_count=5, places_left=3)

    programme.refresh_from_db()
    assert (programme.published_mean, programme.places_left) == (4.8, 3)
    with pytest.raises(TypeError, match="status"):
        services.set_card_facts(programme.pk, status="retired")


def test_published_mean_waits_for_five_raters():
    assert Programme(rating_sum=20, rating_count=4).published_mean is None


def test_refresh_search_repairs_what_drifted(manager):
    programme = make_programme(by=manager)
    text = programme.search_text
    Programme.objects.update(search_text="")
    make_draft(by=manager)

    assert services.refresh_search(Programme.objects.all()) == 1
    programme.refresh_from_db()
    assert (programme.search_text, services.refresh_search(Programme.objects.all())) == (text, 0)
