"""To whom a mail or a text went is forgotten with its words from here on; what stands there goes."""

import core.encryption
from django.db import migrations, models


def forget(apps, editor):
    for name in ("Letter", "Text"):
        apps.get_model("notifications", name).objects.exclude(status="queued").update(to="")


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_encrypted_texts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='letter',
            name='letter_forgets_its_words',
        ),
        migrations.RemoveConstraint(
            model_name='text',
            name='text_forgets_its_words',
        ),
        migrations.AlterField(
            model_name='letter',
            name='to',
            field=models.EmailField(blank=True, max_length=254, verbose_name='to'),
        ),
        migrations.AlterField(
            model_name='text',
            name='to',
            field=core.encryption.EncryptedTextField(blank=True, findable=True, max_length=16, verbose_name='phone'),
        ),
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'queued'), models.Q(('body', ''), ('to', '')), _connector='OR'), name='letter_forgets_to_whom'),
        ),
        migrations.AddConstraint(
            model_name='text',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'queued'), models.Q(('body', ''), ('to', '')), _connector='OR'), name='text_forgets_to_whom'),
        ),
    ]
