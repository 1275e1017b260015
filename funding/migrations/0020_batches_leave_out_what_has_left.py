"""A row of a batch may say that the bank paid it already."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0019_transfers_of_batches_name_their_payer'),
    ]

    operations = [
        migrations.AlterField(
            model_name='batchrow',
            name='problem',
            field=models.CharField(blank=True, choices=[('not_approved', 'It is not approved, or was paid already.'), ('under_way', 'A transfer is under way already.'), ('left', 'The bank says that an earlier transfer left, and not that it came back.'), ('invoice', 'Neither an invoice nor a reason for its absence is recorded.'), ('no_account', 'The provider has not entered a bank account yet.'), ('unconfirmed', 'Nobody else has confirmed the bank account yet.'), ('name_differs', "The account is held in another name than the organisation's."), ('too_new', 'The bank account was entered after the batch was made.'), ('own_money', 'You are a member of the provider; somebody else has to prepare it.'), ('currency', 'It is in another currency than the batch.')], max_length=12, verbose_name='why not'),
        ),
    ]
