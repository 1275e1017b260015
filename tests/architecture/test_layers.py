"""Apps stand on layers; imports and foreign keys point down only, and modules inside an app have an order."""

from django.apps import apps
from django.db.models import Field

from tests.architecture import guards


def test_imports_between_apps_point_down():
    assert [c for path, text in guards.sources(*guards.apps()) for c in guards.upward_imports(path, text)] == []


def test_migrations_import_no_other_app_above():
    found = guards.sources(*guards.apps(), but=())
    assert [c for path, text in found if "/migrations/" in path for c in guards.upward_imports(path, text)] == []


def test_foreign_keys_between_apps_point_down():
    edges = [
        (model._meta.app_label, field.related_model._meta.app_label, f"{model.__name__}.{field.name}")
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.is_relation and hasattr(field.related_model, "_meta")
    ]

    assert edges
    assert guards.upward_relations(edges) == []


def test_modules_inside_an_app_keep_their_order():
    assert [c for path, text in guards.sources(*guards.apps()) for c in guards.wrong_order_inside(path, text)] == []


def test_nobody_imports_the_tests():
    found = guards.sources(*guards.apps(), "bin")
    assert guards.imports_of("tests", found) == []


def test_stripe_is_imported_in_one_file_at_most():
    found = guards.imports_of("stripe", guards.sources(*guards.apps()))
    assert set(found) <= {"funding/gateway.py"}


def test_two_files_ask_other_hosts_and_both_go_by_settings_alone():
    """Nobody who writes on a page chooses an address that the site asks. allauth asks WeChat, by settings too."""
    ways = ("aiohttp", "ftplib", "httpx", "requests", "smtplib", "socket", "stripe", "urllib3")
    files = list(guards.sources(*guards.apps()))
    found = {path for way in ways for path in guards.imports_of(way, files)}
    found |= {
        path for path, text in files for _, name in guards.imports(path, text) if name.startswith("urllib.request")
    }
    found |= {path for path, text in files for _, name in guards.imports(path, text) if name.startswith("http.client")}

    assert found == {"funding/gateway.py", "notifications/texts.py"}


def test_every_app_has_a_layer():
    from django.conf import settings

    assert sorted(settings.OUR_APPS) == sorted(guards.apps())
