"""History that was changed behind the triggers is seen, in a database of the test's own."""

from django.db import connection

from organisations import invariants
from organisations.acting import clock, record
from organisations.models import OrganisationHistory
from tests.conftest import NOW
from tests.factories.organisations import make_organisation


def test_a_step_changed_behind_the_triggers_is_seen(breakable_db):
    organisation = make_organisation("league")
    record(OrganisationHistory, clock("seed"), verb="found", after="admitted", organisation=organisation, at=NOW)
    table = OrganisationHistory._meta.db_table
    with connection.cursor() as cursor:
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {table}_no_update{on}")
        cursor.execute(f"UPDATE {table} SET after = 'refused'")

    assert len(invariants.admissions_are_recorded().breaches) == 2
