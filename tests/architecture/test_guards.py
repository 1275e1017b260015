"""The guards bite: each is fed a bad sample and complains, and a good one and does not."""

from types import SimpleNamespace

import pytest

from core.access import public, view
from tests.architecture import guards


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("funding/services.py", "from orders.models import Order"),
        ("funding/services.py", "import orders.models"),
        ("funding/services.py", "def f():\n    from activities import signups"),
        ("funding/services.py", "from catalog.models import Programme"),
        ("core/models.py", "from users.models import User"),
        ("people/views/child.py", "from marketplace.settings import env"),
    ],
)
def test_upward_imports_of_a_higher_or_sibling_app_are_named(path, text):
    assert len(guards.upward_imports(path, text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("orders/services.py", "from funding.models import Fund"),
        ("funding/services.py", "from funding.models import Fund\nfrom . import models\nimport django.db"),
        ("marketplace/city.py", "import orders.lifecycle, core.money"),
    ],
)
def test_upward_imports_downward_or_inside_are_fine(path, text):
    assert guards.upward_imports(path, text) == []


def test_imports_relative_names_are_resolved():
    assert list(guards.imports("people/views/child.py", "from ..models import Child")) == [(1, "people.models.Child")]


def test_upward_relations_of_a_sibling_are_named():
    edges = [("funding", "catalog", "Line.theme"), ("orders", "funding", "Order.line"), ("core", "auth", "X.user")]

    assert guards.upward_relations(edges) == ["Line.theme: funding (L5) points at catalog (L5)"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("orders/models/order.py", "from orders import lifecycle"),
        ("orders/policies.py", "from orders.services import draft"),
        ("orders/lifecycle.py", "from orders.forms import OrderForm"),
        ("orders/statuses.py", "from orders.views import page"),
        ("orders/forms.py", "from .views import page"),
    ],
)
def test_wrong_order_inside_backward_import_is_named(path, text):
    assert len(guards.wrong_order_inside(path, text)) == 1


def test_wrong_order_inside_forward_import_is_fine():
    text = "from orders import lifecycle, policies\nfrom orders.models import Order\nfrom orders.statuses import Status"

    assert guards.wrong_order_inside("orders/views/order.py", text) == []
    assert guards.wrong_order_inside("orders/models/order.py", "from orders.statuses import Status") == []


def test_imports_of_finds_each_file_once():
    files = [
        ("a.py", "import stripe\nfrom stripe import x"),
        ("b.py", "import os"),
        ("c.py", "from stripe.v1 import y"),
    ]

    assert guards.imports_of("stripe", files) == ["a.py", "c.py"]


@pytest.mark.parametrize("call", ["order.save()", "Order.objects.create(x=1)", "form.save()", "rows.delete()"])
def test_writes_in_view_are_named(call):
    assert len(guards.writes_in_view("orders/views.py", f"def page(request):\n    {call}\n")) == 1


def test_writes_in_view_calls_of_the_domain_are_fine():
    assert (
        guards.writes_in_view("orders/views.py", "lifecycle.accept(order, by=by, now=now)\ncontext.update(a=1)") == []
    )


def test_too_long_needs_a_reason():
    assert len(guards.too_long("a.py", "x = 1\n" * 401)) == 1
    assert guards.too_long("a.py", "x = 1\n" * 400) == []
    assert guards.too_long("a.py", "# Over budget: a table of texts.\n" + "x = 1\n" * 401) == []


def test_long_functions_need_a_reason():
    body = "    x = 1\n" * 50

    assert len(guards.long_functions("a.py", f"def f():\n{body}")) == 1
    assert guards.long_functions("a.py", f"def f():\n    # Over budget: one table.\n{body}") == []
    assert guards.long_functions("a.py", "def f():\n" + "    x = 1\n" * 49) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<style>a{}</style>",
        '<p style="color:red">',
        '<p class="a"\n style="x">',
        '<button onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_inline_code_is_named(text):
    assert len(guards.inline_code("a.html", text)) == 1


def test_inline_code_files_of_our_own_are_fine():
    assert guards.inline_code("a.html", '<script src="{% static "a.js" %}" defer></script><p data-on="x">') == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<img src="//cdn.example/x.png">',
        '<link rel="stylesheet" href="https://fonts.example/x.css">',
        "a { background: url(https://cdn.example/x.png) }",
        '@import "https://cdn.example/x.css"',
        'fetch("https://api.example/")',
    ],
)
def test_foreign_hosts_are_named(text):
    assert len(guards.foreign_hosts("a.html", text)) == 1


def test_foreign_hosts_links_and_own_files_are_fine():
    text = '<a href="https://example.org/">x</a><img src="/static/a.png"><svg xmlns="http://www.w3.org/2000/svg">'

    assert guards.foreign_hosts("a.html", text) == []


def test_search_among_people_that_writes_names_into_the_address_is_named():
    asked, sent = '<form><input type="search"></form>', '<form method="post"><input type="search"></form>'

    assert len(guards.searches_people("people/templates/a.html", asked)) == 1
    assert guards.searches_people("people/templates/a.html", sent) == []
    assert guards.searches_people("catalog/templates/a.html", asked) == []


def test_form_bound_with_nothing_for_an_empty_post_is_named():
    assert len(guards.takes_empty_for_a_look("a/views.py", "form = Form(request.POST or None, request.FILES)")) == 1
    assert guards.takes_empty_for_a_look("a/views.py", "form = Form(posted(request), request.FILES or None)") == []


def test_without_policy_an_undeclared_view_is_named():
    def bare(request): ...

    def theirs(request): ...

    theirs.__module__ = "allauth.account.views"
    declared = view(public)(bare)

    found = guards.without_policy([("/a/", bare), ("/b/", theirs), ("/c/", declared)], ("allauth.",))

    assert [line.split(" ")[0] for line in found] == ["/a/"]


def test_unfinished_messages_are_named():
    def message(key, string, fuzzy=False):
        return SimpleNamespace(id=key, string=string, fuzzy=fuzzy)

    catalogue = [message("", "header"), message("a", "甲"), message("b", ""), message("c", "丙", True)]
    catalogue += [message(("d", "ds"), ("",)), message(("e", "es"), ("戊",))]

    assert guards.unfinished_messages("x.po", catalogue) == ["x.po: 'b'", "x.po: 'c'", "x.po: ('d', 'ds')"]
