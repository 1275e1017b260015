"""Devices by the names that people know them by."""

import pytest
from django.utils import translation

from tests.factories.users import make_user
from users.devices import device_name

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (Linux; Android 14; V2) AppleWebKit/537.36 Chrome/116.0 Mobile MicroMessenger/8.0 NetType/WIFI"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


@pytest.mark.parametrize(
    ("described", "name"),
    [
        (WINDOWS, "Chrome · Windows"),
        (WINDOWS + " Edg/126.0", "Edge · Windows"),
        (WECHAT, "WeChat · Android"),
        (IPHONE, "Safari · iPhone"),
        ("curl/8", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_device_is_called_by_browser_and_system(described, name):
    with translation.override("en"):
        assert device_name(described) == name


@pytest.mark.django_db
def test_devices_page_names_each_and_marks_this_one(client):
    make_user("own@example.test")
    client.post(
        "/accounts/login/", {"login": "own@example.test", "password": "demo-city-2026"}, headers={"user-agent": IPHONE}
    )

    page = client.get("/accounts/sessions/", headers={"user-agent": IPHONE}).text

    assert "Safari · iPhone" in page
    assert "Mozilla" not in page
    assert page.count("这台设备") == 1
