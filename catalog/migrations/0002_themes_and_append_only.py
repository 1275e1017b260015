"""Name the city's themes; make versions and the history of programmes append-only."""

from django.db import migrations

from core.triggers import append_only

THEMES = [
    ("practice", "周末实践", "Weekend practice"),
    ("school", "课后陪伴", "After school"),
    ("safety", "安全自护", "Safety"),
    ("law", "法治教育", "Law and rights"),
    ("mind", "心理关爱", "Mind and feelings"),
    ("welfare", "公益体验", "Public welfare"),
    ("culture", "传统文化", "Culture"),
    ("science", "科学探索", "Science"),
]


def name_themes(apps, editor):
    Theme = apps.get_model("catalog", "Theme")
    for position, (slug, name, name_en) in enumerate(THEMES, start=1):
        Theme.objects.get_or_create(slug=slug, defaults={"name": name, "name_en": name_en, "position": position})


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunPython(name_themes, migrations.RunPython.noop),
        append_only("catalog_programmeversion", "catalog_programmehistory"),
    ]
