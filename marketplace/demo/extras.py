"""What the demo logins find when they sign in: places, a queue, something to rate, shifts."""

from datetime import timedelta
from itertools import islice

from activities import announcements, places, reviews, signups
from activities.eligibility import NotEligible, NotOpen
from activities.models import Session
from concerns import intake
from concerns import lifecycle as handling
from concerns import queries as concerns
from concerns.models import Category
from core.time import today
from marketplace.demo.city import City, clear
from organisations.acting import Acting
from organisations.models import Region
from people import pick_up
from people.models import Child, Guardian
from safeguarding import consents, health
from safeguarding.models import Purpose
from users.models import User
from volunteering import assignments, shifts


def build_extras(city: City, volunteers: list[User]) -> None:
    """Give each demo login something to do."""
    _guardian_places(city)
    _announcement(city)
    _shifts(city, volunteers)
    _invited_review(city)
    _grandmother(city)
    _health_note(city)
    _concerns(city)


def _upcoming(city: City) -> list[Session]:
    """Sessions that can still be signed up for, the soonest first; none whose reserve opens to all within a day."""
    rows = Session.objects.scheduled().filter(closes_at__gt=city.now + timedelta(days=2), opens_at__lt=city.now)
    rows = rows.exclude(opens_to_all_at__range=(city.now - timedelta(days=1), city.now + timedelta(days=1)))
    return list(rows.select_related("version", "region", "provider").order_by("starts_at", "pk"))


def _sign_up(city: City, session: Session, child: Child, key: str) -> bool:
    """Sign a child of a demo login up where nothing stands against it."""
    by = city.people[key]
    guardian = Guardian.objects.filter(user=by.user).first()
    try:
        signups.sign_up(
            session.pk,
            children=[child],
            guardian=guardian,
            by=by,
            now=city.now - timedelta(hours=2),
            submission_id=city.submission(),
        )
    except (NotEligible, NotOpen):
        return False
    return True


def _grandmother(city: City) -> None:
    """The demo guardian lets a grandmother fetch the eldest."""
    by = city.people["guardian"]
    child = Child.objects.get(guardianships__guardian__user=by.user, name="林小满")
    when, number = city.now - timedelta(days=2), city.submission()
    pick_up.name_person(child, name="钱桂兰（姥姥）", phone="+8613800002048", by=by, submission_id=number, now=when)


def _health_note(city: City) -> None:
    """The demo guardian agrees to a health note of the eldest and writes it; staff on duty read it around a session."""
    by, when = city.people["guardian"], city.now - timedelta(days=2)
    guardian = Guardian.objects.get(user=by.user)
    child = Child.objects.get(guardianships__guardian=guardian, name="林小满")
    text = consents.in_force(Purpose.HEALTH, today(when))
    health.write(child, "对花生过敏；书包侧袋里有抗过敏药。", guardian=guardian, by=by, now=when, agrees_to=text)


def _concerns(city: City) -> None:
    """A concern waits at the street of the demo logins, another was handed on to the hotline."""
    home = Region.objects.filter(parent=city.offices["瑞景街道"].region).order_by("code")[0]
    waits, referred = city.now - timedelta(hours=3), city.now - timedelta(days=1)
    for kind, words, when in [
        ("abandoned", "同楼一个大约八岁的孩子，一周来放学后都独自在楼道里待到很晚。", waits),
        ("violence", "活动时看到孩子手臂上有几处淤青，孩子说是摔的，神情紧张。", referred),
    ]:
        made = intake.report(
            Category.objects.get(pk=kind), words=words, region=home, now=when, submission_id=city.submission()
        )
    by = city.people["child-officer"]
    concerns.look(made, by=by, now=referred)
    handling.accept(made, by=by, now=referred + timedelta(minutes=20))
    handling.refer(
        made,
        agency="12345",
        told_at=referred + timedelta(minutes=40),
        reference="工单 0731",
        words="热线已转派出所和社区，两天内回访。",
        by=by,
        now=referred + timedelta(minutes=45),
        submission_id=city.submission(),
    )


def _guardian_places(city: City) -> None:
    """The demo guardians' children have a place in the coming days where there is one, and queue for others."""
    child = Child.objects.get(guardianships__guardian__user=city.people["guardian"].user, name="林小满")
    second = Child.objects.get(guardianships__guardian__user=city.people["guardian2"].user)
    for one, key in [(child, "guardian"), (second, "guardian2")]:
        for room, wanted in [(True, 2), (False, 1)]:
            found = (row for row in _upcoming(city) if _has_room(city, row, one) is room)
            signed_up = (row for row in found if _sign_up(city, row, one, key))
            list(islice(signed_up, wanted))


def _has_room(city: City, session: Session, child: Child) -> bool:
    """Tell whether the child would get a place at once."""
    need = places.need_of(session, [child], places.been_before(session, [child], city.now))
    return not session.waiting_parties and places.fits(session, need, city.now)


def _announcement(city: City) -> None:
    """The staff of the demo guardian's next session wrote to all families this morning."""
    guardian = city.people["guardian"].user
    mine = Session.objects.upcoming(city.now).filter(
        sign_ups__status="confirmed", sign_ups__party__guardian__user=guardian
    )
    session = mine.select_related("version").order_by("starts_at", "pk").first()
    if session is not None:
        announcements.announce(
            session,
            text="请自带水杯，穿方便活动的鞋，提前十分钟到场。",
            by=city.managers[session.provider_id],
            now=city.now - timedelta(hours=1),
            submission_id=city.submission(),
        )


def _shifts(city: City, volunteers: list[User]) -> None:
    """Open a job in the coming sessions that want volunteers, and let cleared volunteers take some."""
    people = [Acting(user=user) for user in volunteers]
    for one in people:
        clear(city, one)
    for n, session in enumerate(_upcoming(city)[:18]):
        lead = session.crew.active().select_related("membership").order_by("-is_lead", "pk").first()
        if lead is None or not session.version.volunteers_wanted:
            continue
        shift = shifts.open_shift(
            session,
            title="现场协助",
            title_en="Helping hand",
            places=session.version.volunteers_wanted,
            reports_to=lead.membership,
            by=city.managers[session.provider_id],
            now=city.now - timedelta(days=1),
            skills="耐心、守时，能陪孩子分组活动",
            is_risky=session.version.is_risky,
            insurance_number="PICC-2026-0001" if session.version.is_risky else "",
            submission_id=city.submission(),
        )
        for volunteer in [people[(n + i) % len(people)] for i in range(min(2, shift.places))]:
            try:
                assignments.join(
                    shift.pk,
                    by=volunteer,
                    now=city.now - timedelta(hours=4),
                    emergency_contact="家人 138 0000 9999",
                    submission_id=city.submission(),
                )
            except assignments.Overlapping:
                continue


def _invited_review(city: City) -> None:
    """A deputy of the people's congress was asked to look, has rated one session and owes another."""
    closed = Session.objects.filter(status=Session.Status.CLOSED, no_attendance=False).order_by("-starts_at", "pk")[:2]
    reviewer = city.people["reviewer"].user
    assert reviewer is not None
    for n, session in enumerate(closed):
        invitation = reviews.invite(session, reviewer, by=city.officer(), now=session.ends_at - timedelta(days=1))
        if n == 0:
            when = min(session.ends_at + timedelta(hours=6), city.now)
            reviews.submit_invited(
                invitation, mark=5, tags=["well_run"], text="组织有序，孩子专注。", by=city.people["reviewer"], now=when
            )
