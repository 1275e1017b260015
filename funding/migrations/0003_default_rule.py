"""Give every city a settlement rule from the start: at most 10 % off below a mean of 4, half pay when nobody came."""

from datetime import date

from django.db import migrations

REQUIRED_FROM = date(2020, 1, 1)


def add_rule(apps, editor):
    apps.get_model("funding", "SettlementRule").objects.create(
        required_from=REQUIRED_FROM,
        max_reduction_percent=10,
        min_raters=5,
        full_pay_mean="4.00",
        no_attendance_percent=50,
        checker_above=500_000,
    )


class Migration(migrations.Migration):
    dependencies = [("funding", "0002_guard_the_ledger")]

    operations = [migrations.RunPython(add_rule, migrations.RunPython.noop)]
