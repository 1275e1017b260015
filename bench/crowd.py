"""A demo city's rows multiplied in the database: orders with their sessions, families, sign-ups, attendance and money.

Everything is a copy of rows that the product itself wrote, one statement a table, so that a million take minutes. The
copies lie in this year's months, on the city's own offices, providers and programmes.
"""

from typing import Any

from django.db import connection, models, transaction

from activities.models import Attendance, Review
from funding.models import Entry, SettlementLine
from orders.models import Order, PlannedSession
from people.models import Guardianship

BASE = 10_000_000  # the copies' ids begin here, so that they can be reckoned
SESSIONS, CHILDREN = 3, 20  # of an order, of a session
VISITS = 5  # a family comes so many times
SIGN_UPS_OF_AN_ORDER = SESSIONS * CHILDREN


def run(statement: str) -> None:
    """Send one statement; a per cent sign in it is one."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def copy(like: models.Model, source: str, **values: str) -> None:
    """Copy a row once for each row of ``source``, a FROM item called s, with the ``values`` instead of its own."""
    meta = like._meta
    names = ", ".join(f'"{field.column}"' for field in meta.local_concrete_fields)
    chosen = ", ".join(values.get(field.column, f'p."{field.column}"') for field in meta.local_concrete_fields)
    table = f'"{meta.db_table}"'
    run(f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} p, {source} s WHERE p.id = {like.pk}")


def some(model: type[models.Model], **only: Any) -> Any:
    """Return a row that the product wrote."""
    return model._default_manager.filter(**only).order_by("pk")[:1].get()


def multiply(first: int, last: int) -> None:
    """Add the orders of these numbers, each with its sessions, 60 sign-ups, and its money."""
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")  # copies of what was checked: no trigger, no key, again
        _plan(first, last)
        _orders()
        _sessions()
        _families(first, last)
        _sign_ups(last)
    run("ANALYZE")


def _plan(first: int, last: int) -> None:
    """Say which order is whose, and when its sessions are: every programme with every office, over eleven months."""
    run("DROP TABLE IF EXISTS bench_versions, bench_offices, bench_orders, bench_sessions")
    run(
        "CREATE TEMP TABLE bench_versions AS"
        " SELECT row_number() OVER (ORDER BY v.id) - 1 AS i, v.id AS version_id, v.programme_id, p.provider_id"
        " FROM catalog_programmeversion v JOIN catalog_programme p ON p.current_version_id = v.id"
    )
    run(
        "CREATE TEMP TABLE bench_offices AS"
        " SELECT row_number() OVER (ORDER BY id) - 1 AS i, id AS office_id, region_id"
        " FROM organisations_organisation WHERE kind = 'office'"
    )
    run(
        "CREATE TEMP TABLE bench_orders AS"
        " SELECT n.n, v.version_id, v.programme_id, v.provider_id, o.office_id, o.region_id"
        f" FROM generate_series({first}, {last}) n, (SELECT count(*) AS n FROM bench_versions) vs,"
        " (SELECT count(*) AS n FROM bench_offices) os, bench_versions v, bench_offices o"
        " WHERE v.i = n.n % vs.n AND o.i = (n.n / vs.n) % os.n"
    )
    run(
        f"CREATE TEMP TABLE bench_sessions AS SELECT b.*, k, b.n * {SESSIONS} + k AS m,"
        " date_trunc('year', now()) + interval '9 hours' + ((b.n * 7 + k * 10) % 330) * interval '1 day' AS start"
        f" FROM bench_orders b, generate_series(0, {SESSIONS - 1}) k"
    )


def _orders() -> None:
    order = some(Order, status="settled", commitment__settlement__status="paid")
    whose = {name: f"s.{name}" for name in ("version_id", "programme_id", "provider_id", "office_id", "region_id")}
    key, new = f"{BASE} + s.n", "gen_random_uuid()"
    number = "'BENCH-' || s.n"
    provider = {"provider_id": whose["provider_id"]}
    copy(order, "bench_orders", id=key, number=number, submission_id=new, commitment_id=key, **whose)
    copy(order.commitment, "bench_orders", id=key, reference=number, **provider)
    copy(order.commitment.settlement, "bench_orders", id=key, commitment_id=key)
    entry = some(Entry, kind="pay", commitment=order.commitment)
    day = "(date_trunc('year', now()) + (s.n % 330) * interval '1 day')::date"
    copy(entry, "bench_orders", id=key, key="'bench:' || s.n", commitment_id=key, booked_on=day, payout_id="NULL")
    copy(entry.transfers.get(), "bench_orders", id=key, entry_id=key)


def _sessions() -> None:
    planned = some(PlannedSession, session__status="closed", session__no_attendance=False)
    times = {"starts_at": "s.start", "ends_at": "s.start + interval '90 minutes'"}
    key = f"{BASE} + s.m"
    whose = {name: f"s.{name}" for name in ("version_id", "provider_id", "office_id", "region_id")}
    opens = {
        name: f"s.start - interval '{days} days'"
        for name, days in (("opens_at", 14), ("opens_to_all_at", 5), ("closes_at", 1))
    }
    full = {name: str(CHILDREN) for name in ("capacity", "ceiling", "taken")}
    nobody = dict.fromkeys(("taken_outside", "taken_returning", "reserved", "first_timers", "waiting_parties"), "0")
    copy(planned.session, "bench_sessions", id=key, **whose, **times, **opens, **full, **nobody)
    copy(planned, "bench_sessions", id=key, order_id=f"{BASE} + s.n", position="s.k + 1", session_id=key, **times)
    line = some(SettlementLine, settlement__status="paid", reason="full")
    copy(line, "bench_sessions", id=key, settlement_id=f"{BASE} + s.n", position="s.k + 1")


def _families(first: int, last: int) -> None:
    link = some(Guardianship, guardian__user=None)
    each = SIGN_UPS_OF_AN_ORDER // VISITS  # families that an order brings
    families = f"generate_series({first * each - each}, {last * each - 1})"
    key = f"{BASE} + s"
    new = {"submission_id": "gen_random_uuid()"}
    copy(link.guardian, families, id=key, **new)
    copy(link.child, families, id=key, user_id="NULL", **new)
    copy(link, families, id=key, guardian_id=key, child_id=key)


def _sign_ups(last: int) -> None:
    attendance = some(Attendance, status="present", checked_out_at=None, sign_up__party__guardian__isnull=False)
    sign_up, families = attendance.sign_up, last * SIGN_UPS_OF_AN_ORDER // VISITS
    run("DROP TABLE IF EXISTS bench_sign_ups")
    run(
        f"CREATE TEMP TABLE bench_sign_ups AS SELECT m, start, j, m * {CHILDREN} + j AS x,"
        f" (m * {CHILDREN} + j) % {families} AS f FROM bench_sessions, generate_series(0, {CHILDREN - 1}) j"
    )
    key, session, family = f"{BASE} + s.x", f"{BASE} + s.m", f"{BASE} + s.f"
    times = {
        "starts_at": "s.start",
        "ends_at": "s.start + interval '90 minutes'",
        "created_at": "s.start - interval '7 days'",
    }
    alone = {"size": "1", "outside": "0", "returning": "0", "join_seq": "NULL", "submission_id": "gen_random_uuid()"}
    copy(sign_up.party, "bench_sign_ups", id=key, session_id=session, guardian_id=family, **alone)
    copy(
        sign_up, "bench_sign_ups", id=key, party_id=key, session_id=session, child_id=family, code="'B' || s.j", **times
    )
    copy(attendance, "bench_sign_ups", id=key, sign_up_id=key, at="s.start")
    review = some(Review, kind="attendee", by_child=False)
    rated = "(SELECT * FROM bench_sign_ups WHERE x % 4 = 0)"
    copy(
        review,
        rated,
        id=key,
        session_id=session,
        sign_up_id=key,
        mark="3 + s.x % 3",
        hidden_at="NULL",
        hidden_reason="''",
    )
