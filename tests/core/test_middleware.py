"""What no view ever sees: other character sets, NULs, bodies over the limit, methods that are not declared."""

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import Client, RequestFactory

from core.middleware import ContentPolicyMiddleware
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
PARTS = b'--B\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--B--\r\n'


@pytest.fixture
def client():
    return Client(raise_request_exception=False, headers={"accept-language": "en"})


@pytest.mark.parametrize("charset", ["utf-16", "unicode_escape", "utf-7", "big5"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=B"])
def test_post_in_another_character_set_is_refused(client, kind, charset):
    answer = client.generic("POST", "/accounts/login/?q=a", PARTS, content_type=f"{kind}; charset={charset}")

    assert answer.status_code == 400
    assert "We could not read that" in answer.content.decode()


def test_get_in_another_character_set_is_refused(client):
    answer = client.get("/catalog/?q=a", CONTENT_TYPE="text/plain; charset=utf-16")

    assert answer.status_code == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "no-such-charset"])
def test_post_in_utf_8_by_any_name_is_read(client, charset):
    answer = client.generic("POST", "/accounts/login/", PARTS, f"multipart/form-data; boundary=B; charset={charset}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/catalog/?q=a%00b", "/catalog/?q%00=b", "/catalog/a%00b/", "/sessions/week/?region=%00"]
)
def test_nul_in_an_address_is_refused(client, path):
    assert client.get(path).status_code == 400


def test_percent_sign_before_zeros_is_no_nul(client):
    assert client.get("/catalog/", {"q": "%00"}).status_code == 200


@pytest.mark.parametrize(("language", "sentence"), [("en", "up to 2.6 MB"), ("zh-hans", "2.6")])
def test_texts_over_the_limit_are_refused_with_a_sentence_in_the_pages_language(client, language, sentence):
    client.cookies["django_language"] = language

    plain = client.post(f"/accounts/login/?lang={language}", "login=" + "x" * 2_700_000, content_type=FORM)
    among_files = client.post(f"/accounts/login/?lang={language}", {"login": "x" * 2_700_000})

    for answer in (plain, among_files):
        assert answer.status_code == 413
        assert sentence in answer.content.decode()
        assert ("太大" in answer.content.decode()) == (language == "zh-hans")


def test_body_over_the_limit_answers_in_the_language_asked_for(client):
    answer = client.post("/accounts/login/?lang=zh-hans", "login=" + "x" * 2_700_000, content_type=FORM)

    assert 'lang="zh-Hans"' in answer.content.decode()


@pytest.mark.parametrize("length", ["-5", "9" * 30])
def test_length_that_is_none_is_no_error_of_ours(client, length):
    assert client.post("/accounts/login/", "login=x", content_type=FORM, CONTENT_LENGTH=length).status_code < 500


def test_method_that_is_not_declared_is_told_in_words(client):
    answer = client.put("/catalog/")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This address only takes a form" in answer.content.decode()


def test_more_fields_than_the_limit_are_refused(client):
    answer = client.post("/accounts/login/", "&".join(f"a{n}=1" for n in range(2_001)), content_type=FORM)

    assert answer.status_code == 400


def csp_header(middleware, path="/", **own):
    """The policy that an answer leaves with; ``own`` is what a view has asked for it."""
    answer = HttpResponse()
    for name, value in own.items():
        setattr(answer, name, value)
    middleware.get_response = lambda _request: answer
    return middleware(RequestFactory().get(path)).get("Content-Security-Policy")


def test_the_content_policy_is_what_the_package_writes_each_time():
    ours, package = (kind(lambda _request: HttpResponse()) for kind in (ContentPolicyMiddleware, CSPMiddleware))
    own = {"_csp_update": {"img-src": ["https://pictures.example"]}}

    first, second = csp_header(ours), csp_header(ours)
    assert first == second == csp_header(package)
    assert "pictures.example" in csp_header(ours, **own) == csp_header(package, **own)
    assert csp_header(ours) == first  # what one view asks for is its own
    assert csp_header(package, "/cms/") is None
    assert "frame-ancestors 'self'" in csp_header(ours, "/cms/")
    assert "form-action 'self'" in csp_header(ours, "/cms/")
    assert csp_header(ours, _csp_exempt=True) is None


@pytest.mark.parametrize(
    ("path", "status"), [("/catalog/", 200), ("/accounts/login/", 200), ("/nowhere/", 404), ("/my/", 302)]
)
def test_each_answer_says_what_a_browser_may_do_with_it(client, path, status):
    answer = client.get(path)

    policy = answer["Content-Security-Policy"]
    assert answer.status_code == status
    assert [word for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*") if word in policy] == []
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= {
        part.strip() for part in policy.split(";")
    }
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")
    assert answer["Referrer-Policy"] == "same-origin"


def test_no_script_reads_a_cookie_and_no_other_site_sends_one(client):
    make_user("own@example.test")
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "own@example.test", "password": "demo-city-2026"})

    client.get("/catalog/?lang=en&text=large")
    kept = {name: cookie for name, cookie in client.cookies.items() if cookie.value}
    assert {"csrftoken", "sessionid", "text_size"} < set(kept)
    assert {(cookie["httponly"], cookie["samesite"]) for cookie in kept.values()} == {(True, "Lax")}
