"""A guardian answers once for a child: rows of the same two become one, then the database refuses a second."""

from django.db import migrations, models
from django.db.models import Count

CONSTRAINT = models.UniqueConstraint(fields=["guardian", "child"], name="guardianship_once")


def _end(row):
    """An open end is the last of all."""
    return row.ends_on is None, row.ends_on or row.starts_on, row.pk


def merge(apps, schema_editor):
    """Keep of each pair the row that ends last, from when those that run into it began.

    A gap stays one: in it somebody did not answer, and what the rows before it said was over.
    """
    model = apps.get_model("people", "Guardianship")
    pairs = model.objects.order_by().values("guardian", "child").annotate(n=Count("pk")).filter(n__gt=1)
    for pair in list(pairs):
        rows = sorted(model.objects.filter(guardian=pair["guardian"], child=pair["child"]), key=_end, reverse=True)
        kept, *others = rows
        for row in others:
            if row.ends_on is None or row.ends_on >= kept.starts_on:
                kept.starts_on = min(kept.starts_on, row.starts_on)
        model.objects.filter(pk__in=[row.pk for row in others]).delete()
        kept.save(update_fields=["starts_on"])


class Migration(migrations.Migration):
    dependencies = [("people", "0008_guardianship_ends_at_18")]

    operations = [
        migrations.RunPython(merge, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="guardianship", name="guardianship_once"),
        migrations.AddConstraint(model_name="guardianship", constraint=CONSTRAINT),
    ]
