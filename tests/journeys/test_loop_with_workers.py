"""The whole loop on PostgreSQL with Redis and a real Celery worker: mails leave, and sweepers run meanwhile."""

import contextlib
import os
import signal
import subprocess
import time
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import redis
import time_machine
from django.conf import settings
from kombu import pools

from core import jobs
from core.time import today
from marketplace.celery import app
from notifications.models import Delivery, Letter
from orders.models import Order
from orders.statuses import Status
from tests.conftest import NOW
from tests.journeys.loop import LOOP, City, children_are_checked_in_and_everybody_rates, make_city
from tests.journeys.test_loop import breaches
from tests.journeys.visitor import HttpVisitor
from tests.marketplace.production import PYTHON, environment

pytestmark = [pytest.mark.services, pytest.mark.postgresql, pytest.mark.slow]

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15").rsplit("/", 1)[0] + "/13"
COMMAND = ["-m", "celery", "-A", "tests.journeys.worker", "worker", "--beat", "--concurrency=1", "--loglevel=INFO"]
PATIENCE = 30


def until(question, log: Path) -> None:
    limit = time.perf_counter() + PATIENCE
    while not question():
        assert time.perf_counter() < limit, log.read_text()[-3000:]
        time.sleep(0.2)


def publish_to(url: str, options: dict[str, object]) -> None:
    """Make the site publish its wake-ups somewhere else."""
    app.conf.update(broker_url=url, broker_transport_options=options)
    pools.reset()
    app._after_fork()


@pytest.fixture
def broker(monkeypatch):
    """An empty Redis that the site publishes to as well."""
    redis.Redis.from_url(REDIS_URL).flushdb()
    monkeypatch.setitem(jobs._broker, "leave_alone_until", 0.0)
    publish_to(REDIS_URL, {"visibility_timeout": 3600})
    yield REDIS_URL
    publish_to(settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS)


@contextlib.contextmanager
def working(database: str, broker: str, folder: Path):
    """Run the worker with its scheduler; its end must be a clean one."""
    server = settings.DATABASES["default"]
    login = server["USER"] + (f":{server['PASSWORD']}" if server["PASSWORD"] else "")
    env = environment(
        DATABASE_URL=f"postgres://{login}@{server['HOST']}:{server['PORT'] or 5432}/{database}",
        REDIS_URL=broker,
        DJANGO_SETTINGS_MODULE="marketplace.settings.demo",  # mail becomes files
        FIELD_ENCRYPTION_KEYS=",".join(settings.FIELD_ENCRYPTION_KEYS),  # both read the same rows
        CONCERN_KEYS=",".join(settings.CONCERN_KEYS),
        VAR_DIR=str(folder),
        JOURNEY_CLOCK=str(folder / "clock"),
        LOG_LEVEL="INFO",
    )
    log = folder / "worker.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [PYTHON, *COMMAND, f"--schedule={folder / 'beat'}"],
            cwd=settings.BASE_DIR,
            env=env,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(timeout=30)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, log.read_text()[-3000:]


def letters(folder: Path) -> dict[str, list[str]]:
    """Return the subjects of the mails that left, by recipient."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.log")):
        for part in file.read_bytes().split(b"-" * 79 + b"\n"):
            if part.strip():
                letter = message_from_bytes(part, policy=policy.default)
                found.setdefault(str(letter["to"]), []).append(str(letter["subject"]))
    return found


def order_that_nobody_answers(city: City) -> Order:
    """The office orders the same once more, three weeks ahead."""
    programme = city.order.programme
    fields = {
        "count": 1,
        "group_size": 12,
        "first_on": f"{today(city.now) + timedelta(days=21):%Y-%m-%d}",
        "starts": "14:00",
        "every_weeks": 1,
        "venue": "",
        "address": "示范路1号",
    }
    dates = city["office"].send(f"/orders/new/?programme={programme.slug}", fields)
    details = city["office"].send(dates, {}, action=dates, button="next")
    check = city["office"].send(details, {"group_size": 10, "reason": "再办一次。"})
    city["office"].send(check, {"note": ""})
    return Order.objects.exclude(pk=city.order.pk).get()


def the_day_before(city: City, folder: Path, log: Path) -> None:
    """The worker reminds the family, who get it by mail."""
    first = city.order.planned.select_related("session").order_by("position")[0].session
    city.later(first.starts_at - timedelta(hours=15))
    until(lambda: city.users["guardian"].email in letters(folder / "mail"), log)


def test_the_loop_closes_while_the_worker_delivers_and_sweeps(fresh_db, broker, tmp_path):
    def tell(moment: datetime) -> None:
        clock.move_to(moment)
        (tmp_path / "clock.new").write_text(moment.isoformat(), encoding="utf-8")
        (tmp_path / "clock.new").rename(tmp_path / "clock")

    with time_machine.travel(NOW, tick=True) as clock:
        tell(NOW)
        with working(fresh_db, broker, tmp_path) as log:
            city = make_city(HttpVisitor, tell, NOW)
            for step in LOOP:
                if step is children_are_checked_in_and_everybody_rates:
                    the_day_before(city, tmp_path, log)
                step(city)
            until(lambda: not Delivery.objects.due(city.now).exists(), log)
            told = letters(tmp_path / "mail")
            roles = {"guardian", "volunteer", "ngo", "office", "league"}
            assert {role for role in roles if city.users[role].email in told} == roles

            order = order_that_nobody_answers(city)
            city.later(order.waits_until + timedelta(minutes=1))
            until(lambda: Order.objects.get(pk=order.pk).status == Status.EXPIRED, log)
            until(lambda: not Delivery.objects.due(city.now).exists(), log)

        assert city.order.status == Status.SETTLED
        for kind in (Delivery, Letter):
            assert not kind.objects.filter(status=kind.Status.FAILED).exists()
        sent = sum(kind.objects.filter(status=kind.Status.SENT).count() for kind in (Delivery, Letter))
        assert sent == sum(map(len, letters(tmp_path / "mail").values()))
        assert breaches() == []
