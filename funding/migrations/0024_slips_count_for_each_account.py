"""A number of the bank counts once for each account, or League, that it is of; one of Stripe once in all."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0023_refunds_by_two_people'),
        ('organisations', '0003_venue_and_invitation_submission'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='donation',
            name='donation_bank_reference_once',
        ),
        migrations.RemoveConstraint(
            model_name='payout',
            name='payout_bank_reference_once',
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.UniqueConstraint(condition=models.Q(('bank_reference', ''), _negated=True), fields=('bank_reference', 'fund'), name='donation_bank_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.UniqueConstraint(condition=models.Q(('bank_reference__startswith', 'pi_')), fields=('bank_reference',), name='donation_stripe_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('bank_reference', ''), _negated=True), fields=('bank_reference', 'payer'), name='payout_bank_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('rail', 'stripe'), models.Q(('bank_reference', ''), _negated=True)), fields=('bank_reference',), name='payout_stripe_reference_once'),
        ),
    ]
