"""What every page knows: the site's name, the navigation of the acting role, the switches of language and text size.

Nothing here asks the database before a template asks for it, so that a page about a failure can still be shown.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import phone_text
from core.site import site_name
from marketplace import demo_logins, navigation
from organisations.acting import Acting
from organisations.models import Membership, Organisation

_ICONS = {"league": "flag", "provider": "pot", "office": "building", "school": "building", "enterprise": "building"}
_CHINESE, _ENGLISH = "zh-Hans", "en"


class Frame:
    """What frames every page, for one request (`site` is taken by allauth)."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        chinese = (get_language() or "").startswith("zh")
        words = "zh" if chinese else "en"
        self.language = _CHINESE if chinese else _ENGLISH
        self.other_language = _ENGLISH if chinese else _CHINESE
        self.other_language_label = "EN" if chinese else "中文"
        self.name = site_name()
        self.region = settings.SITE_REGION[words]
        self.hours = settings.SITE_HOURS[words]
        self.phone = phone_text(settings.SITE_PHONE)
        self.icp = settings.SITE_ICP
        self.police_icp = settings.SITE_POLICE_ICP
        self.large_text = getattr(request, "text_size", "normal") == "large"

    def _here_with(self, **changes: str) -> str:
        query = self.request.GET.copy()
        for name, value in changes.items():
            query[name] = value
        return f"?{query.urlencode()}"

    @property
    def here(self) -> str:
        """The address of this page."""
        return self.request.get_full_path()

    @property
    def other_language_url(self) -> str:
        """This page in the other language."""
        return self._here_with(lang="en" if self.other_language == _ENGLISH else "zh-hans")

    @property
    def large_url(self) -> str:
        """This page in the other size of text."""
        return self._here_with(text="normal" if self.large_text else "large")

    @property
    def large_label(self) -> str:
        """What the switch of text size says."""
        return _("Smaller") if self.large_text else _("Larger")

    @cached_property
    def acting(self) -> Acting:
        """Who acts in this request; nobody where the request never came that far."""
        return navigation.acting_of(self.request)

    @property
    def person(self) -> Any:
        """The person who is signed in, if any."""
        return self.acting.user

    @property
    def is_work(self) -> bool:
        """Whether the person acts for an organisation, and so gets the navigation of work."""
        return self.acting.organisation is not None

    @property
    def acting_id(self) -> int | None:
        """The acting organisation's id."""
        return self.acting.organisation.pk if self.acting.organisation else None

    @property
    def acting_name(self) -> str:
        """For whom the person acts: the organisation, else themselves."""
        return str(self.acting.organisation or self.acting.user or "")

    @property
    def acting_icon(self) -> str:
        """The icon of that party."""
        return _ICONS.get(self.acting.kind, "user")

    @property
    def acting_roles(self) -> str:
        """The roles in words."""
        labels = dict(Membership.Role.choices)
        return " · ".join(str(labels[role]) for role in labels if role in self.acting.roles)

    @cached_property
    def standing(self) -> str:
        """What decides which links a person is shown; pieces of pages with such links are kept for each."""
        acting = self.acting
        may_act = acting.organisation is not None and acting.organisation.may_act
        roles = ",".join(sorted(acting.roles))
        return f"{self.language} {acting.user is not None} {acting.kind} {may_act} {roles}"

    @property
    def acting_choices(self) -> list[Organisation]:
        """The organisations that the person may act for."""
        return getattr(self.request, "acting_choices", []) if self.person else []

    @property
    def switch_url(self) -> str:
        """Where the acting organisation is switched."""
        return reverse("organisations:act")

    @property
    def query(self) -> str:
        """What stands behind the question mark of this page's address."""
        return str(self.request.META.get("QUERY_STRING", ""))

    @property
    def under(self) -> str:
        """The link of some navigation under which this page lies."""
        return navigation.lies_under(self.request.path)

    @property
    def nav_counts(self) -> tuple[tuple[str, int], ...]:
        """How many things wait behind links of the header, as far as the view lent the numbers."""
        return tuple(navigation.counts(self.request).items())

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        """The links of the header on pages of work."""
        return navigation.links(self.request)

    @cached_property
    def public_nav(self) -> list[dict[str, Any]]:
        """The links of the header on pages for everybody; the first leads back to one's own work."""
        return navigation.public_links(self.request)

    @cached_property
    def own_links(self) -> list[dict[str, Any]]:
        """The links of the menu under the person's name."""
        return navigation.own_links(self.request)

    @property
    def inbox(self) -> dict[str, Any]:
        """The link to the inbox, first under the person's name."""
        return navigation.shown([navigation.INBOX], self.request)[0]

    @cached_property
    def unread(self) -> int:
        """How many messages wait for the person."""
        return navigation.unread(self.request)

    @property
    def unread_shown(self) -> str:
        """That number as it fits beside a name."""
        return str(self.unread) if self.unread < 100 else "99+"

    @property
    def account_tabs(self) -> list[dict[str, Any]]:
        """The pages about one's own login."""
        return navigation.tabs(navigation.ACCOUNT, self.request)

    @property
    def demo_logins(self) -> list[dict[str, str]]:
        """The demo's logins; nothing elsewhere."""
        return demo_logins.shown()

    @property
    def foot_children(self) -> list[dict[str, Any]]:
        """The links of the footer about protecting children."""
        return navigation.shown(navigation.FOOT_CHILDREN, self.request)

    @property
    def foot_open(self) -> list[dict[str, Any]]:
        """The links of the footer about openness."""
        return navigation.shown(navigation.FOOT_OPEN, self.request)

    @property
    def concern_url(self) -> str:
        """Where somebody reports a concern about a child."""
        return reverse("concerns:report")

    @property
    def menu_url(self) -> str:
        """The menu."""
        return reverse("catalog:menu")

    @property
    def start_url(self) -> str:
        """The acting role's start page."""
        return reverse("dashboards:workbench" if self.is_work else "dashboards:my")


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the frame and the settings that templates read."""
    return {"DEMO": settings.DEMO, "SITE_URL": settings.SITE_URL, "frame": Frame(request)}
