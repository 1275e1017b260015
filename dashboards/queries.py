"""What the start pages read; one query each unless it says otherwise."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Avg, Case, Count, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest

from activities.models import Review, Session, SignUp
from activities.models.session import SessionQuerySet
from catalog.models import Programme, ProgrammeVersion
from core.time import at, today
from funding import lines
from funding import queries as funding
from funding.models import BudgetLine, Fund, Settlement
from funding.queries import Totals
from orders.models import Order, PlannedSession, RescheduleProposal
from orders.queries import awaiting_report
from orders.statuses import ENDED_WITHOUT_DELIVERY, Status
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.queries import NoLeague, league_for
from people.models import Child
from safeguarding import clearance
from safeguarding.clearance import Clearance
from users.models import User

MOST_ROWS = 50
MOST_SIGN_UPS = 200
CHECK_ENDS_SOON = timedelta(days=30)
WITH_PROVIDER = (Status.SUBMITTED, Status.COUNTERED, Status.APPROVED)
PARTS = ("allocated", "paid", "payable", "committed", "available")


def _planned_count(**only: object) -> Coalesce:
    rows = PlannedSession.objects.filter(order=OuterRef("pk"), **only).order_by().values("order")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def open_orders(by: Acting, now: datetime) -> QuerySet[Order]:
    """Return the visible orders that are still under way, the next deadline first, with their progress.

    Each row has ``planned_count``, ``held_count`` and ``next_start``.
    """
    rows = Order.objects.visible_to(by).exclude(status__in=[*ENDED_WITHOUT_DELIVERY, Status.SETTLED])
    coming = PlannedSession.objects.filter(order=OuterRef("pk"), starts_at__gt=now).order_by().values("order")
    coming = coming.exclude(session__status=Session.Status.CANCELLED)
    return (
        rows.with_parties()
        .annotate(
            planned_count=_planned_count(),
            held_count=_planned_count(session__status=Session.Status.CLOSED),
            next_start=Subquery(coming.annotate(first=Min("starts_at")).values("first")),
        )
        .order_by(F("waits_until").asc(nulls_last=True), "-pk")[:MOST_ROWS]
    )


def proposals_to_answer(by: Acting) -> QuerySet[RescheduleProposal]:
    """Return the proposals of a new date that the other side made and that wait for this organisation."""
    rows = RescheduleProposal.objects.filter(
        status="open", planned__order__in=Order.objects.visible_to(by).values("pk")
    )
    rows = rows.exclude(proposed_by_org=by.organisation)
    return rows.select_related("planned__order__version", "planned__order__programme").order_by("starts_at", "pk")


def sessions_of(organisation: Organisation, since: datetime, until: datetime) -> SessionQuerySet:
    """Return the sessions that an office ordered, or that a provider runs, in a span of time; cancelled ones not."""
    mine = Q(provider=organisation) if organisation.kind == Organisation.Kind.PROVIDER else Q(office=organisation)
    rows = Session.objects.not_cancelled().filter(mine, starts_at__gte=since, starts_at__lt=until)
    return rows.with_card_data().order_by("starts_at", "pk")


def sessions_to_close(organisation: Organisation, now: datetime) -> SessionQuerySet:
    """Return the provider's sessions that are over and not closed."""
    rows = Session.objects.scheduled().filter(provider=organisation, ends_at__lte=now)
    return rows.with_card_data().order_by("ends_at", "pk")[:MOST_ROWS]


def day_span(now: datetime, days: int) -> tuple[datetime, datetime]:
    """Return from when to when the city's next days last, today included."""
    first = today(now)
    return at(first, time.min), at(first + timedelta(days=days), time.min)


def budget_of(office: Organisation, on: date) -> BudgetLine | None:
    """Return the line that pays for the office's area, or nothing. Two queries."""
    try:
        league = league_for(office.region)
    except NoLeague:
        return None
    return next(iter(lines.candidates(league=league, region=office.region, theme_slug="", on=on)), None)


def programmes_of(provider: Organisation) -> QuerySet[Programme]:
    """Return a provider's programmes, those on the menu first, then what was written last."""
    rows = Programme.objects.filter(provider=provider).select_related("current_version", "theme")
    on_menu = Case(When(status=Programme.Status.PUBLISHED, then=0), default=1)
    return rows.order_by(on_menu, "-changed_at", "-pk")[:MOST_ROWS]


def receivable(provider: Organisation) -> tuple[int, int]:
    """Return how many settlements a provider waits for, and their sum, less what was advanced of them already."""
    status = Settlement.Status
    rest = Greatest(F("amount") - F("commitment__advanced"), 0)
    wanted = Case(When(status=status.PROPOSED, kind=Settlement.Kind.SETTLEMENT, then=rest), default=funding.DUE)
    rows = Settlement.objects.filter(commitment__provider=provider).exclude(status__in=[status.PAID, status.ENDED])
    figures = rows.aggregate(n=Count("pk"), total=Sum(wanted))
    return figures["n"], figures["total"] or 0


def reports_due(by: Acting) -> set[int]:
    """Return the ids of the visible orders whose report is due."""
    return set(awaiting_report(Order.objects.visible_to(by)).values_list("pk", flat=True))


def to_invoice(by: Acting, provider: Organisation) -> list[Order]:
    """Return the orders whose settlement waits for the provider's invoice, the longest waiting first."""
    waiting = funding.to_invoice(provider).order_by("approved_at")
    rows = Order.objects.visible_to(by).filter(commitment__in=waiting.order_by().values("commitment")).with_parties()
    since = Subquery(waiting.filter(commitment=OuterRef("commitment")).values("approved_at")[:1])
    settled = Prefetch("commitment__settlements", Settlement.objects.select_related("invoice"))
    return list(rows.select_related("commitment").prefetch_related(settled).order_by(since, "pk"))


def crew_to_watch(provider: Organisation, on: date) -> list[tuple[str, Clearance]]:
    """Return the provider's staff who are not cleared today, or whose check ends within 30 days. Two queries."""
    roles = (Membership.Role.MANAGER, Membership.Role.COORDINATOR)
    rows = Membership.objects.current(on).with_role(*roles).filter(organisation=provider)
    people = {row.user_id: str(row.user) for row in rows.select_related("user").order_by("pk")}
    answers = clearance.of_workers(people, on)
    last = on + CHECK_ENDS_SOON
    return [
        (name, answers[pk])
        for pk, name in people.items()
        if not answers[pk].ok or (answers[pk].check_valid_until or last) < last
    ]


def to_decide(by: Acting) -> list[Order]:
    """Return the orders that wait for the League's word, the next deadline first.

    They are to be approved, or disputed, or in the hands of a provider that the League has suspended.
    """
    stuck = Q(status__in=WITH_PROVIDER, provider__status=Organisation.Status.SUSPENDED)
    waiting = Q(status__in=(Status.ACCEPTED, Status.DISPUTED)) | stuck
    rows = Order.objects.visible_to(by).filter(waiting).with_parties()
    return list(rows.order_by(F("waits_until").asc(nulls_last=True), "pk")[:MOST_ROWS])


def mean_prices() -> dict[str, float]:
    """Return the mean price of a session on the menu, by theme."""
    current = Programme.objects.on_menu().values("current_version")
    rows = ProgrammeVersion.objects.filter(pk__in=current).values("theme").annotate(mean=Avg("price")).order_by()
    return {row["theme"]: row["mean"] for row in rows}


def programmes_to_review(by: Acting) -> list[Programme]:
    """Return new and changed programmes that the League has to read, the oldest first."""
    rows = Programme.objects.visible_to(by).waiting_for_review().select_related("provider", "theme")
    return list(rows.order_by("submitted_at", "pk")[:MOST_ROWS])


def organisations_to_admit(league: Organisation) -> list[Organisation]:
    """Return the organisations of the League's area that applied, the oldest first."""
    rows = Organisation.objects.filter(
        status=Organisation.Status.APPLIED, region__lineage__startswith=league.region.lineage
    )
    return list(rows.select_related("region").order_by("created_at", "pk")[:MOST_ROWS])


def fund_of(league: Organisation, on: date) -> tuple[Fund | None, Totals | None]:
    """Return the League's largest running fund and what became of its money. Three queries."""
    fund = Fund.objects.of_league(league.pk).running(on).order_by("-received", "pk").first()
    return fund, funding.totals(fund) if fund else None


def own_family(user: User, on: date) -> list[Child]:
    """Return the children whom the person answers for, or the youth's own entry, the eldest first."""
    return list(Child.objects.visible_to(Acting(user=user), on).order_by("birth_date", "pk"))


def own_sign_ups(family: Collection[Child]) -> list[SignUp]:
    """Return the newest sign-ups of a family's children, the earliest first.

    It takes the children themselves: with a query for them the database looked through the sign-ups of everybody.
    """
    rows = SignUp.objects.filter(child__in=[child.pk for child in family]).select_related(
        "child", "party", "attendance", "session__version__programme", "session__version__theme", "session__venue"
    )
    return list(rows.order_by("-starts_at", "-pk")[:MOST_SIGN_UPS])[::-1]


def reviewed(sign_ups: Iterable[SignUp]) -> dict[int, list[Review]]:
    """Return the reviews of the sign-ups, by sign-up; one that nobody rated is not there."""
    ids = [row.pk for row in sign_ups]
    found: dict[int, list[Review]] = {}
    rows = Review.objects.filter(sign_up__in=ids).only("sign_up", "author", "by_child", "created_at") if ids else []
    for row in rows:
        found.setdefault(row.sign_up_id or 0, []).append(row)
    return found
