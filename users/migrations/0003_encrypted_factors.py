"""The secrets of second factors are stored encrypted from here on; those that stand there are encrypted too."""

import json

from django.db import migrations

from core.encryption import CHUNK, decrypt, encrypt, is_stored_encrypted
from core.operations import InDatabase

_READ = "SELECT id, data FROM mfa_authenticator WHERE type IN ('totp', 'recovery_codes') AND id > %s ORDER BY id LIMIT %s"
_WRITE = {
    "postgresql": "UPDATE mfa_authenticator SET data = CAST(%s AS jsonb) WHERE id = %s",
    "sqlite": "UPDATE mfa_authenticator SET data = %s WHERE id = %s",
}


def changed(data, change):
    for name in ("secret", "seed"):
        if name in data:
            data[name] = change(data[name])
    if "migrated_codes" in data:
        data["migrated_codes"] = [change(each) for each in data["migrated_codes"]]
    return data


def write(editor, change):
    last = 0
    with editor.connection.cursor() as cursor:
        while True:
            cursor.execute(_READ, [last, CHUNK])
            rows = cursor.fetchall()
            if not rows:
                return
            anew = [(json.dumps(changed(json.loads(data), change)), pk) for pk, data in rows]
            cursor.executemany(_WRITE[editor.connection.vendor], anew)
            last = rows[-1][0]


def forwards(editor):
    write(editor, lambda value: value if is_stored_encrypted(value) else encrypt(value))


def backwards(editor):
    write(editor, decrypt)


class Migration(migrations.Migration):
    dependencies = [("users", "0002_calendar_feed"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [InDatabase(forwards, backwards)]
