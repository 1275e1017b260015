"""The order's lifecycle as data: statuses, verbs, edges, whose turn it is, until when, and a sentence for each.

The functions that take the edges are in ``orders.lifecycle``; ``docs/`` is generated from here.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Where an order stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Awaiting provider")
    COUNTERED = "countered", _("New dates proposed")
    ACCEPTED = "accepted", _("Awaiting League")
    APPROVED = "approved", pgettext_lazy("order", "Approved")
    DELIVERED = "delivered", _("Awaiting acceptance")
    DISPUTED = "disputed", _("Disputed")
    CONFIRMED = "confirmed", _("Awaiting payment")
    SETTLED = "settled", _("Settled")
    DECLINED = "declined", _("Declined")
    REJECTED = "rejected", _("Not approved")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Verb(models.TextChoices):
    """What can be done with an order."""

    CREATE = "create", _("Draft started")
    EDIT = "edit", _("Draft changed")
    SUBMIT = "submit", _("Order submitted")
    ACCEPT = "accept", _("Provider accepted")
    COUNTER = "counter", _("Provider proposed changes")
    AGREE = "agree", _("Office agreed to the changes")
    DECLINE = "decline", _("Provider declined")
    ENDORSE = "endorse", _("First of two approvals")
    RETURN = "return", _("League returned the order to the provider")
    APPROVE = "approve", _("League approved")
    REJECT = "reject", _("League did not approve")
    PROPOSE = "propose", _("Another date proposed for a session")
    MOVE = "move", _("New date of a session agreed")
    KEEP = "keep", _("New date of a session declined")
    WITHDRAW = "withdraw", _("Proposal of a new date withdrawn")
    CALL_OFF = "call_off", _("A session called off")
    CANCEL = "cancel", _("Order cancelled")
    REPORT = "report", _("Delivery reported")
    REMIND = "remind", _("Reminded of the deadline")
    ESCALATE = "escalate", _("Overdue, the League was told")
    CONFIRM = "confirm", _("Delivery confirmed")
    DISPUTE = "dispute", _("Office disputed the delivery")
    RESOLVE = "resolve", _("League decided the dispute")
    SETTLE = "settle", _("Paid and settled")
    REOPEN = "reopen", _("Payment came back")
    EXPIRE = "expire", _("Order expired")


class Side(models.TextChoices):
    """The parties that an order can wait for."""

    OFFICE = "office", pgettext_lazy("order", "office")
    PROVIDER = "provider", pgettext_lazy("order", "provider")
    LEAGUE = "league", _("League")
    FINANCE = "finance", _("League finance")
    CLOCK = "clock", _("the clock")


S, V, P = Status, Verb, Side

# The verbs that change the status: from where to where.
TRANSITIONS: dict[Verb, dict[Status, Status]] = {
    V.SUBMIT: {S.DRAFT: S.SUBMITTED},
    V.ACCEPT: {S.SUBMITTED: S.ACCEPTED},
    V.COUNTER: {S.SUBMITTED: S.COUNTERED},
    V.AGREE: {S.COUNTERED: S.ACCEPTED},
    V.DECLINE: {S.SUBMITTED: S.DECLINED},
    V.RETURN: {S.ACCEPTED: S.SUBMITTED},
    V.APPROVE: {S.ACCEPTED: S.APPROVED},
    V.REJECT: {S.ACCEPTED: S.REJECTED},
    V.CANCEL: dict.fromkeys([S.DRAFT, S.SUBMITTED, S.COUNTERED, S.ACCEPTED, S.APPROVED], S.CANCELLED),
    V.REPORT: {S.APPROVED: S.DELIVERED},
    V.CONFIRM: {S.DELIVERED: S.CONFIRMED},
    V.DISPUTE: {S.DELIVERED: S.DISPUTED},
    V.RESOLVE: {S.DISPUTED: S.CONFIRMED},
    V.SETTLE: {S.CONFIRMED: S.SETTLED},
    V.REOPEN: {S.SETTLED: S.CONFIRMED},
    V.EXPIRE: dict.fromkeys([S.DRAFT, S.SUBMITTED, S.COUNTERED, S.ACCEPTED], S.EXPIRED),
}

# The verbs that leave the status as it is, and where they may be taken.
WITHIN: dict[Verb, frozenset[Status]] = {
    V.CREATE: frozenset({S.DRAFT}),
    V.EDIT: frozenset({S.DRAFT}),
    V.ENDORSE: frozenset({S.ACCEPTED}),
    V.PROPOSE: frozenset({S.APPROVED}),
    V.MOVE: frozenset({S.APPROVED}),
    V.KEEP: frozenset({S.APPROVED}),
    V.WITHDRAW: frozenset({S.APPROVED}),
    V.CALL_OFF: frozenset({S.APPROVED}),
    V.REMIND: frozenset({S.SUBMITTED, S.COUNTERED, S.ACCEPTED, S.DELIVERED}),
    V.ESCALATE: frozenset({S.APPROVED, S.DISPUTED}),
}

# Which side takes a verb; ``owners`` narrows cancelling by status.
OWNERS: dict[Verb, frozenset[Side]] = {
    V.CREATE: frozenset({P.OFFICE}),
    V.EDIT: frozenset({P.OFFICE}),
    V.SUBMIT: frozenset({P.OFFICE}),
    V.ACCEPT: frozenset({P.PROVIDER}),
    V.COUNTER: frozenset({P.PROVIDER}),
    V.AGREE: frozenset({P.OFFICE}),
    V.DECLINE: frozenset({P.PROVIDER}),
    V.ENDORSE: frozenset({P.LEAGUE}),
    V.RETURN: frozenset({P.LEAGUE}),
    # The clock only within the ceiling of the fund's rule; ``lifecycle.approve`` refuses the rest.
    V.APPROVE: frozenset({P.LEAGUE, P.CLOCK}),
    V.REJECT: frozenset({P.LEAGUE}),
    V.PROPOSE: frozenset({P.OFFICE, P.PROVIDER}),
    V.MOVE: frozenset({P.OFFICE, P.PROVIDER}),
    V.KEEP: frozenset({P.OFFICE, P.PROVIDER}),
    V.WITHDRAW: frozenset({P.OFFICE, P.PROVIDER}),
    V.CALL_OFF: frozenset({P.OFFICE, P.PROVIDER, P.LEAGUE}),
    V.CANCEL: frozenset({P.OFFICE}),
    V.REPORT: frozenset({P.PROVIDER, P.LEAGUE, P.CLOCK}),
    V.REMIND: frozenset({P.CLOCK}),
    V.ESCALATE: frozenset({P.CLOCK}),
    V.CONFIRM: frozenset({P.OFFICE, P.CLOCK}),
    V.DISPUTE: frozenset({P.OFFICE}),
    V.RESOLVE: frozenset({P.LEAGUE}),
    # Nobody's hand: a payout was paid or came back, or what was confirmed is worth nothing.
    V.SETTLE: frozenset({P.CLOCK}),
    V.REOPEN: frozenset({P.CLOCK}),
    V.EXPIRE: frozenset({P.CLOCK}),
}
# What the clock does beside the people: it makes nobody's form stale.
SILENT = frozenset({V.REMIND, V.ESCALATE})
# The League's word, which nobody gives about an organisation of their own.
DECISIONS = frozenset({V.ENDORSE, V.APPROVE, V.REJECT, V.RETURN, V.RESOLVE})
NEEDS_REASON = frozenset({V.DECLINE, V.RETURN, V.REJECT, V.CALL_OFF, V.CANCEL, V.DISPUTE})
ENDED_WITHOUT_DELIVERY = frozenset({S.DECLINED, S.REJECTED, S.CANCELLED, S.EXPIRED})
FINAL = ENDED_WITHOUT_DELIVERY | {S.SETTLED}
ANSWERED_IN_TIME = frozenset(TRANSITIONS[V.EXPIRE])

DRAFT_LIVES = timedelta(days=90)
ANSWER_WITHIN = timedelta(days=7)
REPORT_ESCALATES_AFTER = timedelta(days=7)
REPORT_WITHIN = timedelta(days=14)
CONFIRM_WITHIN = timedelta(days=7)
DISPUTE_WORKING_DAYS = 10
REMIND_BEFORE = timedelta(days=1)

# 买 做 点 品 评
RINGS: dict[Status, tuple[str, str, str, str, str]] = {
    S.DRAFT: ("todo", "todo", "now", "todo", "todo"),
    S.SUBMITTED: ("todo", "now", "done", "todo", "todo"),
    S.COUNTERED: ("todo", "done", "now", "todo", "todo"),
    S.ACCEPTED: ("now", "done", "done", "todo", "todo"),
    S.APPROVED: ("done", "done", "done", "now", "todo"),
    S.DELIVERED: ("done", "done", "done", "done", "now"),
    S.DISPUTED: ("now", "done", "done", "done", "broken"),
    S.CONFIRMED: ("now", "done", "done", "done", "done"),
    S.SETTLED: ("done", "done", "done", "done", "done"),
    **dict.fromkeys(ENDED_WITHOUT_DELIVERY, ("todo", "todo", "todo", "todo", "todo")),
}


@dataclass(frozen=True)
class Words:
    """What people read about a status: the badge's tone and icon, whose turn, and a sentence."""

    tone: str
    icon: str
    waits_for: Side | None
    turn: str | Promise
    step: str | Promise
    sentence: str | Promise


WORDS: dict[Status, Words] = {
    S.DRAFT: Words(
        "neutral",
        "",
        P.OFFICE,
        pgettext_lazy("whose turn", "Office"),
        _("step 1"),
        _("The office is still writing; nobody else sees the order yet."),
    ),
    S.SUBMITTED: Words(
        "info",
        "",
        P.PROVIDER,
        pgettext_lazy("whose turn", "Provider"),
        _("step 2"),
        _("The provider accepts, proposes other dates, or declines."),
    ),
    S.COUNTERED: Words(
        "info",
        "",
        P.OFFICE,
        pgettext_lazy("whose turn", "Office"),
        _("step 2"),
        _("The provider proposed other dates, another place or a smaller group; the office agrees or cancels."),
    ),
    S.ACCEPTED: Words(
        "info",
        "",
        P.LEAGUE,
        pgettext_lazy("whose turn", "League"),
        _("step 3"),
        _("The League decides. Only what the fund's rule names is approved by itself."),
    ),
    S.APPROVED: Words(
        "success",
        "",
        P.PROVIDER,
        pgettext_lazy("whose turn", "Children"),
        _("step 4"),
        _("The money is committed and the sessions are open for sign-up; the provider delivers and reports."),
    ),
    S.DELIVERED: Words(
        "info",
        "",
        P.OFFICE,
        pgettext_lazy("whose turn", "Office"),
        _("step 5"),
        _("The office confirms what was delivered, or disputes it. Without an answer it counts as confirmed."),
    ),
    S.DISPUTED: Words(
        "danger",
        "",
        P.LEAGUE,
        pgettext_lazy("whose turn", "League"),
        _("step 5"),
        _("The League decides session by session what is paid; its word is final."),
    ),
    S.CONFIRMED: Words(
        "info",
        "",
        P.FINANCE,
        pgettext_lazy("whose turn", "League"),
        _("step 6"),
        _("League finance checks the settlement and pays."),
    ),
    S.SETTLED: Words(
        "success",
        "done",
        None,
        _("All done"),
        _("the ring is closed"),
        _("The provider has been paid; the ring is closed."),
    ),
    S.DECLINED: Words("neutral", "stop", None, _("Ended"), "", _("The provider declined and said why.")),
    S.REJECTED: Words("neutral", "stop", None, _("Ended"), "", _("The League did not approve and said why.")),
    S.CANCELLED: Words("neutral", "stop", None, _("Ended"), "", _("The order was cancelled, with a reason.")),
    S.EXPIRED: Words("neutral", "clock", None, _("Ended"), "", _("Nobody answered in time.")),
}

# What stands in a refusal after "by now"; for the loser of two verbs taken at once.
HAPPENED: dict[Verb, str | Promise] = {
    V.CREATE: _("started it as a draft"),
    V.EDIT: _("changed the draft"),
    V.SUBMIT: _("submitted it"),
    V.ACCEPT: _("accepted it"),
    V.COUNTER: _("proposed changes"),
    V.AGREE: _("agreed to the changes"),
    V.DECLINE: _("declined it"),
    V.ENDORSE: _("gave the first of two approvals"),
    V.RETURN: _("returned it to the provider"),
    V.APPROVE: _("approved it"),
    V.REJECT: _("decided against it"),
    V.PROPOSE: _("proposed another date for a session"),
    V.MOVE: _("agreed to a session's new date"),
    V.KEEP: _("declined a session's new date"),
    V.WITHDRAW: _("withdrew the proposal of a new date"),
    V.CALL_OFF: _("called a session off"),
    V.CANCEL: _("cancelled it"),
    V.REPORT: _("reported its delivery"),
    V.REMIND: _("reminded those concerned of it"),
    V.ESCALATE: _("reminded the League of it"),
    V.CONFIRM: _("confirmed its delivery"),
    V.DISPUTE: _("disputed its delivery"),
    V.RESOLVE: _("decided the dispute"),
    V.SETTLE: _("settled it"),
    V.REOPEN: _("reopened its payment"),
    V.EXPIRE: _("let it expire"),
}

# The filter of the list page: a name, and the statuses behind it.
GROUPS: dict[str, tuple[str | Promise, frozenset[Status]]] = {
    "drafts": (_("Drafts"), frozenset({S.DRAFT})),
    "asking": (_("Being arranged"), frozenset({S.SUBMITTED, S.COUNTERED, S.ACCEPTED})),
    "running": (_("Running"), frozenset({S.APPROVED})),
    "closing": (_("To confirm and pay"), frozenset({S.DELIVERED, S.DISPUTED, S.CONFIRMED})),
    "settled": (_("Settled"), frozenset({S.SETTLED})),
    "ended": (_("Ended without delivery"), ENDED_WITHOUT_DELIVERY),
}


def owners(verb: Verb, status: Status) -> frozenset[Side]:
    """Return the sides that may take a verb from a status: an approved order can be cancelled by all three."""
    if verb == V.CANCEL and status == S.APPROVED:
        return frozenset({P.OFFICE, P.PROVIDER, P.LEAGUE})
    return OWNERS[verb]


def target(verb: Verb, status: Status) -> Status | None:
    """Return where a verb leads from a status, or nothing where it cannot be taken."""
    if verb in WITHIN:
        return status if status in WITHIN[verb] else None
    return TRANSITIONS[verb].get(status)
