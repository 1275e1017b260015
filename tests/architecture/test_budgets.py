"""Files, functions, templates and apps stay small; what is longer says why in a comment ``Over budget: ...``."""

import pytest
from django.apps import apps

from tests.architecture import guards

pytestmark = pytest.mark.slow


def test_files_stay_within_400_lines():
    found = guards.sources(*guards.apps(), "bin", "bench", "tests")
    assert [c for path, text in found for c in guards.too_long(path, text)] == []


def test_functions_stay_within_50_lines():
    found = guards.sources(*guards.apps(), "bin")
    assert [c for path, text in found for c in guards.long_functions(path, text)] == []


def test_templates_stay_within_150_lines():
    found = [c for path, text in guards.templates() for c in guards.too_long(path, text, guards.MAX_TEMPLATE)]
    assert found == []


@pytest.mark.parametrize("app", guards.apps())
def test_apps_stay_within_4000_lines_and_12_models(app):
    lines = sum(text.count("\n") for _, text in guards.sources(app))
    models = [m for m in apps.get_app_config(app).get_models() if not hasattr(m, "history_object")]
    concrete = [m.__name__ for m in models if not m.__name__.endswith("History") and not m._meta.auto_created]

    reason = guards.LARGE_APPS.get(app, "")
    assert lines <= guards.MAX_APP or reason, f"{app} has {lines} lines"
    assert len(concrete) <= guards.MAX_MODELS or reason, f"{app} has {len(concrete)} models: {concrete}"
