"""The navigation of each role. A link is shown to whom the policy of its view lets in; a few name roles besides."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Policy, public
from organisations.acting import Acting
from organisations.models import Membership

Role = Membership.Role


def acting_of(request: HttpRequest) -> Acting:
    """Return who acts in the request; nobody where the request never came that far."""
    return getattr(request, "acting", None) or Acting()


@dataclass(frozen=True)
class Item:
    """A link of the navigation."""

    label: str | Promise
    view: str
    roles: tuple[str, ...] = ()
    icon: str = "right"


MENU = Item(_("Menu"), "catalog:menu")
OPEN_BOOKS = Item(_("Open books"), "funding:public")
WORKBENCH = Item(_("Workbench"), "dashboards:workbench")
ORDERS = Item(_("Orders"), "orders:list")

MY = Item(_("My page"), "dashboards:my", icon="user")

PUBLIC = [
    MENU,
    Item(_("This week"), "activities:week"),
    Item(_("Volunteering"), "volunteering:shifts"),
    OPEN_BOOKS,
    Item(_("Help"), "help"),
]
WORK: dict[str, list[Item]] = {
    "league": [
        Item(_("Overview"), "dashboards:workbench"),
        ORDERS,
        Item(_("Menu review"), "catalog:review"),
        Item(_("Organisations"), "organisations:list"),
        Item(_("Background checks"), "safeguarding:people"),
        Item(_("Concerns"), "concerns:queue"),
        Item(_("Data incidents"), "privacy:incidents", (Role.SAFEGUARDING,)),
        Item(_("Payments"), "funding:finance"),
        OPEN_BOOKS,
    ],
    "provider": [
        WORKBENCH,
        ORDERS,
        Item(_("Our programmes"), "catalog:mine"),
        Item(_("Volunteering"), "volunteering:sessions"),
        Item(_("Payment"), "dashboards:money"),
        MENU,
    ],
    "office": [
        WORKBENCH,
        MENU,
        Item(_("Our orders"), "orders:list"),
        Item(_("This week"), "activities:week"),
        Item(_("Families"), "people:families", (Role.CLERK, Role.MANAGER)),
        Item(_("Venues"), "organisations:venues"),
        Item(_("Concerns"), "concerns:queue"),
        OPEN_BOOKS,
    ],
    "enterprise": [WORKBENCH, Item(_("Our donations"), "funding:give"), MENU, OPEN_BOOKS],
}
WORK["school"] = WORK["office"]

OWN_WORK = [
    Item(_("Workbench"), "dashboards:workbench", icon="list"),
    Item(_("Members"), "organisations:members", icon="people"),
    Item(_("Clearance of our staff"), "safeguarding:staff", icon="shield"),
    Item(_("Objections to absences"), "activities:objections", icon="flag"),
    Item(_("No-show rule"), "activities:no-show-rule", icon="clock"),
    Item(_("Data incidents"), "privacy:incidents", (Role.OFFICER, Role.AUDITOR), icon="shield"),
]
OWN_ROLES = [
    Item(_("Site pages"), "wagtailadmin_home", (Role.EDITOR,), icon="edit"),
]
OWN = [
    MY,
    Item(_("My children"), "people:children", icon="family"),
    Item(_("My details"), "users:details", icon="edit"),
    Item(_("My clearance"), "safeguarding:mine", icon="shield"),
    Item(_("Login and security"), "account_change_phone", icon="lock"),
]
ACCOUNT = [
    Item(_("Mobile number"), "account_change_phone"),
    Item(_("E-mail"), "account_email"),
    Item(_("Password"), "account_change_password"),
    Item(_("Second factor"), "mfa_index"),
    Item(_("Devices"), "usersessions_list"),
]
INBOX = Item(_("Inbox"), "notifications:inbox", icon="bell")
FOOT_CHILDREN = [
    Item(_("Report a concern"), "concerns:report"),
    Item(_("Rules for children's data"), "privacy:children"),
]
FOOT_OPEN = [
    OPEN_BOOKS,
    Item(pgettext_lazy("policy", "Privacy"), "privacy"),
    Item(_("Security model"), "privacy:security"),
    Item(_("What we keep of you"), "privacy:register"),
    Item(_("Figures for the yearly audit"), "privacy:audit"),
    Item(_("Complaints and suggestions"), "complaints"),
]


@cache
def _target(view: str) -> tuple[str, Policy]:
    """Return a view's address and policy: neither changes while the site runs."""
    url = reverse(view)
    return url, getattr(resolve(url).func, "policy", public)


def _may_open(request: HttpRequest, item: Item) -> bool:
    """Ask the view's own policy, so that no link leads to a refusal."""
    acting = acting_of(request)
    if item.roles and acting.roles.isdisjoint(item.roles):
        return False
    policy = _target(item.view)[1]
    if policy is public:
        return True
    return acting.user is not None and bool(policy(request))


def shown(items: list[Item], request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links among ``items`` that this person may follow."""
    return [
        {"label": item.label, "url": _target(item.view)[0], "icon": item.icon, "view": item.view}
        for item in items
        if _may_open(request, item)
    ]


@cache
def _addresses() -> list[str]:
    """Return where the links of the header lead, the longest first."""
    items = {MY, *PUBLIC, *(item for items in WORK.values() for item in items)}
    return sorted({_target(item.view)[0] for item in items}, key=len, reverse=True)


def lies_under(path: str) -> str:
    """Return the header's longest address under which a page lies, whoever is shown it; nothing under none."""
    return next((url for url in _addresses() if path.startswith(url)), "")


def _mark_current(found: list[dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    under = [link for link in found if request.path.startswith(link["url"])]
    current = max(under, key=lambda link: len(link["url"]), default=None)
    return [{**link, "current": link is current} for link in found]


def tabs(items: list[Item], request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links with the one marked under whose address this page lies."""
    return _mark_current(shown(items, request), request)


def counts(request: HttpRequest) -> dict[str, int]:
    """Return how many things wait behind links, by view, as far as the page's view lent the numbers."""
    lent: dict[str, int] = getattr(request, "nav_counts", {})
    return lent


def _with_counts(found: list[dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    lent = counts(request)
    return [{**link, "count": lent.get(link["view"], 0)} for link in found]


def public_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the header's links of a page for everybody; who is signed in gets the way back to their own page."""
    acting = acting_of(request)
    own = [] if acting.user is None else [WORKBENCH if acting.organisation else MY]
    return _with_counts(tabs([*own, *PUBLIC], request), request)


def links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the header's links for who is acting; the one whose address this page lies under is current.

    A view that knows how many things wait anyway may lend the number: ``request.nav_counts = {"orders:list": 6}``.
    """
    kind = acting_of(request).kind
    return _with_counts(tabs(WORK[kind], request), request) if kind else public_links(request)


def unread(request: HttpRequest) -> int:
    """Return how many messages wait for who is signed in; it was read with the person, so it costs no query."""
    return getattr(acting_of(request).user, "unread_messages", 0)


def own_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links under the person's name."""
    work = OWN_WORK if acting_of(request).organisation else []
    return shown([*work, *OWN_ROLES, *OWN], request)
