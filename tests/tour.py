"""The pages of the loop: who looks at them, and where they lie in a demo city.

Both the tests in Chromium and the counts of queries walk along this list; a page of the loop belongs here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from activities.models import ReviewInvitation, Session, SignUp
from catalog.models import Programme
from funding.models import BudgetLine, Fund, Payout, Settlement
from orders.models import Order
from orders.statuses import Status
from organisations.models import Membership, Organisation, Venue
from people.models import Child, Guardian
from users.models import User
from volunteering.models import Shift


class Stop(NamedTuple):
    """One page as one person: ``who`` is a demo login, empty for a visitor."""

    who: str
    name: str
    path: str


def _person(login: str) -> User:
    return User.objects.get(email=f"{login}@demo.test")


def _office(login: str) -> int:
    return Membership.objects.get(user=_person(login)).organisation_id


def _order(status: Status, **about: int) -> str:
    order = Order.objects.filter(status=status, **about).order_by("number").first()
    assert order is not None, (status, about)
    return f"/orders/{order.number}/"


def _upcoming() -> Session:
    rows = Session.objects.scheduled().filter(waiting_parties=0).order_by("-starts_at")
    return next(row for row in rows if row.free and row.parties.exists())


def _under_way() -> Session:
    return Session.objects.filter(crew__user=_person("ngo"), status=Session.Status.SCHEDULED).order_by("starts_at")[0]


def _sign_ups() -> tuple[SignUp, SignUp, SignUp]:
    """The guardian's place of today, one thing still to be cancelled, and one attended."""
    own = SignUp.objects.filter(party__guardian__user=_person("guardian"))
    ahead = own.filter(status__in=SignUp.ACTIVE, starts_at__gt=_under_way().ends_at).order_by("starts_at")[0]
    been = own.filter(attendance__status="present").order_by("-starts_at")[0]
    return own.filter(session=_under_way())[0], ahead, been


def _everybodys() -> Iterator[tuple[str, str]]:
    session = _upcoming()
    programme = Programme.objects.filter(status="published", rating_count__gt=0).order_by("pk")[0]
    yield "home", "/"
    yield "menu", "/catalog/"
    yield "menu, filtered", "/catalog/?q=%E5%AE%89%E5%85%A8&age=8"
    yield "programme", f"/catalog/{programme.slug}/"
    yield "this week", "/sessions/week/"
    yield "session", f"/sessions/{session.pk}/"
    yield "public funds", "/funding/public/"
    yield "apply", "/organisations/apply/"
    yield "volunteering", "/volunteering/"
    yield "concern", "/safeguarding/concern/"
    yield "news", "/news/"
    yield "login", "/accounts/login/"
    yield "signup", "/accounts/signup/"
    yield "password reset", "/accounts/password/reset/"
    yield "style guide", "/style-guide/"
    yield "404", "/nothing-here/"


def _guardians() -> Iterator[tuple[str, str]]:
    place, ahead, been = _sign_ups()
    child = Child.objects.filter(guardianships__guardian__user=_person("guardian")).order_by("pk")[0]
    yield "programme", f"/catalog/{place.session.version.programme.slug}/"
    yield "sign-up", f"/sessions/{_upcoming().pk}/sign-up/"
    yield "ticket", f"/sessions/{place.session_id}/ticket/{place.party_id}/"
    yield "dates", f"/sessions/{ahead.session_id}/ticket/{ahead.party_id}/dates/"
    yield "leave", f"/sessions/{ahead.session_id}/ticket/{ahead.party_id}/leave/"
    yield "my page", "/my/"
    yield "my page, waiting", "/my/?tab=waiting"
    yield "my page, earlier", "/my/?tab=history"
    yield "cancel", f"/sign-ups/{ahead.pk}/cancel/"
    yield "review", f"/sign-ups/{been.pk}/review/"
    yield "children", "/my/children/"
    yield "add a child", "/my/children/add/"
    yield "how we reach you", "/my/children/contact/"
    yield "edit a child", f"/my/children/{child.pk}/"
    yield "who else answers", f"/my/children/{child.pk}/guardians/"
    yield "consents", f"/safeguarding/consents/{child.pk}/"
    yield "details", "/my/details/"
    yield "inbox", "/inbox/"


def _offices() -> Iterator[tuple[str, str]]:
    here = _office("office")
    delivered, draft = _order(Status.DELIVERED, office=here), _order(Status.DRAFT, office=here)
    programme = Programme.objects.filter(status="published").order_by("pk")[0]
    venue = Venue.objects.filter(organisation=here).order_by("pk").first()
    line = BudgetLine.objects.filter(orders__office=here).order_by("pk")[0]
    family = Guardian.objects.filter(registered_by=here).order_by("pk")[0]
    yield "workbench", "/workbench/"
    yield "orders", "/orders/"
    yield "new order", f"/orders/new/?programme={programme.slug}"
    yield "programme", f"/catalog/{programme.slug}/"
    yield "session", f"/sessions/{_upcoming().pk}/"
    yield "draft", draft
    yield "dates", f"{draft}dates/"
    yield "details", f"{draft}details/"
    yield "check", f"{draft}submit/"
    yield "answer a proposal", _order(Status.COUNTERED, office=here)
    yield "order approved", _order(Status.APPROVED, office=here)
    yield "order delivered", delivered
    yield "confirm", f"{delivered}confirm/"
    yield "dispute", f"{delivered}dispute/"
    yield "print", f"{delivered}print/"
    yield "files", f"{delivered}files/"
    yield "copy", f"{_order(Status.SETTLED, office=here)}copy/"
    yield "budget line", f"/funding/lines/{line.pk}/"
    yield "families", "/people/families/"
    yield "register a family", "/people/families/register/"
    yield "family", f"/people/families/{family.pk}/"
    yield "to tell", "/people/to-tell/"
    yield "members", "/organisations/members/"
    yield "venues", "/organisations/venues/"
    yield "new venue", "/organisations/venues/new/"
    if venue:
        yield "venue", f"/organisations/venues/{venue.pk}/"
    yield "inbox", "/inbox/"


def _providers() -> Iterator[tuple[str, str]]:
    here, session = _office("ngo"), _under_way()
    asked = _order(Status.SUBMITTED, provider=here)
    own = Programme.objects.filter(provider=here, status="published").order_by("pk")[0]
    yield "workbench", "/workbench/"
    yield "orders", "/orders/"
    yield "order asked", asked
    yield "accept", f"{asked}accept/"
    yield "counter", f"{asked}counter/"
    yield "decline", f"{asked}decline/"
    yield "order approved", _order(Status.APPROVED, provider=here)
    yield "check-in", f"/sessions/{session.pk}/check-in/"
    yield "walk-in", f"/sessions/{session.pk}/walk-in/"
    yield "close", f"/sessions/{session.pk}/close/"
    yield "shifts", f"/volunteering/sessions/{session.pk}/shifts/"
    yield "volunteers in our sessions", "/volunteering/sessions/"
    yield "new shift", f"/volunteering/sessions/{session.pk}/shifts/new/"
    yield "programmes", "/catalog/mine/"
    yield "new programme", "/catalog/new/"
    yield "programme editor", f"/catalog/{own.slug}/edit/"
    yield "money", "/workbench/money/"
    yield "account", "/funding/account/"
    yield "new account", "/funding/account/new/"
    yield "members", "/organisations/members/"
    yield "profile", "/organisations/profile/"
    yield "safeguarding", "/safeguarding/"
    yield "clearance of our staff", "/safeguarding/staff/"


def _leagues() -> Iterator[tuple[str, str]]:
    accepted, disputed = _order(Status.ACCEPTED), _order(Status.DISPUTED)
    waiting = Programme.objects.filter(status="in_review").order_by("pk").first()
    provider = Organisation.objects.filter(kind="provider").order_by("pk")[0]
    yield "workbench", "/workbench/"
    yield "orders", "/orders/"
    yield "order accepted", accepted
    yield "approve", f"{accepted}approve/"
    yield "reject", f"{accepted}reject/"
    yield "resolve", f"{disputed}resolve/"
    yield "order settled", _order(Status.SETTLED)
    yield "review queue", "/catalog/review/"
    if waiting:
        yield "programme in review", f"/catalog/review/{waiting.slug}/"
    yield "organisations", "/organisations/"
    yield "organisation", f"/organisations/{provider.pk}/"
    yield "funding", "/funding/"
    yield "invite to rate", f"/sessions/{_upcoming().pk}/review-invitations/"


def _finances() -> Iterator[tuple[str, str]]:
    fund = Fund.objects.order_by("pk")[0]
    settlement = Settlement.objects.order_by("-status", "pk")[0]  # one that still waits, if there is one
    payout = Payout.objects.filter(status="queued").order_by("pk").first()
    yield "workbench", "/workbench/"
    yield "funding", "/funding/"
    yield "fund", f"/funding/funds/{fund.pk}/"
    yield "flow of the fund", f"/funding/funds/{fund.pk}/flow/"
    yield "transfers", "/funding/payouts/"
    yield "papers", f"/funding/settlements/{settlement.pk}/papers/"
    yield "new fund", "/funding/funds/new/"
    yield "receive", f"/funding/funds/{fund.pk}/receive/"
    yield "allocate", f"/funding/funds/{fund.pk}/allocate/"
    yield "settlement", f"/funding/settlements/{settlement.pk}/"
    if payout:
        yield "settlement on its way", f"/funding/settlements/{payout.settlement_id}/"


def _others() -> Iterator[Stop]:
    worker = _person("ngo").pk
    shift = Shift.objects.order_by("pk").first()
    invited = ReviewInvitation.objects.filter(user=_person("reviewer"), review__isnull=True).first()
    yield Stop("auditor", "workbench", "/workbench/")
    yield Stop("auditor", "funding", "/funding/")
    yield Stop("safeguarding", "workers", "/safeguarding/checks/")
    yield Stop("safeguarding", "worker", f"/safeguarding/checks/{worker}/")
    yield Stop("donor", "donations", "/funding/give/")
    yield Stop("volunteer", "workbench", "/workbench/")
    yield Stop("volunteer", "my page", "/my/")
    yield Stop("volunteer", "shifts", "/volunteering/")
    if shift:
        yield Stop("volunteer", "shift", f"/volunteering/shifts/{shift.pk}/")
    yield Stop("safeguarding", "who has to leave", "/safeguarding/leaving/")
    yield Stop("safeguarding", "concerns", "/safeguarding/concerns/")
    yield Stop("safeguarding", "figures of concerns", "/safeguarding/concerns/figures/")
    yield Stop("volunteer", "safeguarding", "/safeguarding/")
    yield Stop("youth", "my page", "/my/")
    yield Stop("reviewer", "my page", "/my/")
    if invited:
        yield Stop("reviewer", "invited review", f"/review-invitations/{invited.pk}/")


def stops() -> list[Stop]:
    """Return every page of the loop in the city that the database holds, grouped by person."""
    groups = {
        "": _everybodys,
        "guardian": _guardians,
        "office": _offices,
        "ngo": _providers,
        "league": _leagues,
        "finance": _finances,
    }
    known = [Stop(who, name, path) for who, pages in groups.items() for name, path in pages()]
    return [*known, *_others()]


WHO = ["", "guardian", "office", "ngo", "league", "finance"]
WHO += ["auditor", "safeguarding", "volunteer", "youth", "reviewer"]
