"""What the door writes down: receipts of marks that a phone had kept, and who fetched a child."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0002_guards'),
        ('people', '0003_pick_up_persons'),
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
                ('received_at', models.DateTimeField(verbose_name='when it arrived')),
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
        migrations.AddField(
            model_name='attendance',
            name='checked_out_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='handed over'),
        ),
        migrations.AddField(
            model_name='attendance',
            name='checked_out_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handed over by'),
        ),
        migrations.AddField(
            model_name='attendance',
            name='collected_by',
            field=models.CharField(blank=True, max_length=50, verbose_name='fetched by'),
        ),
        migrations.AddField(
            model_name='attendance',
            name='collected_by_guardian',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.guardian', verbose_name='fetched by a guardian'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_out_at', None), ('checked_out_by', None), ('collected_by', ''), ('collected_by_guardian', None)), models.Q(('checked_out_at__isnull', False), ('collected_by', ''), ('collected_by_guardian__isnull', False), ('status', 'present')), models.Q(('checked_out_at__isnull', False), ('collected_by_guardian', None), ('status', 'present'), models.Q(('collected_by', ''), _negated=True)), _connector='OR'), name='attendance_handed_over_to_one'),
        ),
    ]
