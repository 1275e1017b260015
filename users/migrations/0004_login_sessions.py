"""Login sessions know whose they are. Those of Django's own table are taken over, so that nobody has to sign in again;
whose they are is known where a device was noted with them.

Taken back, they go where they came from, while that table is there.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import InDatabase


def take_over(editor):
    if "django_session" in editor.connection.introspection.table_names():
        editor.execute(
            "INSERT INTO users_loginsession (session_key, session_data, expire_date, user_id) "
            "SELECT old.session_key, old.session_data, old.expire_date, device.user_id FROM django_session old "
            "LEFT JOIN usersessions_usersession device ON device.session_key = old.session_key "
            "WHERE old.expire_date > CURRENT_TIMESTAMP"
        )


def give_back(editor):
    if "django_session" in editor.connection.introspection.table_names():
        editor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) "
            "SELECT own.session_key, own.session_data, own.expire_date FROM users_loginsession own "
            "WHERE NOT EXISTS (SELECT 1 FROM django_session old WHERE old.session_key = own.session_key)"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0003_encrypted_factors'),
        ('usersessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LoginSession',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='login_sessions', to=settings.AUTH_USER_MODEL, verbose_name='account')),
            ],
            options={
                'verbose_name': 'login session',
                'verbose_name_plural': 'login sessions',
                'abstract': False,
            },
        ),
        InDatabase(take_over, give_back),
    ]
