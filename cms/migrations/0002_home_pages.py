"""Put the Chinese and the English home page where Wagtail's welcome page stood."""

import uuid

from django.db import migrations

HOMES = [
    ("zh-hans", "00010001", "home", "青春菜单", "给身边的孩子，\n点一桌好活动", "团委出钱，社会组织开课，街道来点单。\n孩子免费参加，大家一起点评。"),
    (
        "en",
        "00010002",
        "home-en",
        "Youth Menu",
        "Order something good for the children next door",
        "The League pays, social organisations teach, neighbourhoods order. Children come for free, everybody reviews.",
    ),
]


def make_homes(apps, editor):
    Page, Site, Locale = (apps.get_model("wagtailcore", name) for name in ("Page", "Site", "Locale"))
    HomePage = apps.get_model("cms", "HomePage")
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="cms", model="homepage")
    Site.objects.filter(is_default_site=True).delete()
    Page.objects.filter(path__startswith="00010001", depth__gte=2).delete()
    translation_key = uuid.uuid4()
    homes = {}
    for language, path, slug, title, heading, lede in HOMES:
        locale, _ = Locale.objects.get_or_create(language_code=language)
        homes[language] = HomePage.objects.create(
            title=title,
            draft_title=title,
            slug=slug,
            url_path=f"/{slug}/",
            path=path,
            depth=2,
            numchild=0,
            content_type=kind,
            locale=locale,
            translation_key=translation_key,
            heading=heading,
            lede=lede,
        )
    Page.objects.filter(depth=1).update(numchild=len(HOMES))
    Site.objects.create(hostname="localhost", port=80, root_page=homes["zh-hans"], is_default_site=True)


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [migrations.RunPython(make_homes, migrations.RunPython.noop)]
