"""What login sessions hold is stored encrypted from here on; those that stand there go on, encrypted too.

Only those that this site signed: encrypted, what somebody else wrote would open a login. All others end here.
"""

import json

import core.encryption
from core.encryption import CHUNK, KeyMissing, decrypt, encrypt, is_stored_encrypted
from core.operations import InDatabase
from django.core import signing
from django.db import migrations

SALT = "django.contrib.sessions.SessionStore"  # Django's, for the sessions of the release before
READ = "SELECT session_key, session_data FROM users_loginsession WHERE session_key > %s ORDER BY session_key LIMIT %s"
WRITE = "UPDATE users_loginsession SET session_data = %s WHERE session_key = %s"
END = "DELETE FROM users_loginsession WHERE session_key = %s"


def there(words):
    if is_stored_encrypted(words):  # a second run
        return words
    try:
        signing.TimestampSigner(salt=SALT).unsign(words)
    except signing.BadSignature:
        return None
    return encrypt(words)


def back(stored):
    """Return what the release before reads: signed words. What this release wrote is not signed inside."""
    try:
        words = decrypt(stored) if is_stored_encrypted(stored) else ""
        return signing.dumps(json.loads(words), salt=SALT, compress=True) if words.startswith("{") else words or None
    except KeyMissing:
        return None


def write(editor, change):
    last = ""
    with editor.connection.cursor() as cursor:
        while True:
            cursor.execute(READ, [last, CHUNK])
            rows = cursor.fetchall()
            if not rows:
                return
            anew = [(change(words), key) for key, words in rows]
            cursor.executemany(WRITE, [(words, key) for words, key in anew if words is not None])
            cursor.executemany(END, [(key,) for words, key in anew if words is None])
            last = rows[-1][0]


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0005_encrypted_phone'),
    ]

    operations = [
        migrations.AlterField(
            model_name='loginsession',
            name='session_data',
            field=core.encryption.EncryptedTextField(strict=True, verbose_name='session data'),
        ),
        InDatabase(lambda editor: write(editor, there), lambda editor: write(editor, back)),
    ]
