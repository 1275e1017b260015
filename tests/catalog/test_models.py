"""What a programme says in the reader's language, and what the database refuses."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from catalog.models import Programme, Series, Theme
from tests.factories.catalog import make_draft
from tests.factories.organisations import make_organisation

pytestmark = pytest.mark.django_db
FIELDS = ["title", "summary", "description", "venue_needs", "bring", "risks", "insurance"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_text_is_english_where_there_is_one_else_chinese(field):
    draft = make_draft(**{field: "中文", f"{field}_en": "English"})

    assert getattr(draft, f"{field}_local") == "English"
    with translation.override("zh-hans"):
        assert getattr(draft, f"{field}_local") == "中文"
    setattr(draft, f"{field}_en", "")
    assert (getattr(draft, f"{field}_local"), draft.is_foreign(field)) == ("中文", True)


def test_steps_are_in_the_readers_language():
    draft = make_draft(steps=[{"title": "看", "title_en": "Look", "text": "数一数"}])

    assert [(step["title"], step["text"]) for step in draft.steps_local] == [("Look", "数一数")]
    with translation.override("zh-hans"):
        assert draft.steps_local[0]["title"] == "看"


def test_names_are_in_the_readers_language():
    series = Series(provider=make_organisation(), name="实践营", name_en="Camp")
    theme = Theme.objects.get(pk="law")

    assert (str(series), str(theme)) == ("Camp", "Law and rights")
    with translation.override("zh-hans"):
        assert (str(series), str(theme), str(make_draft(title="调查"))) == ("实践营", "法治教育", "调查")


def test_a_draft_shows_itself():
    draft = make_draft()

    assert (draft.shown, draft.number) == (draft, draft.pk)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("programme_ages_in_order", {"min_age": 20}),
        ("programme_group_in_order", {"min_group": 90}),
        ("programme_group_not_empty", {"min_group": 0}),
        ("programme_lasts", {"duration_minutes": 0}),
        ("programme_has_crew", {"crew_size": 0}),
    ],
)
def test_the_database_refuses_nonsense(name, change):
    draft = make_draft()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Programme.objects.filter(pk=draft.pk).update(**change)
