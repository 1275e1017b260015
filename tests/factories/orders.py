"""Orders for tests: a stage with the parties, money, a programme and a crew, and orders brought to each status."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from activities import lifecycle as sessions
from activities import scheduling
from activities.models import Attendance, Session, SignUp
from catalog.models import Programme
from core.time import at, today
from funding.models import BudgetLine
from orders import drafting, lifecycle, moving
from orders.drafting import PlannedRow
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order, RescheduleProposal
from organisations.acting import Acting, acting_for, clock
from organisations.models import Membership, Venue
from tests.conftest import NOW
from tests.factories.activities import make_sign_up
from tests.factories.catalog import make_programme
from tests.factories.funding import make_fund, make_line
from tests.factories.organisations import make_member, make_organisation, make_region, make_venue
from tests.factories.safeguarding import make_cleared

PRICE = 80_000


@dataclass
class Stage:
    """The parties of an order: each an ``Acting`` with the role that owns its verbs."""

    office: Acting
    provider: Acting
    officer: Acting
    finance: Acting
    coordinator: Acting
    programme: Programme
    line: BudgetLine
    venue: Venue
    crew: list[tuple[int, bool]] = field(default_factory=list)

    def crew_for(self, order: Order) -> dict[int, list[tuple[int, bool]]]:
        """The same two people for every session."""
        return {one.position: self.crew for one in order.planned.all()}


def make_stage(*, budget: int = 4_000_000, **content) -> Stage:
    """An office of 瑞景街道, a provider with a programme and two cleared social workers, the district's League."""
    league = make_organisation("league", region=make_region("北辰区"), name="北辰区团委", name_en="Beichen League")
    office = make_organisation("office", region=make_region("瑞景街道"), name="瑞景街道办事处", name_en="Ruijing")
    provider = make_organisation("provider", name="青禾青少年发展中心", name_en="Qinghe", contact_phone="13800000000")
    officer, finance = make_member(league, "officer"), make_member(league, "finance")
    manager = make_member(provider, "manager")
    coordinator = make_member(provider, "coordinator", user=make_cleared())
    second = make_member(provider, "coordinator", user=make_cleared())
    workers = Membership.objects.filter(organisation=provider, user__in=[coordinator.user, second.user])
    crew = [(worker.pk, worker.user_id == coordinator.user.pk) for worker in workers.order_by("pk")]
    fund = make_fund(budget, league=league)
    return Stage(
        office=make_member(office, "manager"),
        provider=manager,
        officer=officer,
        finance=finance,
        coordinator=coordinator,
        programme=make_programme(by=manager, officer=officer, **{"price": PRICE, **content}),
        line=make_line(budget, fund=fund, region=make_region("瑞景街道")),
        venue=make_venue(office),
        crew=crew,
    )


def rows_for(stage: Stage, count: int = 2, *, days_ahead: int = 14, now: datetime = NOW) -> list[PlannedRow]:
    """Weekly dates at 09:30, the first so many days ahead."""
    first = today(now) + timedelta(days=days_ahead)
    starts = drafting.series(first, time(9, 30), every_weeks=1, count=count)
    return [PlannedRow(starts_at, stage.venue.pk) for starts_at in starts]


def make_order(
    stage: Stage | None = None,
    *,
    sessions: int = 2,
    rows: list[PlannedRow] | None = None,
    group_size: int = 20,
    now: datetime = NOW,
    **fields,
) -> Order:
    """A draft of the stage's office."""
    stage = stage or make_stage()
    return drafting.create(
        stage.programme,
        by=stage.office,
        now=now,
        submission_id=uuid4(),
        group_size=group_size,
        rows=rows_for(stage, sessions, now=now) if rows is None else rows,
        **fields,
    )


def make_submitted(stage: Stage, *, now: datetime = NOW, **fields) -> Order:
    """An order that waits for the provider."""
    return lifecycle.submit(make_order(stage, now=now, **fields), by=stage.office, now=now)


def make_countered(stage: Stage, *, now: datetime = NOW, **fields) -> Order:
    """An order whose group the provider wants smaller."""
    order = make_submitted(stage, now=now, **fields)
    lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), group_size=16)
    return order


def make_accepted(stage: Stage, *, now: datetime = NOW, **fields) -> Order:
    """An order that waits for the League."""
    order = make_submitted(stage, now=now, **fields)
    return lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def make_approved(stage: Stage, *, now: datetime = NOW, **fields) -> Order:
    """An order with open sessions and committed money."""
    return lifecycle.approve(make_accepted(stage, now=now, **fields), by=stage.officer, now=now)


def close_sessions(order: Order, *, present: bool = True) -> None:
    """One child was in each session, unless told otherwise; the crew closes each an hour after its end."""
    lead = Membership.objects.select_related("user", "organisation").get(
        pk=order.planned.first().crew.get(is_lead=True).membership_id
    )
    by = acting_for(lead.user, lead.organisation, lead.role)
    for planned in order.planned.select_related("session").order_by("position"):
        assert planned.session is not None
        if present:
            make_present(planned.session)
        sessions.close(planned.session, by=by, now=planned.ends_at + timedelta(hours=1))


def make_present(session: Session) -> SignUp:
    """A child that was checked in."""
    child = make_sign_up(session)
    Attendance.objects.create(sign_up=child, status="present", at=session.starts_at)
    return child


def after(order: Order) -> datetime:
    """An hour after the last session."""
    return max(order.planned.values_list("ends_at", flat=True)) + timedelta(hours=1)


def make_delivered(stage: Stage, *, present: bool = True, now: datetime = NOW, **fields) -> Order:
    """An order that waits for the office's word; it is an hour after the last session."""
    order = make_approved(stage, now=now, **fields)
    close_sessions(order, present=present)
    return lifecycle.report(order, by=stage.coordinator, now=after(order), text="都办完了。")


def make_confirmed(stage: Stage, *, now: datetime = NOW, **fields) -> Order:
    """An order whose settlement waits for League finance."""
    order = make_delivered(stage, now=now, **fields)
    return lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))


def book(
    stage: Stage, starts_at: datetime, *, crew: list[tuple[int, bool]], venue: Venue | str | None = "own"
) -> Session:
    """Another session of the stage's provider at that time, in its venue and with its people unless told otherwise."""
    version = stage.programme.current_version
    assert version is not None
    return scheduling.open_session(
        version=version,
        provider=stage.programme.provider,
        region=make_region(),
        office=None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        venue=stage.venue if venue == "own" else None,
        address="" if venue == "own" else "别处",
        capacity=10,
        reserved=0,
        crew=crew,
        by=clock("tests"),
        now=NOW,
    )


def at_day(days: int, clock_time: time = time(9, 30), *, now: datetime = NOW) -> datetime:
    """A moment so many days ahead, on the city's clock."""
    return at(today(now) + timedelta(days=days), clock_time)


def make_day_move(by: Acting, day: date, to: date, *, now: datetime = NOW) -> list[RescheduleProposal]:
    """Every session of a day is proposed for another day by one side."""
    seen = [(one.row.planned.pk, one.row.planned.session.sequence) for one in moving.wishes(by, day, to, now)]
    moving.propose(seen, to=to, by=by, now=now, note="", act=uuid4())
    return list(RescheduleProposal.objects.filter(status="open").order_by("planned__starts_at"))
