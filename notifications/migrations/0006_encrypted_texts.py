"""Number and words of a text message are stored encrypted from here on; what stands there is encrypted too."""

import core.encryption
from core.encryption import encrypt_column
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0005_text_channel'),
    ]

    operations = [
        migrations.AlterField(
            model_name='text',
            name='body',
            field=core.encryption.EncryptedTextField(blank=True, verbose_name='words'),
        ),
        migrations.AlterField(
            model_name='text',
            name='to',
            field=core.encryption.EncryptedTextField(findable=True, max_length=16, verbose_name='phone'),
        ),
        encrypt_column("notifications_text", "body"),
        encrypt_column("notifications_text", "to", findable=True),
    ]
