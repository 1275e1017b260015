"""The steps of the loop, each by the person whose step it is. They hold for HTTP and for a real browser alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext, override

from activities.models import SignUp
from catalog.models import Programme
from core.time import today
from funding.models import Payout, Settlement
from orders.models import Order
from organisations.models import Membership, Venue
from people.models import Child
from tests.factories.funding import make_fund, make_line, make_payee_account
from tests.factories.organisations import make_member, make_organisation, make_region, make_venue
from tests.factories.people import make_child, make_guardian
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user
from tests.journeys.visitor import Visitor
from users.models import User
from volunteering.models import Assignment, Shift

TITLE, TITLE_EN = "小小公益体验官：养犬文明调查", "Young Civic Scouts"


@dataclass
class City:
    """Who walks the loop, and what has come of it so far. Everything else is made by the steps themselves."""

    enter: Callable[[User], Visitor]
    set_clock: Callable[[datetime], None]
    now: datetime
    language: str = "en"
    users: dict[str, User] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    order_number: str = ""

    def __getitem__(self, role: str) -> Visitor:
        """The person's browser, opened at first use."""
        if role not in self.visitors:
            self.visitors[role] = self.enter(self.users[role])
        return self.visitors[role]

    def later(self, moment: datetime) -> None:
        """Let time pass."""
        self.now = moment
        self.set_clock(moment)

    def words(self, english: str, **values: object) -> str:
        """What the pages say in the language of these people."""
        with override(self.language):
            return gettext(english) % values

    @property
    def title(self) -> str:
        """The programme's title as these people read it."""
        return TITLE_EN if self.language == "en" else TITLE

    @property
    def order(self) -> Order:
        """The order as it is now."""
        return Order.objects.get(number=self.order_number)


def make_city(
    enter: Callable[[User], Visitor], set_clock: Callable[[datetime], None], now: datetime, *, language: str = "en"
) -> City:
    """Two social workers, an office with a room, the League with money, a family and a volunteer, all checked."""
    league = make_organisation("league", region=make_region("北辰区"), name="北辰区团委", name_en="Beichen League")
    office = make_organisation("office", region=make_region("瑞景街道"), name="瑞景街道办事处", name_en="Ruijing")
    provider = make_organisation("provider", name="青禾青少年发展中心", name_en="Qinghe")
    make_venue(office, name="党群服务中心二楼")
    make_payee_account(provider, now=now - timedelta(days=30))
    make_line(2_000_000, fund=make_fund(2_000_000, league=league, now=now), region=make_region("瑞景街道"), now=now)
    city = City(enter=enter, set_clock=set_clock, now=now, language=language)
    guardian = make_guardian(make_user(name="李女士"))
    city.children = [make_child(guardian, age=9), make_child(guardian, age=11)]
    manager, worker = make_cleared(make_user(name="李强")), make_cleared(make_user(name="孙丽"))
    city.users = {
        "ngo": make_member(provider, "manager", user=manager).user,
        "worker": make_member(provider, "coordinator", user=worker).user,
        "ngo_finance": make_member(provider, "finance").user,
        "league": make_member(league, "officer").user,
        "office": make_member(office, "manager").user,
        "finance": make_member(league, "finance").user,
        "finance2": make_member(league, "finance").user,
        "guardian": guardian.user,
        "volunteer": make_cleared(make_user(name="周洋")),
    }
    return city


def ngo_lists_a_programme(city: City) -> None:
    """The NGO's manager writes it down and hands it in."""
    fields: dict[str, Any] = {
        "theme": "welfare",
        "title": TITLE,
        "title_en": TITLE_EN,
        "summary": "让孩子自己去看、去问、去讲。",
        "price": "800.00",
        "duration_minutes": 90,
        "min_age": 8,
        "max_age": 12,
        "min_group": 2,
        "max_group": 24,
        "lead_days": 7,
        "crew_size": 2,
        "steps-0-mark": "看",
        "steps-0-title": "走小区",
        "steps-0-minutes": 30,
    }
    city["ngo"].send("/catalog/new/", fields, button="submit")


def league_publishes_it(city: City) -> None:
    """The League reads it and puts it on the menu."""
    slug = Programme.objects.get().slug
    assert city.title in city["league"].open("/catalog/review/")
    city["league"].send(f"/catalog/review/{slug}/", action=f"/catalog/{slug}/publish/")
    assert city.title in city["office"].open("/catalog/")


def office_orders(city: City) -> None:
    """The office orders two sessions from the menu, in four steps."""
    programme = Programme.objects.get()
    first: date = today(city.now) + timedelta(days=14)
    fields = {
        "count": 2,
        "group_size": 12,
        "first_on": f"{first:%Y-%m-%d}",
        "starts": "09:30",
        "every_weeks": 1,
        "venue": Venue.objects.get().pk,
    }
    dates = city["office"].send(f"/orders/new/?programme={programme.slug}", fields)
    city.order_number = dates.split("/")[2]
    details = city["office"].send(dates, {}, action=dates, button="next")
    check = city["office"].send(details, {"group_size": 10, "reason": "辖区遛狗纠纷多，想让孩子自己去看。"})
    assert "¥1,600.00" in city["office"].open(check)
    city["office"].send(check, {"note": ""})


def ngo_accepts(city: City) -> None:
    """The NGO names its two social workers."""
    crew = [member.pk for member in _workers(city)]
    fields = {"crew": crew, "lead": crew[0], "note": "两位社工都能到。"}
    city["ngo"].send(f"/orders/{city.order_number}/accept/", fields)


def _workers(city: City) -> list[Membership]:
    people = [city.users["ngo"], city.users["worker"]]
    return list(Membership.objects.filter(user__in=people).order_by("pk"))


def league_approves(city: City) -> None:
    """The League sees what it costs and what is left, and approves from the order's page."""
    page = city["league"].open(f"/orders/{city.order_number}/")
    assert city.words("Approve order") in page
    city["league"].send(f"/orders/{city.order_number}/", action="/approve/")


def families_and_a_volunteer_sign_up(city: City) -> None:
    """A guardian signs up two children for each session; a volunteer takes a shift in the first."""
    sessions = [planned.session for planned in city.order.planned.order_by("position")]
    chosen = [str(child.pk) for child in city.children]
    answers = {"photo": "no", **{f"consent_{pk}": "on" for pk in chosen}}
    for session in sessions:
        path = f"/sessions/{session.pk}/sign-up/"
        city["guardian"].send(path, {"children": chosen, **answers}, action=path)
        answers = {}  # asked once for each version of a text
    shifts = f"/volunteering/sessions/{sessions[0].pk}/shifts/new/"
    city["ngo"].send(shifts, {"title": "路口看护", "places": 1, "reports_to": _workers(city)[0].pk})
    fields = {"emergency_contact": "周先生 13800000001"}
    city["volunteer"].send(f"/volunteering/shifts/{Shift.objects.get().pk}/", fields, action="/join/")


def children_are_checked_in_and_everybody_rates(city: City) -> None:
    """On each day the crew checks everybody in and closes the session; then the family rates it."""
    for planned in city.order.planned.select_related("session").order_by("position"):
        session = planned.session
        sign_ups = list(SignUp.objects.filter(session=session, status="confirmed").order_by("pk"))
        city.later(session.starts_at)
        for sign_up in sign_ups:
            path = f"/sessions/{session.pk}/check-in/"
            city["worker"].send(path, action=f"/check-in/{sign_up.pk}/present/")
        for assignment in Assignment.objects.filter(shift__session=session):
            path = f"/volunteering/sessions/{session.pk}/shifts/"
            city["worker"].send(path, action=f"/volunteering/assignments/{assignment.pk}/check-in/")
        city.later(session.ends_at + timedelta(minutes=10))
        city["worker"].send(f"/sessions/{session.pk}/close/", {"checked": "on"})
        for sign_up in sign_ups:
            city["guardian"].send(f"/sign-ups/{sign_up.pk}/review/", {"mark": "5", "text": "孩子很喜欢"})


def ngo_reports(city: City) -> None:
    """The NGO says how it went."""
    city["worker"].send(f"/orders/{city.order_number}/report/", {"text": "两场都办了，孩子们写了四份倡议。"})


def office_confirms(city: City) -> None:
    """The office sees what it is worth, rates it and confirms."""
    path = f"/orders/{city.order_number}/confirm/"
    held = city.words("%(held)s of %(ordered)s sessions were held", held=2, ordered=2)
    assert held in city["office"].open(path)
    city["office"].send(path, {"mark": "5", "text": "办得好"})


def league_settles_and_finance_pays(city: City) -> None:
    """Finance approves the settlement, the NGO sends its invoice, finance pays and a colleague checks."""
    settlement = Settlement.objects.get(commitment__reference=city.order_number)
    page = f"/funding/settlements/{settlement.pk}/"
    city["finance"].send(page, action=f"{page}approve/")
    invoice = SimpleUploadedFile("发票.pdf", b"%PDF-1.4 ...", content_type="application/pdf")
    city["ngo_finance"].send(f"{page}invoice/", {"number": "25120000001", "amount": "1,600.00", "file": invoice})
    city["finance"].send(page, action=f"{page}pay/")
    payout = Payout.objects.get(settlement=settlement)
    city["finance2"].send(f"/funding/payouts/{payout.pk}/send/", action="/send/")
    city["finance2"].send(f"/funding/payouts/{payout.pk}/paid/", {"bank_reference": "ABC0001"})


LOOP: list[Callable[[City], None]] = [
    ngo_lists_a_programme,
    league_publishes_it,
    office_orders,
    ngo_accepts,
    league_approves,
    families_and_a_volunteer_sign_up,
    children_are_checked_in_and_everybody_rates,
    ngo_reports,
    office_confirms,
    league_settles_and_finance_pays,
]
