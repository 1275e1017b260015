"""Each guardianship says when it ends: on the 18th birthday at the latest."""

from datetime import date

from django.db import migrations

SOME = 1_000


def _birthday(birth):
    try:
        return birth.replace(year=birth.year + 18)
    except ValueError:
        return date(birth.year + 18, 3, 1)


def write(apps, schema_editor):
    model = apps.get_model("people", "Guardianship")
    rows = model.objects.filter(ends_on=None).select_related("child").only("starts_on", "ends_on", "child__birth_date")
    while some := list(rows.order_by("pk")[:SOME]):
        for row in some:
            row.ends_on = max(_birthday(row.child.birth_date), row.starts_on)
        model.objects.bulk_update(some, ["ends_on"])


class Migration(migrations.Migration):
    dependencies = [("people", "0007_erased")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
