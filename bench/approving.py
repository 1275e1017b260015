"""Approving an order beside the framework's floor: ``make bench-approving``.

A League's officer approves accepted orders one after the other through the page, on the production set-up; each
commits money, opens the session and tells those concerned. In the same run people take places at the floor (a bare
Django page and POST), one after the other too. Prints both medians of the POST alone and their ratio, and ends with 1
where it is more than 5. ``ORDERS`` changes how many.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import load
from bench.databases import manage, postgresql
from bench.server import HOST, Server, production
from bench.surge import TOKEN, floor_people

ORDERS = int(os.environ.get("ORDERS", "100"))
MOST = 5.0


class City:
    """A demo city with accepted orders, and its officer's login."""

    def __init__(self, database: str) -> None:
        import django

        os.environ.update(production(database, Path(tempfile.mkdtemp())))
        django.setup()
        from django.utils import timezone

        from bench import stage

        self.now = timezone.now()
        self.like = stage.build_city(self.now)
        self.cookie = stage.cookie_name()
        self.officer = self._officer()
        self._fill_lines()
        self.orders = [self._accepted(n) for n in range(ORDERS)]

    def _officer(self) -> str:
        """Return the login session of the League's officer, who has a second factor."""
        from allauth.mfa.models import Authenticator

        from bench import stage
        from users.models import User

        user = User.objects.get(email="league@demo.test")
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
        return stage.log_in([user])[0]

    @staticmethod
    def _fill_lines() -> None:
        from django.db.models import F

        from funding.models import BudgetLine

        more = 10_000_000_00
        BudgetLine.objects.update(allocated=F("allocated") + more, available=F("available") + more)

    def _accepted(self, n: int) -> str:
        """Return the number of an order of one session, so many days ahead, that the provider accepted."""
        from core.time import local
        from orders import drafting, lifecycle

        order = self.like.planned.order
        crew = list(self.like.crew.values_list("membership", "is_lead"))
        start = local(self.now).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=60 + n)
        asked = drafting.create(
            order.programme,
            by=self._acting(order.office),
            now=self.now,
            submission_id=uuid4(),
            group_size=order.group_size,
            reason="bench",
            rows=[drafting.PlannedRow(start, venue_id=self.like.venue_id)],
        )
        lifecycle.submit(asked, by=self._acting(order.office), now=self.now)
        lifecycle.accept(asked, by=self._acting(order.provider), now=self.now, crew={1: crew})
        return str(asked.number)

    @staticmethod
    def _acting(organisation: Any) -> Any:
        from organisations.acting import acting_for

        member = organisation.memberships.filter(role="manager").select_related("user")[0]
        return acting_for(member.user, organisation, "manager")


async def posts(port: int, visits: list[tuple[str, str]], cookie: str, more: str) -> list[float]:
    """Open each page and send its form; return how many milliseconds each POST took."""
    times = []
    for key, path in visits:
        browser = load.Browser(port, HOST, {cookie: key})
        token = TOKEN.search((await browser.ask("GET", path)).body.decode())
        assert token is not None, path
        started = time.perf_counter()
        answer = await browser.ask("POST", path, f"csrfmiddlewaretoken={token[1]}{more}")
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status in {200, 302}, (path, answer.status)
        browser.close()
    return times


def approved(city: City) -> int:
    """Count the orders of the bench that are approved."""
    from orders.models import Order

    return Order.objects.filter(number__in=city.orders, status="approved").count()


def main() -> None:
    """Measure both in turns of a quarter each."""
    with postgresql("approving") as database, postgresql("floor") as floor_database:
        manage("migrate", "--noinput", DATABASE_URL=database, DJANGO_SETTINGS_MODULE="marketplace.settings.demo")
        keys = floor_people(floor_database)[:ORDERS]
        city = City(database)
        environment = {key: os.environ[key] for key in production(database, Path())}
        manage("collectstatic", "--noinput", "--verbosity", "0", **environment)
        bare_environment = {"DJANGO_SETTINGS_MODULE": "bench.floor.settings", "DATABASE_URL": floor_database}
        ours: list[float] = []
        floor: list[float] = []
        with (
            Server("marketplace.wsgi:application", {}) as site,
            Server("bench.floor.wsgi:application", bare_environment) as bare,
        ):
            for part in range(4):
                some = slice(part * ORDERS // 4, (part + 1) * ORDERS // 4)
                visits = [(city.officer, f"/orders/{number}/approve/") for number in city.orders[some]]
                ours += asyncio.run(posts(site.port, visits, city.cookie, "&seen=&note="))
                floor += asyncio.run(posts(bare.port, [(key, "/places/1/") for key in keys[some]], "sessionid", ""))
        done = approved(city)
        assert done == ORDERS, f"only {done} of {ORDERS} orders were approved"
    mine, bare_post = statistics.median(ours), statistics.median(floor)
    ratio = mine / bare_post
    missed = ratio > MOST
    print(f"approving an order: p50 {mine:.1f} ms · the floor's POST: p50 {bare_post:.1f} ms ({ORDERS} each)")
    print(f"ratio: {ratio:.2f} (goal at most {MOST}){'  MISSED' if missed else ''}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
