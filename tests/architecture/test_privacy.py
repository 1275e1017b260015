"""Every model says in its app's ``privacy.py`` what it holds of people; nothing that looks personal is left out."""

import pytest
from django.conf import settings
from django.db import models

from activities.models import Attendance, SignUpHistory
from catalog.models import Programme
from core import privacy
from core.privacy import Record, Unclassified, Whom
from people.models import Child, Guardian
from privacy import register


def test_every_field_that_looks_personal_is_classified():
    found = []
    for each in privacy.fields():
        try:
            privacy.personal(each)
        except Unclassified as gap:
            found.append(str(gap))

    assert found == []


def test_every_model_of_ours_has_a_record():
    ours = {each.model for each in privacy.fields() if each.model._meta.app_label in settings.OUR_APPS}

    assert [
        model._meta.label for model in ours if not model._meta.auto_created and not privacy.is_classified(model)
    ] == []


def test_records_name_fields_that_exist():
    found = []
    for model, record in privacy.records().items():
        names = {each.name for each in model._meta.get_fields()}
        found += [f"{model.__name__}.{name}" for name in [*record.fields, *record.plain.split()] if name not in names]
    assert found == []


@pytest.mark.parametrize(
    "field",
    [
        models.CharField(name="school_name", max_length=9),
        models.EmailField(name="where_to"),
        models.DateField(name="birthday"),
        models.JSONField(name="answers"),
        models.TextField(name="anything"),
        models.FileField(name="scan"),
    ],
    ids=lambda field: field.name,
)
def test_a_new_field_that_looks_personal_and_is_classified_nowhere_is_reported(field):
    field.model = Programme  # of which nothing is personal
    with pytest.raises(Unclassified, match=r"catalog/privacy\.py"):
        privacy.personal(field)


def test_what_is_only_a_number_a_choice_or_a_moment_does_not_look_personal():
    plain = [models.IntegerField(name="name"), models.DateField(name="starts_on"), models.DateTimeField(name="text_at")]
    chosen = models.CharField(name="reason", max_length=2, choices=[("a", "b")])

    assert [each.name for each in [*plain, chosen] if privacy.looks_personal(each)] == []


def test_a_record_holds_for_versions_and_for_what_extends_it(monkeypatch):
    said = privacy.personal(Child._meta.get_field("birth_date"))
    assert said is not None
    assert said.whom == Whom.CHILD
    assert privacy.personal(SignUpHistory._meta.get_field("note")) is None
    assert privacy.personal(Programme.changes.model._meta.get_field("description")) is None

    monkeypatch.setattr(privacy, "records", lambda: {Child: Record(), Guardian: Record(is_person=True)})
    with pytest.raises(Unclassified):
        privacy.personal(Child._meta.get_field("name"))
    assert privacy.is_link(Attendance._meta.get_field("collected_by_guardian"))
    assert not privacy.is_link(Attendance._meta.get_field("sign_up"))


def test_the_register_has_a_line_for_each_purpose_and_names_no_model():
    lines = register.lines()

    assert set(lines) == set(Whom)
    assert all(lines.values())
    whole = {str(line.personal.what) for each in lines.values() for line in each}
    assert len(whole) == sum(map(len, lines.values())) > 25
    assert "funding.Transfer" in register.silent()
    assert "people.Child" in {title.split()[0] for title, _rows in register.tables()}
