"""A transfer says from which of the League's accounts it is paid, also outside a batch."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0017_payer_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='payout',
            name='payer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='funding.payeraccount', verbose_name='paid from'),
        ),
    ]
