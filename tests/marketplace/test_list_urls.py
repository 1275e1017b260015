"""``manage.py list_urls`` names every address with what its view declares."""

import json
from io import StringIO

from django.core.management import call_command


def listed(*arguments: str) -> str:
    out = StringIO()
    call_command("list_urls", *arguments, stdout=out)
    return out.getvalue()


def test_list_urls_json_has_pattern_name_methods_and_policy():
    rows = json.loads(listed("--json"))

    found = {row["pattern"]: row for row in rows}
    assert found["/healthz"] == {"pattern": "/healthz", "name": "healthz", "methods": ["GET"], "policy": "public"}
    assert found["/accounts/login/"]["policy"] == "(guarded by its own package)"


def test_list_urls_ours_leaves_out_other_packages():
    rows = json.loads(listed("--json", "--ours"))

    assert {row["pattern"] for row in rows} >= {"/healthz", "/readyz"}
    others = {row["name"].partition(":")[0] for row in rows if row["pattern"].startswith(("/accounts/", "/cms/"))}
    assert others == {
        "users",
        "wagtailadmin_account",
        "wagtailadmin_login",
    }  # which are ours, before the packages' of the same path


def test_list_urls_text_has_a_line_for_each_address():
    lines = listed("--ours").splitlines()

    assert "/healthz" in next(line for line in lines if "healthz" in line).split()
