"""A League, its two finance officers, some providers, Stripe and a bank, and everything that may go wrong at once."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.conf import settings
from django.db import connection, connections

from core.errors import DomainError
from funding import payouts, settlements
from funding.models import Entry, Payout, Settlement, StripeTransfer
from funding.stripe import reconcile, transfers, webhooks
from tests import races
from tests.factories.funding import make_commitment, make_finance, make_line, make_payee_account, make_settlement
from tests.factories.stripe import make_stripe_account, post
from tests.fakes.stripe_server import CONNECT_SECRET, KEY, SECRET, Asked, FakeStripe, no_fault

STEP = timedelta(minutes=20)
AMOUNT = 700
# What goes wrong with how many of a hundred requests that write, and that read.
WRITING = {"drop_before": 10, "drop_after": 12, "late": 5, "error_before": 5, "error_after": 6, "busy": 3, "down": 3}
READING = {"drop_before": 4, "down": 4}
KILLED_BEFORE_SAVING, KILLED_SOON = 0.15, 0.15
LOST, DOUBLED, TAKEN_BACK = 0.3, 0.3, 0.1


class Worker:
    """A process whose children do the jobs; see ``stripe_worker``."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.funding.stripe_worker"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _line(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def start(self, job: dict) -> int:
        """Begin a job; return the number of the process that does it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self._line()

    def end(self) -> int:
        """Wait for it; return how it ended. A worker that is ready says 0 once."""
        return self._line()

    def stop(self) -> None:
        """Let the process end."""
        self.process.communicate()


class City:
    """Pays settlement after settlement while everything fails; ``counts`` says how often what happened."""

    def __init__(self, fake: FakeStripe, now: datetime, *, seed: int, total: int) -> None:
        self.fake, self.now, self.rng = fake, now, Random(seed)
        self.line = make_line(total * AMOUNT, now=now)
        self.officers = [make_finance(self.line.fund.league) for _each in range(2)]
        self.accounts = [make_stripe_account(fake, now=now) for _each in range(4)]
        for account in self.accounts:
            make_payee_account(account.organisation, now=now)
        self.counts = {"killed": 0, "events lost": 0, "events twice": 0, "taken back": 0, "by bank": 0, "jobs": 0}
        self._heard = 0
        self._children: dict[int, set[int]] = {}
        self._guard = threading.Lock()
        self.workers = [Worker(self._environment()) for _each in range(2)]
        assert [worker.end() for worker in self.workers] == [0, 0]  # both are ready, before anything goes wrong

    def _environment(self) -> dict[str, str]:
        name = connections["default"].settings_dict["NAME"]
        base = os.environ.get("DATABASE_URL", "").rpartition("/")[0]
        url = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{base}/{name}"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "DATABASE_URL": url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": f"{SECRET},{CONNECT_SECRET}",
            "STRIPE_API_BASE": self.fake.url,
        }

    def close(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.stop()

    def wave(self, size: int) -> list[Settlement]:
        """Pay so many settlements through all that may go wrong, and see each of them to its end."""
        made = [self._settlement() for _each in range(size)]
        self.fake.chance, self.fake.on_acted = self._goes_wrong, self._maybe_kill
        for _step in range(4):
            self._officers_act(made)
            self._workers_act()
            self._events_come()
            self.now += STEP
        if self.rng.random() < 0.1:
            self.now += timedelta(hours=25)
            self.fake.settle()
            self.fake.prune_keys()
        self._officers_take_back(made)
        self._workers_act()
        self.fake.chance, self.fake.on_acted = no_fault, id
        self.fake.settle()
        for _step in range(8):
            self.now += STEP
            self._officers_act(made)
            self._workers_act()
            reconcile.everything(now=self.now)
            if not self._unpaid(made).exists() and not StripeTransfer.objects.in_doubt().exists():
                break
        return made

    def standing(self, one: Settlement) -> int:
        """How often the provider has the money of a settlement: at Stripe, or by a bank's slip."""
        own = list(Payout.objects.filter(settlement=one))
        groups = {payout.reference for payout in own}
        rows = list(self.fake.books.objects.values())
        at_stripe = sum(row.get("transfer_group") in groups and row["amount_reversed"] < row["amount"] for row in rows)
        return at_stripe + sum(payout.rail == "bank" and payout.status == "paid" for payout in own)

    def booked(self, one: Settlement) -> int:
        """How often the ledger says that it was paid, less how often that came back."""
        entries = Entry.objects.filter(payout__settlement=one)
        return entries.filter(kind="pay").count() - entries.filter(kind="return").count()

    def _unpaid(self, made):
        return Settlement.objects.filter(pk__in=[one.pk for one in made]).exclude(status="paid")

    def _settlement(self) -> Settlement:
        by = self.officers[0]
        provider = self.rng.choice(self.accounts).organisation
        commitment = make_commitment(AMOUNT, line=self.line, provider=provider, now=self.now)
        one = make_settlement(AMOUNT, commitment=commitment, approved_by=by, now=self.now)
        settlements.record_invoice(one, exception="小额免票", by=by, now=self.now)
        return one

    # The officers: both at once, by whatever rail comes to their mind

    def _officers_act(self, made: list[Settlement]) -> None:
        for one in self._unpaid(made).order_by("pk"):
            alive = one.payouts.alive().first()
            if alive is not None and alive.rail == Payout.Rail.STRIPE and alive.status == Payout.Status.SENT:
                continue
            rails = self.rng.choices(["stripe", "bank"], weights=[4, 1], k=2)
            acts = zip(self.officers, rails, strict=True)
            race = races.run(*[partial(self._pays, one, rail, by) for by, rail in acts])
            assert race.errors_other_than(DomainError) == []

    def _pays(self, one: Settlement, rail: str, by) -> None:
        payout = payouts.queue(one, rail=rail, by=by, now=self.now)
        payout = payouts.send(payout, by=by, now=self.now)
        if payout.rail == Payout.Rail.BANK:
            payouts.mark_paid(payout, bank_reference=f"N{payout.pk}", by=by, now=self.now)
            self.counts["by bank"] += 1

    def _officers_take_back(self, made: list[Settlement]) -> None:
        rows = Payout.objects.filter(settlement__in=made, rail="stripe", status="paid").order_by("pk")
        for payout in rows:
            if self.rng.random() < TAKEN_BACK:
                transfers.ask_back(payout, reason="试收回", by=self.officers[1], now=self.now)
                self.counts["taken back"] += 1

    # The workers, which die

    def _workers_act(self) -> None:
        jobs = list(StripeTransfer.objects.in_doubt().values_list("payout_id", flat=True))
        jobs += [pk for pk in jobs if self.rng.random() < DOUBLED]
        self.rng.shuffle(jobs)
        hands = [
            threading.Thread(target=self._work, args=(worker, jobs[number :: len(self.workers)]))
            for number, worker in enumerate(self.workers)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()

    def _work(self, worker: Worker, jobs: list[int]) -> None:
        for pk in jobs:
            pid = worker.start({"payout": pk, "now": self.now.isoformat()})
            with self._guard:
                self._children.setdefault(pk, set()).add(pid)
            status = worker.end()
            with self._guard:
                self._children[pk].discard(pid)
                self.counts["jobs"] += 1
                self.counts["killed"] += os.WIFSIGNALED(status)
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0

    def _maybe_kill(self, asked: Asked) -> None:
        """Stripe acted, and whoever asked dies before the answer comes, or a moment afterwards."""
        if asked.method != "POST" or not asked.key:
            return
        pk, chance = int(asked.key.partition(".")[0]), self.rng.random()
        if chance < KILLED_BEFORE_SAVING:
            self._kill(pk)
        elif chance < KILLED_BEFORE_SAVING + KILLED_SOON:
            threading.Timer(self.rng.uniform(0, 0.03), self._kill, (pk,)).start()

    def _kill(self, pk: int) -> None:
        with self._guard:
            for pid in self._children.get(pk, ()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _goes_wrong(self, asked: Asked) -> str:
        faults = WRITING if asked.method == "POST" else READING
        rest = 100 - sum(faults.values())
        return self.rng.choices([*faults, ""], weights=[*faults.values(), rest])[0]

    # The events: shuffled, twice, or never

    def _events_come(self) -> None:
        news = self.fake.events[self._heard :]
        self._heard += len(news)
        coming = []
        for event in news:
            times = self.rng.choices([0, 1, 2], weights=[LOST, 1 - LOST - DOUBLED, DOUBLED])[0]
            self.counts["events lost"] += times == 0
            self.counts["events twice"] += times > 1
            coming += [event] * times
        self.rng.shuffle(coming)
        for event in coming:
            assert post(self.fake, event).status_code == 200
        webhooks.act_on_all(now=self.now)
