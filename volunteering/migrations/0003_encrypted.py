"""Phones and the like are stored encrypted from here on; what stands there is encrypted too."""

import core.encryption
from core.encryption import encrypt_column
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('volunteering', '0002_append_only_and_overlaps'),
    ]

    operations = [
        migrations.AlterField(
            model_name='assignment',
            name='emergency_contact',
            field=core.encryption.EncryptedTextField(max_length=100, verbose_name='emergency contact'),
        ),
        encrypt_column("volunteering_assignment", "emergency_contact"),
    ]
