"""Looks at whom an incident of data concerns are kept beside those at lists.

SQLite builds the table anew, and with it goes what keeps looks from being changed: it is made again.
"""

from django.db import migrations, models

from core.operations import InDatabase
from core.triggers import append_only, deletable_after

KEPT = [append_only("activities_rosteraccess"), deletable_after("activities_rosteraccess", "at", days=3 * 365 - 1)]


def keep(editor):
    for step in KEPT:
        step.forwards(editor)


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0013_looks_at_families'),
    ]

    operations = [
        InDatabase(lambda _editor: None, keep),
        migrations.RemoveConstraint(
            model_name='rosteraccess',
            name='roster_access_has_session',
        ),
        migrations.AlterField(
            model_name='rosteraccess',
            name='purpose',
            field=models.CharField(choices=[('check_in', 'Check-in'), ('health', 'Health note'), ('call', 'Calling the family'), ('print', 'Printed list'), ('walk_in', 'Somebody at the door'), ('insurance', 'List for the insurance'), ('emergency', 'List for an emergency'), ('objection', 'Deciding an objection'), ('families', 'Families of the office'), ('on_behalf', 'Sign-up on behalf of a family'), ('suspend', "Suspending a guardian's sign-ups"), ('incident', 'Handling an incident of data')], max_length=10, verbose_name='purpose'),
        ),
        migrations.AddConstraint(
            model_name='rosteraccess',
            constraint=models.CheckConstraint(condition=models.Q(('session__isnull', False), ('purpose__in', ['families', 'suspend', 'incident']), _connector='OR'), name='roster_access_has_session'),
        ),
        *KEPT,
    ]
