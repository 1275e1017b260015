"""Who signed up, who came, what they thought: for every session of the demo city."""

from contextlib import suppress
from datetime import datetime, timedelta

from activities import checkin, placements, reviews, signups
from activities.eligibility import NotEligible
from activities.models import Attendance, Session, SignUp
from activities.placements import Placement
from activities.reviews import Rating
from core.time import calendar_age, today
from marketplace.demo.city import City
from organisations.acting import Acting
from people.models import Child, Guardian, Guardianship

Pair = tuple[Child, Guardian]
WORDS_OF_JOY = [
    "孩子回家讲了一晚上，下次还想来。",
    "老师有耐心，每个孩子都照顾到了。",
    "内容实用，回家马上就用上了。",
    "场地好找，准时开始，准时结束。",
    "孩子第一次主动举手，谢谢你们。",
    "希望多办几场，名额太紧了。",
    "活动有意思，就是时间短了点。",
    "材料准备得很足，小组也分得好。",
]
WORDS_OF_CARE = ["人有点多，后排看不清。", "中间等的时间长了些。", "希望提前发一下要带什么。"]


class Families:
    """The families who may come, by where they live."""

    def __init__(self, city: City) -> None:
        self.city = city
        rows = Guardianship.objects.filter(guardian__user__isnull=False, child__user__isnull=True)
        rows = rows.select_related("child__home_community", "guardian__user").order_by("pk")
        pairs: list[Pair] = [(row.child, row.guardian) for row in rows]
        demo = {city.people["guardian"].user, city.people["guardian2"].user}
        self.pairs = [pair for pair in pairs if pair[1].user not in demo]
        self.favourite = next(pair for pair in pairs if pair[1].user in demo)
        youths = Child.objects.select_related("home_community")
        self.youth = youths.get(user=city.people["youth"].user)

    def fitting(self, session: Session) -> tuple[list[Pair], list[Pair]]:
        """Return those of the right age: from the ordering area, and from elsewhere."""
        version, day = session.version, today(session.starts_at)
        old_enough = [
            pair for pair in self.pairs if version.min_age <= calendar_age(pair[0].birth_date, day) <= version.max_age
        ]
        near = [pair for pair in old_enough if pair[0].home_community.is_within(session.region)]
        near_keys = {pair[0].pk for pair in near}
        return near, [pair for pair in old_enough if pair[0].pk not in near_keys]

    def attend(self, city: City, session: Session) -> None:
        """Fill the session, and if it is over, let the children come and rate."""
        self._sign_up(session)
        if session.ends_at < city.now - timedelta(hours=12):
            self._come(session)

    def _sign_up(self, session: Session) -> None:
        chance, now = self.city.chance, self.city.now
        wanted = int(session.capacity * chance.choice([0.6, 0.75, 0.85, 1.0, 1.0]))
        near, far = self.fitting(session)
        local = chance.sample(near, min(len(near), wanted + 4))
        guests = chance.sample(far, min(len(far), wanted + 12))
        opened = min(session.opens_at + timedelta(minutes=30), now)
        to_all = max(session.opens_to_all_at, session.opens_at) + timedelta(minutes=5)
        wishes = [self._placement(session, pair, opened) for pair in local[: wanted // 2 + 4]]
        if to_all < min(session.closes_at, now):
            wishes += [self._placement(session, pair, to_all) for pair in guests]
        wishes = [*self._demo_logins(session, opened), *wishes]
        if wishes:
            placements.bulk_confirm(wishes[: wanted + 6])
        session.refresh_from_db(fields=["taken", "taken_outside", "taken_returning"])
        if session.taken == session.capacity and session.closes_at > now + timedelta(days=2):
            self._wait(session, local[-3:])

    def _demo_logins(self, session: Session, at: datetime) -> list[Placement]:
        """The demo guardian's child was at what is over, the demo youth has a place in what comes."""
        if session.office != self.city.offices["瑞景街道"]:
            return []
        if session.starts_at < self.city.now + timedelta(hours=12):
            return [self._placement(session, self.favourite, at)]
        return [Placement(session, [self.youth], None, self.city.people["youth"], at)]

    def _placement(self, session: Session, pair: Pair, at: datetime) -> Placement:
        child, guardian = pair
        return Placement(session, [child], guardian, Acting(user=guardian.user), at)

    def _wait(self, session: Session, pairs: list[Pair]) -> None:
        """Let a few families queue behind a full session."""
        for child, guardian in pairs:
            with suppress(NotEligible):  # has a place already, or is elsewhere at that time
                signups.sign_up(
                    session.pk,
                    children=[child],
                    guardian=guardian,
                    by=Acting(user=guardian.user),
                    now=self.city.now - timedelta(hours=3),
                    submission_id=self.city.submission(),
                )

    def _come(self, session: Session) -> None:
        """Nine in ten come; four in ten of those say something."""
        chance = self.city.chance
        rows = list(SignUp.objects.filter(session=session).select_related("session__version", "party").order_by("pk"))
        marks = [(row, chance.choices(_CAME, [90, 7, 3])[0]) for row in rows]
        marks = [
            (row, Attendance.Status.PRESENT if row.child_id == self.favourite[0].pk else one) for row, one in marks
        ]
        checkin.bulk_mark(
            marks, by=self.city.managers[session.provider_id], now=session.starts_at + timedelta(minutes=9)
        )
        came = [row for row, status in marks if status == Attendance.Status.PRESENT]
        quiet = self.favourite[0].pk
        said = [
            (row, chance.random() < 0.3, self._rating())
            for row in came
            if chance.random() < 0.4 and row.child_id != quiet
        ]
        reviews.bulk_submit(said, now=session.ends_at + timedelta(hours=5))

    def _rating(self) -> Rating:
        chance = self.city.chance
        mark = chance.choices([5, 4, 3, 2], [70, 22, 6, 2])[0]
        words = WORDS_OF_JOY if mark > 3 else WORDS_OF_CARE
        return Rating(mark, ("fun", "kind_staff") if mark > 3 else ("too_crowded",), chance.choice(["", *words]))


_CAME = [Attendance.Status.PRESENT, Attendance.Status.ABSENT, Attendance.Status.EXCUSED]
