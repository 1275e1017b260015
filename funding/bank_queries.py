"""What pages read about batches and statements."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from funding.models import BatchRow, LineState, Payout, PayoutBatch, StatementHistory, StatementImport, StatementLine
from organisations.acting import Acting

State = LineState.State
# The order of the tabs: what somebody has to act on comes first.
STATES = (State.DIFFERS, State.OPEN, State.MATCHED, State.SET_ASIDE)


@dataclass(frozen=True)
class Progress:
    """How far a batch is: each of its rows counts once."""

    rows: int
    waiting: int
    problems: int
    queued: int
    sent: int
    paid: int
    ended: int
    amount: int

    @property
    def decided(self) -> int:
        """How many rows were looked at."""
        return self.rows - self.waiting

    @property
    def transfers(self) -> int:
        """How many transfers the batch moves; those that failed or came back are none any more."""
        return self.queued + self.sent + self.paid

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is under way any more."""
        return not (self.waiting or self.queued or self.sent)


def _counts(prefix: str = "") -> dict[str, Any]:
    """Return the aggregates of rows, as a batch's or as those of a list of batches."""
    status = f"{prefix}payout__status"
    states = Payout.Status

    def count(**wanted: Any) -> Count:
        return Count(f"{prefix}pk" if prefix else "pk", filter=Q(**wanted))

    return {
        "rows": Count(f"{prefix}pk" if prefix else "pk"),
        "waiting": count(**{f"{prefix}payout__isnull": True, f"{prefix}problem": ""}),
        "problems": Count(f"{prefix}pk" if prefix else "pk", filter=~Q(**{f"{prefix}problem": ""})),
        "queued": count(**{status: states.QUEUED}),
        "sent": count(**{status: states.SENT}),
        "paid": count(**{status: states.PAID}),
        "ended": count(**{f"{status}__in": [states.FAILED, states.RETURNED]}),
        "amount": Coalesce(
            Sum(f"{prefix}payout__amount", filter=Q(**{f"{status}__in": [states.QUEUED, states.SENT, states.PAID]})), 0
        ),
    }


def progress(batch: PayoutBatch) -> Progress:
    """Return how far a batch is. One query."""
    return Progress(**BatchRow.objects.filter(batch=batch).aggregate(**_counts()))


def batches(by: Acting) -> QuerySet[PayoutBatch]:
    """Return the League's batches, newest first, with ``n`` and ``amount`` of their living transfers and ``moving``."""
    living = Q(rows__payout__status__in=[Payout.Status.QUEUED, Payout.Status.SENT, Payout.Status.PAID])
    return (
        PayoutBatch.objects.visible_to(by)
        .select_related("made_by", "checked_by")
        .annotate(
            n=Count("rows", filter=living),
            amount=Coalesce(Sum("rows__payout__amount", filter=living), 0),
            moving=Count("rows", filter=Q(rows__payout__status__in=Payout.UNDER_WAY)),
        )
        .order_by("-pk")
    )


def batches_under_way(by: Acting) -> QuerySet[PayoutBatch]:
    """Keep of those the ones with something to do, or to wait for."""
    return batches(by).filter(Q(filled_at__isnull=True) | Q(moving__gt=0))


def rows_to_check(batch: PayoutBatch) -> QuerySet[BatchRow]:
    """Return a batch's rows: first those that could not be paid, then payees at a new account, then the others."""
    known = Case(
        When(~Q(problem=""), then=Value(0)),
        When(is_known=False, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        BatchRow.objects.filter(batch=batch)
        .with_payout()
        .with_news()
        .annotate(rank=known)
        .order_by("rank", "position", "pk")
    )


def statements(by: Acting) -> QuerySet[StatementImport]:
    """Return the League's statements, newest first, with how many lines each has, and how many wait in which state."""
    counts = {state.value: Count("lines", filter=Q(lines__state__state=state)) for state in STATES}
    rows = StatementImport.objects.visible_to(by).select_related("imported_by")
    return rows.annotate(n=Count("lines"), **counts).order_by("-pk")


def lines(statement: StatementImport, state: str) -> QuerySet[StatementLine]:
    """Return a statement's lines in one state, or in any, in the order of the file."""
    rows = StatementLine.objects.filter(statement=statement, **({"state__state": state} if state else {}))
    reasons = StatementHistory.objects.filter(verb="set_aside").select_related("actor").order_by("pk")
    rows = rows.prefetch_related(Prefetch("history", reasons, to_attr="asides"))
    return rows.select_related("state__payout__account", "state__payout__settlement", "league").order_by("row", "pk")


def state_counts(statement: StatementImport) -> dict[str, int]:
    """Return how many lines are in which state; every line is in one. One query."""
    rows = LineState.objects.filter(line__statement=statement).values("state").annotate(n=Count("pk"))
    found = {row["state"]: row["n"] for row in rows}
    return {state.value: found.get(state.value, 0) for state in STATES}


def bank_work(by: Acting) -> dict[str, int]:
    """Return how many lines of the League's statements differ from their transfer, or are not matched. One query."""
    rows = LineState.objects.filter(line__statement__in=StatementImport.objects.visible_to(by))
    return rows.aggregate(
        differing=Count("pk", filter=Q(state=State.DIFFERS)), unmatched=Count("pk", filter=Q(state=State.OPEN))
    )


def last_account(by: Acting) -> str:
    """Return the account of the newest statement, for the next one's form."""
    newest = StatementImport.objects.visible_to(by).order_by("-pk").values_list(F("account"), flat=True).first()
    return newest or ""
