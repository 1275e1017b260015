"""The phones of logins are stored encrypted from here on; what stands there is encrypted too.

Equal ones are kept apart by an index on their keyed hash, where the column itself was unique before.
"""

import core.encryption
import django.core.validators
import django.db.models.functions.text
from core.encryption import encrypt_column
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0004_login_sessions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='phone',
            field=core.encryption.EncryptedTextField(blank=True, findable=True, help_text='With the country code, such as +86 138 0000 0000.', max_length=16, null=True, validators=[django.core.validators.RegexValidator('^\\+[1-9]\\d{6,14}$', 'Write the phone number with its country code.')], verbose_name='phone'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Left('phone', 41), name='user_phone_once'),
        ),
        encrypt_column("users_user", "phone", findable=True),
    ]
