"""Each line keeps the number of its payments, and what is open has indexes of its own: no page counts all of it."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Count


def count_payments(apps, editor):
    """Write to each line how many payouts arrived and did not come back."""
    arrived = apps.get_model("funding", "Payout").objects.filter(status="paid").order_by()
    numbers = arrived.values_list("settlement__commitment__line").annotate(n=Count("pk"))
    for line, number in list(numbers):
        apps.get_model("funding", "BudgetLine").objects.filter(pk=line).update(payments=number)


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0014_disputes'),
        ('organisations', '0003_venue_and_invitation_submission'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='budgetline',
            name='payments',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='payments'),
        ),
        migrations.RunPython(count_payments, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['line'], name='commitment_open'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'sent'])), fields=['settlement'], name='payout_under_way'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(condition=models.Q(('status', 'approved')), fields=['commitment'], name='settlement_to_pay'),
        ),
    ]
