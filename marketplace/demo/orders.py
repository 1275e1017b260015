"""The demo city's orders: each is played verb by verb, at moments of the past, by the people who would have done it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from activities import lifecycle as session_lifecycle
from activities.models import Session
from catalog.models import Programme
from core.time import at, local, today
from funding import payouts, settlements
from marketplace.demo.city import City
from orders import drafting, lifecycle
from orders.lifecycle.asking import OtherDate
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order
from organisations.acting import Acting, clock
from organisations.models import Organisation

CLOCKS = [time(9, 30), time(14, 0), time(16, 30)]
PAID_FOR = {"approved", "delivered", "disputed", "confirmed", "settled"}
Attend = Callable[[City, Session], None]
Act = Callable[..., None]


@dataclass(frozen=True)
class Story:
    """Where an order ends, how many sessions it plans, in how many days its first session lies, and for whom.

    ``opens``: in how many days sign-up opens; ``first_timers``: places kept for children who come for the first time.
    """

    ends: str
    sessions: int
    first: int
    office: str = ""
    provider: str = ""
    age: int | None = None
    opens: int | None = None
    first_timers: int = 0


def stories(scale: float) -> list[Story]:
    """Every status at least twice; two hundred sessions in all; the demo logins' own orders first."""
    own = [
        Story("approved", 1, 0, "瑞景街道", "qinghe"),
        Story("accepted", 8, 21, "瑞景街道", "qinghe"),
        Story("approved", 8, -24, "瑞景街道", "chenguang"),
        Story("approved", 6, 3, "瑞景街道", "qinghe", first_timers=8),
        Story("delivered", 3, -24, "瑞景街道", "zhixing"),
        Story("countered", 4, 24, "瑞景街道", "chenguang"),
        Story("draft", 4, 30, "瑞景街道", "shiguang"),
        Story("submitted", 5, 26, "瑞景街道", "qinghe"),
        Story("confirmed", 4, -40, "瑞景街道", "qinghe"),
        Story("settled", 6, -110, "瑞景街道", "qinghe"),
        Story("settled", 4, -90, "天穆镇", "chenguang"),
        Story("submitted", 4, 28, "天穆镇", "chenguang"),
        Story("disputed", 4, -44, "天穆镇", "qinghe"),
        Story("approved", 6, 4, "school", "zhixing", opens=2),
        Story("draft", 3, 35, "school", "huoban"),
        Story("approved", 4, 5, "瑞景街道", "huoban", age=15),
    ]
    others = [
        *[Story("approved", 8, -31 + 3 * n) for n in range(10)],
        *[Story("settled", 6, -130 + 6 * n) for n in range(8)],
        *[Story("confirmed", 5, -60 + 3 * n) for n in range(3)],
        *[Story("delivered", 5, -45 + 2 * n) for n in range(3)],
        *[Story("accepted", 4, 22 + n) for n in range(4)],
        *[Story("submitted", 4, 25 + n) for n in range(2)],
        *[Story(ends, 4, 20 + n) for n, ends in enumerate(["draft", "countered", "disputed"]) if ends != "disputed"],
        Story("disputed", 4, -50),
        *[Story(ends, 3, 16 + n) for ends in ["declined", "rejected", "cancelled", "expired"] for n in range(2)],
    ]
    return own + others[: max(1, int(len(others) * scale))] if scale < 1 else own + others * max(1, int(scale))


@dataclass
class Play:
    """One order on its way, and the clock of its story."""

    city: City
    story: Story
    programme: Programme
    office: Organisation
    starts: list[datetime]
    venue_id: int
    crew: list[tuple[int, bool]]
    order: Order = field(init=False)

    @property
    def clerk(self) -> Acting:
        """Who acts for the office."""
        return self.city.managers[self.office.pk]

    @property
    def manager(self) -> Acting:
        """Who acts for the provider."""
        return self.city.managers[self.programme.provider_id]

    @property
    def crew_by_position(self) -> dict[int, list[tuple[int, bool]]]:
        """The same crew for every planned session."""
        return {planned.position: self.crew for planned in self.order.planned.all()}

    def before_first(self, **ago: float) -> datetime:
        """A moment so long before the first session."""
        return self.starts[0] - timedelta(**ago)


class Calendar:
    """Finds dates on which nobody of the demo city is booked twice, and none within a day of now."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.taken: set[tuple[str, int, datetime]] = set()
        self.turn = 0

    def series(self, first: int, count: int, owners: list[tuple[str, int]]) -> list[datetime]:
        """Return weekly starts from about so many days from today on, free for all the owners, and book them."""
        for day in self._days(first):
            for clock_time in self._clocks(first):
                starts = [at(day + timedelta(weeks=week), clock_time) for week in range(count)]
                if all((*owner, start) not in self.taken for owner in owners for start in starts):
                    self.taken.update((*owner, start) for owner in owners for start in starts)
                    self.turn += 1
                    return starts
        raise LookupError("No free dates for the demo's order.")

    def _clocks(self, first: int) -> list[time]:
        """Return at what times to try: today's session began half an hour ago, or at midnight."""
        if first == 0:
            began = local(self.city.now) - timedelta(minutes=30)
            return [began.time() if began.date() == self.city.today else time(0)]
        return CLOCKS[self.turn % 3 :] + CLOCKS[: self.turn % 3]

    def _days(self, first: int) -> Iterator[date]:
        near = {self.city.today.weekday(), (self.city.today.weekday() + 1) % 7}
        for step in range(60):
            day = self.city.today + timedelta(days=first + step)
            if first == 0 or (day.weekday() not in near and day.weekday() in {2, 3, 4, 5, 6}):
                yield day


def build_orders(city: City, scale: float, attend: Attend) -> None:
    """Play every story."""
    calendar = Calendar(city)
    offices = [office for key, office in city.offices.items() if key not in {"school", "瑞景街道"}]
    for n, story in enumerate(stories(scale)):
        play = _cast(city, calendar, story, n, offices)
        for act in _acts(story.ends):
            act(play, attend) if act is _hold else act(play)


def _cast(city: City, calendar: Calendar, story: Story, n: int, offices: list[Organisation]) -> Play:
    """Choose the programme, the office, the room and the crew of a story."""
    menu = [p for p in city.menu if story.provider in {"", city.dishes[p.pk].provider} and p.max_group > 1]
    menu = [p for p in menu if story.age is None or p.min_age <= story.age <= p.max_age]
    programme = menu[(n * 5) % len(menu)]
    office = (
        city.offices[story.office] if story.office else _solvent(city, offices, n, programme.price * story.sessions)
    )
    city.left[office.pk] = city.left.get(office.pk, 0) - (
        programme.price * story.sessions if story.ends in PAID_FOR else 0
    )
    rooms = [venue for venue in city.venues[office.pk] if venue.capacity >= programme.min_group]
    venue = rooms[n % len(rooms)]
    members = city.crews[programme.provider_id]
    chosen = [members[(n + i) % len(members)] for i in range(max(1, programme.crew_size))]
    if story.first == 0:
        chosen = members[: max(1, programme.crew_size)]
    owners = [("venue", venue.pk), *(("member", pk) for pk in chosen)]
    starts = calendar.series(story.first, story.sessions, owners)
    return Play(city, story, programme, office, starts, venue.pk, [(pk, i == 0) for i, pk in enumerate(chosen)])


def _solvent(city: City, offices: list[Organisation], n: int, cost: int) -> Organisation:
    """Return the next office whose budget line can still pay that much."""
    turn = offices[n % len(offices) :] + offices[: n % len(offices)]
    return next(office for office in turn if city.left[office.pk] >= cost)


def _acts(ends: str) -> list[Act]:
    """Return the verbs that lead to a status."""
    asked: list[Act] = [_draft, _submit]
    taken: list[Act] = [*asked, _accept]
    running: list[Act] = [*taken, _approve, _hold]
    reported: list[Act] = [*running, _report]
    confirmed: list[Act] = [*reported, _confirm]
    by_end: dict[str, list[Act]] = {
        "draft": [_draft],
        "submitted": asked,
        "countered": [*asked, _counter],
        "accepted": taken,
        "approved": running,
        "delivered": reported,
        "disputed": [*reported, _dispute],
        "confirmed": confirmed,
        "settled": [*confirmed, _pay],
        "declined": [*asked, _decline],
        "rejected": [*taken, _reject],
        "cancelled": [*taken, _cancel],
        "expired": [*asked, _expire],
    }
    return by_end[ends]


def _draft(play: Play) -> None:
    group = min(play.programme.max_group, 24)
    rows = [drafting.PlannedRow(start, venue_id=play.venue_id) for start in play.starts]
    opens = play.story.opens
    opens_at = None if opens is None else at(play.city.today + timedelta(days=opens), time(19, 0))
    play.order = drafting.create(
        play.programme,
        by=play.clerk,
        now=_asked_at(play),
        submission_id=play.city.submission(),
        group_size=max(play.programme.min_group, group),
        reason=play.city.chance.choice(REASONS),
        first_timers=play.story.first_timers,
        kept_days=1 if opens_at else 3,
        opens_at=opens_at,
        rows=rows,
    )


def _asked_at(play: Play) -> datetime:
    """Two days ago while the answer is open, else about three weeks before the first session."""
    chance = play.city.chance
    recent = at(play.city.today - timedelta(days=2), time(chance.randrange(9, 17), chance.randrange(60)))
    if play.story.ends in {"draft", "submitted", "countered", "accepted", "declined", "rejected", "cancelled"}:
        return recent
    if play.story.ends == "expired":
        return play.city.now - timedelta(days=12)
    return min(play.before_first(days=21), recent)


def _submit(play: Play) -> None:
    lifecycle.submit(play.order, by=play.clerk, now=play.order.created_at + timedelta(minutes=20))


def _counter(play: Play) -> None:
    planned = play.order.planned.order_by("-position").first()
    assert planned is not None
    later = timedelta(days=1)
    lifecycle.counter(
        play.order,
        by=play.manager,
        now=play.order.created_at + timedelta(hours=5),
        crew=play.crew_by_position,
        dates=[OtherDate(planned.position, planned.starts_at + later, planned.ends_at + later, planned.venue_id)],
        note="最后一场那天我们的社工在外培训，想晚一天。",
    )


def _accept(play: Play) -> None:
    when = play.order.created_at + timedelta(hours=9)
    lifecycle.accept(play.order, by=play.manager, now=when, crew=play.crew_by_position, note="人都能到，材料我们带。")


def _decline(play: Play) -> None:
    lifecycle.decline(
        play.order, by=play.manager, now=play.order.created_at + timedelta(hours=8), note="那几周人手已排满。"
    )


def _reject(play: Play) -> None:
    when = play.order.created_at + timedelta(days=1)
    lifecycle.reject(play.order, by=play.city.officer(), now=when, note="与上月订单重复，请换一个主题。")


def _cancel(play: Play) -> None:
    when = play.order.created_at + timedelta(days=1)
    lifecycle.cancel(play.order, by=play.clerk, now=when, note="社区活动室装修，推到明年。")


def _expire(play: Play) -> None:
    lifecycle.expire(play.order, by=clock("orders.sweep"), now=play.city.now - timedelta(days=4))


def _approve(play: Play) -> None:
    when = min(play.order.created_at + timedelta(days=1, hours=4), play.city.now - timedelta(hours=2))
    lifecycle.approve(play.order, by=play.city.officer(), now=when)


def _hold(play: Play, attend: Attend) -> None:
    """Let families sign up; hold and close what lies in the past."""
    sessions = Session.objects.filter(planned__order=play.order).order_by("starts_at")
    for session in sessions.select_related("version", "region", "provider"):
        attend(play.city, session)
        if session.ends_at < play.city.now - timedelta(hours=12):
            session_lifecycle.close(
                session, by=play.manager, now=session.ends_at + timedelta(hours=1), all_collected=True
            )


def _last(play: Play) -> datetime:
    return play.starts[-1]


def _report(play: Play) -> None:
    when = _last(play) + timedelta(days=1)
    if play.story.ends == "delivered":
        when = max(when, play.city.now - timedelta(days=2))
    lifecycle.report(play.order, by=play.manager, now=when, text="各场按计划开展，孩子们很投入，照片另附。")


def _confirm(play: Play) -> None:
    mark = play.city.chance.choice([4, 5, 5])
    review = OfficeReview(mark=mark, text="按时按质，孩子喜欢。")
    lifecycle.confirm(play.order, by=play.clerk, now=_last(play) + timedelta(days=3), review=review)


def _dispute(play: Play) -> None:
    when = max(_last(play) + timedelta(days=2), play.city.now - timedelta(days=3))
    lifecycle.dispute(play.order, by=play.clerk, now=when, note="其中一场只来了一位社工，开课晚了四十分钟。")


def _pay(play: Play) -> None:
    """Invoice, approval, and a bank transfer made by one and released by another; every second one goes by a batch."""
    day = _last(play) + timedelta(days=6)
    commitment = play.order.commitment
    assert commitment is not None
    settlement = commitment.settlement
    assert settlement is not None
    provider_money = play.city.people[f"money{list(play.city.providers.values()).index(play.order.provider):02}"]
    settlements.record_invoice(
        settlement,
        by=provider_money,
        now=day,
        number=f"2400{play.order.pk:08}",
        amount=settlement.amount,
    )
    settlements.approve(settlement, by=play.city.officer(), now=day + timedelta(days=1))
    play.city.settled += 1
    if play.city.settled % 2 == 0 and day < play.city.now - timedelta(days=43):  # the batch was made later than that
        play.city.to_batch.append(settlement.pk)
        return
    payout = payouts.queue(settlement, by=play.city.people["finance"], now=day + timedelta(days=2))
    payouts.send(payout, by=play.city.people["finance2"], now=day + timedelta(days=2, hours=1))
    payouts.mark_paid(
        payout,
        bank_reference=f"SF{today(day):%Y%m%d}{payout.pk:06}",
        by=play.city.people["finance2"],
        now=day + timedelta(days=3),
    )


REASONS = [
    "辖区孩子周末没有去处，家长多次提到想要这样的活动。",
    "放学后到家长下班这两个小时没人看，想先试四周。",
    "今年发生过两起小事故，想让孩子自己会看、会躲。",
    "新入住的流动家庭多，想让孩子们先认识起来。",
    "儿童议事会投票选出来的，排第一。",
]
