"""What the door writes down: receipts of marks that a phone had kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0002_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='UploadedMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(editable=False, unique=True, verbose_name="the phone's number")),
                ('verb', models.CharField(max_length=7, verbose_name='what was tapped')),
                ('made_at', models.DateTimeField(verbose_name='tapped')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('by_user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='marked by')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploaded_marks', to='activities.session', verbose_name='session')),
                ('sign_up', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploaded_marks', to='activities.signup', verbose_name='sign-up')),
            ],
            options={
                'verbose_name': 'uploaded mark',
                'verbose_name_plural': 'uploaded marks',
            },
        ),
        append_only('activities_uploadedmark'),
    ]
