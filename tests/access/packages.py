"""The addresses of the packages in use: Wagtail's admin, pages of accounts, files. The second table is about them."""

import re
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image as Pixels
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Locale, Site

from cms.models import ArticlePage
from cms.services import create_site
from core.time import today
from marketplace.addresses import Address, all_addresses
from tests.access import asking
from tests.access.tables import PACKAGES, Column
from tests.access.world import NOW_THERE, World

METHODS = ("GET", "POST")
HOME = "/cms/"  # where Wagtail sends whoever may not do what was asked
ODD = {  # regular expressions, as a browser would ask
    r"/cms/pages/(\d+)/revisions/compare/(live|earliest|\d+)\.\.\.(live|latest|\d+)/": (
        "/cms/pages/<int:page_id>/revisions/compare/live...latest/"
    ),
    r"/documents/(\d+)/(.*)": "/documents/<int:document_id>/x.pdf",
    r"/((?:[\w\-]+/)*)": "/news/",
    r"/cms/.*/": "/cms/no-such-page/",
}
KIND_OF_PK = {  # whose number ``pk`` is, by how the address begins
    "/cms/api/main/images/": "image_id",
    "/cms/api/main/documents/": "document_id",
    "/cms/images/": "image_id",
    "/cms/documents/": "document_id",
    "/cms/collections/": "collection_id",
    "/cms/sites/": "site_id",
    "/cms/users/": "user_id",
    "/cms/groups/": "group_id",
    "/cms/locales/": "locale_id",
}


def addresses() -> list[Address]:
    """Every address that other packages answer, by pattern, but those that end the login."""
    found = {each.pattern: each for each in all_addresses() if not each.is_ours}
    return [found[pattern] for pattern in sorted(found) if "logout" not in pattern]


def lines() -> list[tuple[Address, str]]:
    """Each of them with each method: what the second table has a line for."""
    return [(address, method) for address in addresses() for method in METHODS]


def make_things(world: World) -> dict[str, Any]:
    """The site's pages, a picture and a document, by the name of their place in an address."""
    create_site(on=today(NOW_THERE))
    article = ArticlePage.objects.first()
    article.save_revision()
    pixels = BytesIO()
    Pixels.new("RGB", (60, 40), "red").save(pixels, "PNG")
    picture, paper = ContentFile(pixels.getvalue(), "x.png"), ContentFile(b"%PDF-1.4\n%%EOF\n", "x.pdf")
    pages = dict.fromkeys(("page_id", "page_pk", "page_to_move_id", "object_id"), article.pk)
    parents = dict.fromkeys(("parent_page_id", "destination_id"), article.get_parent().pk)
    document = Document.objects.create(title="x", file=paper).pk
    names = ("content_type_app_name", "app_label", "app_name")
    return {
        **pages,
        **parents,
        **dict.fromkeys(names, "cms"),
        **dict.fromkeys(("content_type_model_name", "model_name"), "articlepage"),
        **dict.fromkeys(("document_id", "doc_id"), document),
        "image_id": Image.objects.create(title="x", file=picture, width=60, height=40).pk,
        "revision_id": article.latest_revision_id,
        "collection_id": Collection.get_first_root_node().pk,
        "site_id": Site.objects.get().pk,
        "user_id": world.people["nobody"].pk,
        "group_id": Group.objects.first().pk,
        "locale_id": Locale.objects.first().pk,
        "action": "delete",
        "action_name": "copy",
        "filter_spec": "max-100x100",
        "path": "x.png",
        "key": "x",
        "uidb36": "1",
    }


def path_of(address: Address, things: dict[str, Any]) -> str:
    """The address with the things in its places; 1 where there is none of the kind."""
    kind = next((kind for start, kind in KIND_OF_PK.items() if address.pattern.startswith(start)), "page_id")
    known = {**things, "pk": things[kind]}
    pattern = ODD.get(address.pattern, address.pattern)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(known.get(place[1], 1)), pattern)


def expected(role: str) -> Column:
    """What the role is to meet: its column, or that of somebody without a role."""
    columns = PACKAGES.columns()
    return columns.get(role, columns["nobody"])


def ask(client: Client, method: str, path: str) -> str:
    """Ask as the first table does; Wagtail's way of saying no has a word of its own."""
    response = asking.answer_to(client, method, path)
    return "home" if response.get("Location") == HOME != path else asking.word(response)


def column(role: str, world: World, things: dict[str, Any]) -> Column:
    """What one person meets at every address of other packages, by pattern and method."""
    client = asking.client_of(role, world)
    return {(address.pattern, method): ask(client, method, path_of(address, things)) for address, method in lines()}
