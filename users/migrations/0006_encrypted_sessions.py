"""What login sessions hold is stored encrypted from here on; those that stand there go on, encrypted too."""

import core.encryption
from core.encryption import encrypt_column
from django.db import migrations


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
        encrypt_column("users_loginsession", "session_data", key="session_key"),
    ]
