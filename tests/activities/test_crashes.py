"""A web process dies in the middle of a surge: whoever was told of a place has it, once, and none is given twice.

Families send the public form to the server as shipped, so many at once, and send the same form again when the line
breaks. Meanwhile workers are killed, parties withdraw and the number of places changes.
"""

import asyncio
import itertools
import os
import random
import re
import threading
import uuid
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from activities import lifecycle, signups
from activities.models import Party, Session, SignUp
from bench import load, stage
from bench.server import Server
from marketplace import verify
from organisations.acting import clock
from tests.factories.activities import make_session
from tests.proving import share

PEOPLE = 500
ROUNDS = 100  # times PEOPLE, on each of the two databases: 100,000 forms in all
AT_ONCE = 64
TOKEN = "c" * 32
TICKET = re.compile(r"/ticket/(\d+)/")
TRIES = 600
MEDDLE_EVERY = 0.2  # seconds
KILL_EVERY = 400  # answers: a slow machine gets as many kills as a fast one
BY = clock("crash test")
pytestmark = [pytest.mark.race, pytest.mark.prove]


def address_of_database() -> str:
    """The test's own database, as the server's environment names it."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def environment(folder) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.demo",
        "DATABASE_URL": address_of_database(),
        "VAR_DIR": str(folder),
        "LOG_LEVEL": "CRITICAL",
    }


def family(port: int, person: stage.Person, session: int, sent: Counter) -> load.Visit:
    """One family that sends its form until somebody answers."""
    submission = uuid.uuid4()
    form = f"csrfmiddlewaretoken={TOKEN}&submission_id={submission}&children={person.child_id}"
    cookies = {settings.SESSION_COOKIE_NAME: person.cookie, settings.CSRF_COOKIE_NAME: TOKEN}

    async def visit() -> str:
        browser = load.Browser(port, "127.0.0.1", cookies)
        try:
            for _try in range(TRIES):
                sent["forms"] += 1
                try:
                    answer = await browser.ask("POST", f"/sessions/{session}/sign-up/", form, retry=False)
                except (OSError, asyncio.IncompleteReadError):
                    sent["broken lines"] += 1
                    browser.close()
                    await asyncio.sleep(0.2)
                    continue
                sent["answers"] += 1
                ticket = TICKET.search(answer.headers.get("location", ""))
                return f"ticket {ticket[1]}" if ticket else f"{answer.status}: {answer.body[:300]!r}"
            return "nobody answered"
        finally:
            browser.close()

    return visit


def meddle(sessions: list[Session], stop: threading.Event) -> None:
    """Let parties withdraw and places come and go until told to stop."""
    chance = random.Random(1)
    try:
        while not stop.wait(MEDDLE_EVERY):
            session = chance.choice(sessions)
            places = max(1, session.capacity + chance.randint(-5, 5))
            lifecycle.change_capacity(session, capacity=places, by=BY, now=timezone.now())
            held = SignUp.objects.filter(session=session).active().values("party_id")
            party = Party.objects.filter(pk__in=held).order_by("?").first()
            if party is not None:
                signups.cancel_party(party, by=BY, now=timezone.now())
    finally:
        connection.close()


def kill(server: Server, stop: threading.Event, sent: Counter) -> None:
    """End a worker again and again, as a crash would."""
    due = sent["answers"] + KILL_EVERY // 2
    while not stop.wait(0.02):
        if sent["answers"] >= due and server.kill_worker() is not None:
            sent["kills"] += 1
            due += KILL_EVERY


@contextmanager
def disturbed(server: Server, sessions: list[Session], sent: Counter):
    stop = threading.Event()
    threads = [
        threading.Thread(target=meddle, args=(sessions, stop)),
        threading.Thread(target=kill, args=(server, stop, sent)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def breaches() -> dict[str, list[str]]:
    """What ``verify`` finds wrong with places, sign-ups and the waiting list."""
    return {
        key: [line for line in verdict.breaches if line.startswith("activities")]
        for key, verdict in verify.run().items()
        if any(line.startswith("activities") for line in verdict.breaches)
    }


def test_crash_loses_no_place_and_gives_none_twice(fresh_db, tmp_path):
    now = timezone.now()
    like = make_session(starts_at=now + timedelta(days=3), now=now, programme={"max_group": 500})
    people = stage.add_people(PEOPLE, now)
    sent: Counter = Counter()
    told: list[int] = []
    with Server("marketplace.wsgi:application", environment(tmp_path)) as server:
        for number, count in zip(range(share(ROUNDS)), itertools.cycle([1, 20]), strict=False):
            sessions = stage.open_sessions(like, count=count, capacity=200 // count, day=4 + number, now=now)
            visits = [family(server.port, one, sessions[n % count].pk, sent) for n, one in enumerate(people)]
            with disturbed(server, sessions, sent):
                answers = load.surge(visits, AT_ONCE).answers
            assert [answer for answer in answers if not answer.startswith("ticket")] == []
            told += [int(answer.split()[1]) for answer in answers]

    assert breaches() == {}
    assert len(told) == len(set(told)) == Party.objects.filter(pk__in=told).count() == Party.objects.count()
    assert sent["kills"] > 0
    assert sent["broken lines"] > 0

    assert len(told) == share(ROUNDS) * PEOPLE <= sent["forms"]

    Session.objects.filter(pk=sessions[0].pk).update(waiting_parties=sessions[0].waiting_parties + 999)
    assert f"session {sessions[0].pk}" in str(breaches())
