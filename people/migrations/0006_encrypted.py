"""Phones and the like are stored encrypted from here on; what stands there is encrypted too."""

import core.encryption
from core.encryption import encrypt_column
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0003_venue_and_invitation_submission'),
        ('people', '0005_family_suspension'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='familyimport',
            name='rows',
            field=core.encryption.EncryptedJSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='familyimport',
            name='shown_new',
            field=core.encryption.EncryptedJSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='guardian',
            name='phone',
            field=core.encryption.EncryptedTextField(blank=True, findable=True, max_length=16, verbose_name='phone'),
        ),
        migrations.AlterField(
            model_name='pickupperson',
            name='phone',
            field=core.encryption.EncryptedTextField(blank=True, max_length=16, verbose_name='phone'),
        ),
        migrations.AddIndex(
            model_name='guardian',
            index=models.Index(django.db.models.functions.text.Left('phone', 41), name='guardian_by_phone'),
        ),
        encrypt_column("people_familyimport", "rows"),
        encrypt_column("people_familyimport", "shown_new"),
        encrypt_column("people_guardian", "phone", findable=True),
        encrypt_column("people_pickupperson", "phone"),
    ]
