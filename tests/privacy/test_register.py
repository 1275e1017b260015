"""The page of what is kept of people."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Birth date of the child", "to know for which activities the child is old enough", "90 days"]),
        ("zh-hans", ["孩子的出生日期", "判断孩子的年龄适合哪些活动", "90天"]),
    ],
)
def test_register_tells_everybody_what_is_kept_why_how_long_and_who_sees_it(client, language, words):
    page = client.get("/privacy/register/", headers={"accept-language": language}).text

    assert [word for word in words if word not in page] == []
    assert page.count("<tr>") > 25
