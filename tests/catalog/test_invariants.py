"""``verify`` sees each kind of broken row."""

import pytest
from django.db import connection

from catalog import invariants
from catalog.models import Programme
from core.triggers import trigger_names
from tests.factories.catalog import make_draft, make_programme


@pytest.fixture
def _no_triggers(breakable_db):
    """A database in which somebody took the guards away."""
    on = " ON catalog_programmeversion" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in trigger_names("catalog_programmeversion"):
            cursor.execute(f"DROP TRIGGER {name}{on}")


def findings() -> dict[str, list[str]]:
    return {one.key: one.check().breaches for one in invariants.INVARIANTS}


@pytest.mark.django_db
def test_invariants_hold_on_what_the_domain_writes():
    make_programme(), make_draft()

    assert [(one.key, one.check().checked) for one in invariants.INVARIANTS] == [("C5", 1), ("S1", 1)]
    assert findings() == {"C5": [], "S1": []}


@pytest.mark.usefixtures("_no_triggers")
def test_c5_sees_an_altered_price():
    version = make_programme().current_version
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_programmeversion SET price = price + 1")

    assert findings()["C5"] == [f"version {version.pk} of programme {version.programme_id} was changed"]


@pytest.mark.django_db
def test_c5_sees_a_foreign_version_on_the_menu():
    one, other = make_programme(), make_programme()
    Programme.objects.filter(pk=one.pk).update(current_version=other.current_version)

    assert findings()["C5"] == [f"programme {one.pk} shows another one's version"]


@pytest.mark.django_db
def test_search_sees_a_text_that_drifted():
    programme = make_programme()
    Programme.objects.update(search_text="x")

    assert findings()["S1"] == [f"programme {programme.pk} is found by an old text"]
