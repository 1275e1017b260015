"""Fewer indexes to write at a sign-up: other indexes begin with the same columns.

What keeps a child from two sign-ups for one session begins with the child, so that the database finds a child's by it;
beginning with the session it was read as a whole. Altering the key to the child has made it wait for the commit again.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import InDatabase


def check_the_child_at_once(editor):
    """As migration 0008 did."""
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'activities_signup'::regclass "
                "AND confrelid = 'people_child'::regclass"
            )
            for (name,) in cursor.fetchall():
                editor.execute(f'ALTER TABLE activities_signup ALTER CONSTRAINT "{name}" DEFERRABLE INITIALLY IMMEDIATE')


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0010_looks_are_forgotten'),
        ('people', '0007_erased'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='signup',
            name='signup_child_once',
        ),
        migrations.AlterField(
            model_name='party',
            name='session',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='activities.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='signup',
            name='child',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sign_ups', to='people.child', verbose_name='child'),
        ),
        migrations.AlterField(
            model_name='signup',
            name='session',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sign_ups', to='activities.session', verbose_name='session'),
        ),
        migrations.AddConstraint(
            model_name='signup',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['confirmed', 'offered', 'waiting'])), fields=('child', 'session'), name='signup_child_once'),
        ),
        InDatabase(check_the_child_at_once, migrations.RunPython.noop),
    ]
