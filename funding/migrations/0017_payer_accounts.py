"""The League's own bank accounts, and from which of them a batch is paid; batches from before have none."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0016_orders_count_together'),
        ('organisations', '0003_venue_and_invitation_submission'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(max_length=100, verbose_name='account holder')),
                ('bank', models.CharField(max_length=100, verbose_name='bank')),
                ('number', models.CharField(max_length=40, verbose_name='account number')),
                ('set_at', models.DateTimeField(verbose_name='entered')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('league', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payer_accounts', to='organisations.organisation', verbose_name='League')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
            ],
            options={
                'verbose_name': 'account of a League',
                'verbose_name_plural': 'accounts of Leagues',
            },
        ),
        migrations.AddField(
            model_name='payoutbatch',
            name='payer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='funding.payeraccount', verbose_name='paid from'),
        ),
        migrations.CreateModel(
            name='PayerAccountHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='when')),
                ('system', models.CharField(blank=True, max_length=40, verbose_name='system actor')),
                ('verb', models.CharField(max_length=40, verbose_name='what')),
                ('before', models.CharField(blank=True, max_length=40, verbose_name='before')),
                ('after', models.CharField(blank=True, max_length=40, verbose_name='after')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='why')),
                ('request_id', models.CharField(blank=True, editable=False, max_length=36, verbose_name='request')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='funding.payeraccount', verbose_name='account of a League')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation', verbose_name='on behalf of')),
            ],
            options={
                'verbose_name': 'history of an account of a League',
                'verbose_name_plural': 'history of accounts of Leagues',
            },
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('set_by')), _negated=True)), _connector='OR'), name='payeraccount_confirmed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='payeraccount',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('league', 'number'), name='payeraccount_number_once'),
        ),
        append_only("funding_payeraccounthistory"),
    ]
