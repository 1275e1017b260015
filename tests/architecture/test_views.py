"""Every view of ours declares who may open it, and writes through the domain only."""

from django.conf import settings

from core.middleware import _GUARDED_ELSEWHERE
from marketplace.addresses import all_addresses
from tests.architecture import guards

# Views of other packages made from Django's generic ones: they declare nothing, so the middleware answers 403.
DENIED = {"/cms/test404/", "/_util/login/"}


def test_every_view_of_ours_declares_its_policy_and_methods():
    views = [(address.pattern, address.view) for address in all_addresses() if address.pattern not in DENIED]

    assert len(views) > 20
    assert guards.without_policy(views, _GUARDED_ELSEWHERE) == []


def test_views_write_no_rows_themselves():
    files = [(path, text) for path, text in guards.sources(*guards.apps()) if guards.is_view_file(path)]
    assert [c for path, text in files for c in guards.writes_in_view(path, text)] == []


def test_views_take_an_empty_form_for_a_form():
    files = [(path, text) for path, text in guards.sources(*guards.apps()) if guards.is_view_file(path)]
    assert [found for path, text in files for found in guards.takes_empty_for_a_look(path, text)] == []


def test_no_database_wraps_requests_in_a_transaction():
    assert [name for name, config in settings.DATABASES.items() if config.get("ATOMIC_REQUESTS")] == []
