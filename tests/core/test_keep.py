"""A kept piece of a page is made once for many, and never carries one visitor's token to another."""

from django.middleware.csrf import get_token
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils.translation import override

PIECE = "{% keep shelf colour %}<p>{{ colour }} {{ maker }} {% translate 'Menu' %}</p>{% endkeep %}"


def shown(text: str, **values: object) -> str:
    """Render as a page's template would be, each time for a visitor of their own."""
    return Template(text).render(RequestContext(RequestFactory().get("/"), values))


def test_a_piece_is_made_once_for_the_same_values_and_anew_for_others():
    assert "red first" in shown(PIECE, colour="red", maker="first")
    assert "red first" in shown(PIECE, colour="red", maker="second")
    assert "blue second" in shown(PIECE, colour="blue", maker="second")


def test_a_piece_is_kept_for_each_language():
    with override("en"):
        assert "Menu" in shown(PIECE, colour="red", maker="x")
    with override("zh-hans"):
        assert "菜单" in shown(PIECE, colour="red", maker="x")


def test_each_visitor_gets_their_own_token_in_a_kept_form():
    form = Template("{% keep out %}<form>{% csrf_token %}</form>{% endkeep %}")
    pages = []
    for _visitor in range(2):
        request = RequestFactory().get("/")
        page = form.render(RequestContext(request))
        secret = request.META["CSRF_COOKIE"]
        assert secret not in page
        pages.append(page)
        get_token(request)
        assert request.META["CSRF_COOKIE"] == secret  # the page's token belongs to this secret

    assert pages[0] != pages[1]
    assert all('name="csrfmiddlewaretoken" value="' in page and "token-stands-here" not in page for page in pages)


def test_another_piece_of_the_same_values_is_another_piece():
    assert shown("{% keep one colour %}one{% endkeep %}{% keep two colour %}two{% endkeep %}", colour="red") == "onetwo"
