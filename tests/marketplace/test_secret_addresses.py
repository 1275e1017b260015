"""An address that is a key opens a page to whoever reads it: neither the site's log nor the proxy's holds one."""

import logging
import re
from urllib.parse import quote

import pytest
from django.conf import settings

from core.logs import SecretsFilter
from marketplace.addresses import all_addresses
from organisations.acting import Acting
from people import joint
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian

CADDYFILE = (settings.BASE_DIR / "Caddyfile").read_text(encoding="utf-8")
SECRET = "s3cr-_=.:t"
NUMBERS = {"int", "bigint"}
# Places of words that open nothing: what they name is shown to whoever may see it, and to nobody else.
NO_KEYS = {"kind", "number", "path", "pk", "purpose", "sign_up", "slug", "uidb36", "verb", "what"}


def places(pattern: str) -> set[str]:
    """The names of an address's places but those of numbers."""
    return {name for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", pattern) if kind not in NUMBERS}


def keys() -> set[str]:
    """The addresses that may be keys. Those of the admin open nothing to who is not logged in."""
    patterns = {each.pattern for each in all_addresses() if not each.pattern.startswith("/cms/")}
    return {pattern for pattern in patterns if places(pattern) - NO_KEYS}


def filled(pattern: str) -> str:
    """The address with a secret in each place."""
    return re.sub(r"<[^>]+>", SECRET, pattern)


def written_by_the_proxy(field: str, text: str) -> str:
    """What stands of a field in each of the proxy's log lines."""
    hidden = re.search(re.escape(field) + r' regexp "(?P<what>\S+)" "(?P<by>\S+)"', CADDYFILE)
    assert hidden
    return re.sub(hidden["what"], hidden["by"].replace("$1", r"\1"), text)


def written_by_the_site(text: str) -> str:
    """What stands of a message in the site's log."""
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (text,), None)
    SecretsFilter().filter(record)
    return record.getMessage()


def test_the_addresses_that_are_keys_are_found():
    assert {"/calendar/<slug:secret>.ics", "/my/guardian/<str:secret>/", "/accounts/confirm-email/<key>/"} <= keys()
    assert "/catalog/<slug:slug>/" not in keys()


@pytest.mark.parametrize(
    "way", ["{path}", "{path}?lang=en", "/accounts/login/?next={path}&x=1", "/accounts/login/?next={quoted}&x=1"]
)
def test_asking_for_an_address_that_is_a_key_writes_it_down_nowhere(way):
    for path in map(filled, keys()):
        asked = way.format(path=path, quoted=quote(path, safe=""))

        assert "s3cr" not in written_by_the_site(asked)
        assert "s3cr" not in written_by_the_proxy("request>uri", asked)
        assert "s3cr" not in written_by_the_proxy("resp_headers>Location", asked)


def test_the_link_of_the_first_run_is_written_down_nowhere():
    way = f"/setup/?lang=en&token={SECRET}"

    assert "s3cr" not in written_by_the_site(way)
    assert "s3cr" not in written_by_the_proxy("request>uri", way)


def test_the_proxy_s_errors_are_written_as_its_answers_are():
    whole, site = CADDYFILE.split("{$SITE_HOST} {")

    assert "request>headers>Referer delete" in whole
    assert re.search(r"\n\{\n.*\n\tlog \{\n\t\timport log_without_keys\n\t\}\n\}", whole, re.DOTALL)
    assert re.search(r"\tlog \{\n\t\toutput stdout\n\t\timport log_without_keys\n\t\}", site)


@pytest.mark.django_db
def test_a_link_for_one_more_guardian_that_was_refused_and_still_works_is_not_in_the_log(client, caplog, time_machine):
    time_machine.move_to(NOW)
    guardian = make_guardian()
    secret = joint.offer(make_child(guardian), relation="parent", by=Acting(user=guardian.user), now=NOW)
    client.force_login(guardian.user)
    caplog.handler.addFilter(SecretsFilter())

    client.post(f"/my/guardian/{secret}/", {"own_name": "王芳", "own_phone": "13800001234"})

    assert joint.find_link(secret, now=NOW)
    assert "/my/guardian/***" in caplog.text
    assert secret not in caplog.text
