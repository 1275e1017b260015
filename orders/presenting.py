"""What the order page shows beside the order itself: the next action, the timeline, the points to check."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.models import Session
from core.formats import day_text, daytime_text
from core.money import format_money
from core.time import today
from funding import fund_rules
from funding.models import BudgetLine, FundRule
from orders import attendance, checks, policies
from orders.attendance import Turnout
from orders.lifecycle.deciding import endorsement, together_words, wants_two
from orders.models import Attachment, Order, OrderHistory, PlannedCrew, PlannedSession, RescheduleProposal
from orders.splitting import together
from orders.statuses import SILENT, Side, Status, Verb, target
from organisations.acting import Acting
from safeguarding import clearance
from volunteering.policies import organises

_Label = str | Promise

# The verbs of the page, each with what its button says: first the one that the status waits for.
BUTTONS: dict[Verb, _Label] = {
    Verb.ACCEPT: gettext_lazy("Accept the order"),
    Verb.AGREE: gettext_lazy("Agree to the changes"),
    Verb.APPROVE: gettext_lazy("Approve order"),
    Verb.CONFIRM: gettext_lazy("Confirm the delivery"),
    Verb.RESOLVE: gettext_lazy("Decide the dispute"),
    Verb.REPORT: gettext_lazy("Report the delivery"),
    Verb.SUBMIT: gettext_lazy("Check and submit"),
    Verb.COUNTER: gettext_lazy("Propose changes"),
    Verb.RETURN: gettext_lazy("Return to the provider"),
    Verb.DISPUTE: gettext_lazy("Dispute the delivery"),
    Verb.DECLINE: gettext_lazy("Decline"),
    Verb.REJECT: gettext_lazy("Do not approve"),
    Verb.CANCEL: gettext_lazy("Cancel order"),
}
# The verb for which each status waits.
AWAITED: dict[Status, Verb] = {
    Status.DRAFT: Verb.SUBMIT,
    Status.SUBMITTED: Verb.ACCEPT,
    Status.COUNTERED: Verb.AGREE,
    Status.ACCEPTED: Verb.APPROVE,
    Status.APPROVED: Verb.REPORT,
    Status.DELIVERED: Verb.CONFIRM,
    Status.DISPUTED: Verb.RESOLVE,
}


@dataclass(frozen=True)
class Action:
    """A button or link of the page."""

    verb: str
    label: _Label
    url: str
    is_primary: bool = False


@dataclass(frozen=True)
class Check:
    """One point that the League looks at before it decides."""

    is_fine: bool
    badge: str
    text: str


@dataclass
class Row:
    """A planned session as the table shows it."""

    planned: PlannedSession
    crew: list[PlannedCrew] = field(default_factory=list)
    proposal: RescheduleProposal | None = None
    turnout: Turnout | None = None
    can_move: bool = False
    can_call_off: bool = False
    can_answer: bool = False
    can_find_helpers: bool = False

    @property
    def session(self) -> Session | None:
        """The session that it became."""
        return self.planned.session


def actions(order: Order, by: Acting, rows: Sequence[Row], now: datetime) -> list[Action]:
    """Return what the person can do with the order now; at most one is the primary one."""
    found = []
    awaited = AWAITED.get(Status(order.status))
    for verb, label in BUTTONS.items():
        if target(verb, Status(order.status)) is None or not policies.may(by, order, verb):
            continue
        if verb == Verb.REPORT and not _can_report(rows):
            continue
        if verb == Verb.CANCEL and _has_begun(order, rows, now):
            continue
        url = reverse(f"orders:{verb}", args=[order.number])
        found.append(Action(verb, label, url, is_primary=verb == awaited))
    return found


def _can_report(rows: Sequence[Row]) -> bool:
    return all(row.session is None or row.session.status != Session.Status.SCHEDULED for row in rows)


def _has_begun(order: Order, rows: Sequence[Row], now: datetime) -> bool:
    if order.status != Status.APPROVED:
        return False
    running = [row.session for row in rows if row.session and row.session.status != Session.Status.CANCELLED]
    return any(session.starts_at <= now for session in running)


def table(order: Order, by: Acting, now: datetime) -> list[Row]:
    """Return the planned sessions with crew, open proposals and who came. Four queries at most."""
    planned = list(order.planned.select_related("venue", "session").order_by("position"))
    rows = {one.pk: Row(one) for one in planned}
    crew = PlannedCrew.objects.filter(planned__in=planned).select_related("membership__user").order_by("-is_lead", "pk")
    for person in crew:
        rows[person.planned_id].crew.append(person)
    found = attendance.turnouts(order, planned, by)
    for row in rows.values():
        row.turnout = found.get(row.planned.position)
    if order.status == Status.APPROVED:
        _add_proposals(order, rows, by, now)
    return list(rows.values())


def _add_proposals(order: Order, rows: dict[int, Row], by: Acting, now: datetime) -> None:
    """Put the open proposals to their sessions, and what the person can do about the dates. One query."""
    proposals = RescheduleProposal.objects.filter(planned__in=rows, status=RescheduleProposal.Status.OPEN)
    may_move, may_call_off = (policies.may(by, order, verb) for verb in (Verb.MOVE, Verb.CALL_OFF))
    for proposal in proposals.select_related("venue", "proposed_by_org"):
        row = rows[proposal.planned_id]
        row.proposal = proposal
        row.can_answer = may_move and not by.is_for(proposal.proposed_by_org_id)
    for row in rows.values():
        session = row.session
        is_open = session is not None and session.status == Session.Status.SCHEDULED and session.starts_at > now
        row.can_move = may_move and is_open and row.proposal is None
        row.can_call_off = may_call_off and is_open
        row.can_find_helpers = is_open and session is not None and organises(by, session)


def timeline(order: Order, files: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return what happened, newest first, with the files that came along. One query."""
    entries: list[dict[str, Any]] = []
    if order.words.waits_for:
        entries.append({"what": order.get_status_display(), "who": order.words.sentence, "when": _("Now"), "now": True})
    history = list(order.history.select_related("on_behalf_of", "actor").order_by("-at", "-pk"))
    newest = {row.verb: row.pk for row in reversed(history)}
    beside = {row.pk: [file for file in files if newest.get(_verb_of(file)) == row.pk] for row in history}
    return [*entries, *(_entry(row, beside[row.pk], order) for row in history)]


def _verb_of(file: Attachment) -> str:
    """Return the verb beside which the timeline shows a file."""
    return Verb.REPORT if file.kind == Attachment.Kind.REPORT else Verb.SUBMIT


def _entry(row: OrderHistory, files: Sequence[Attachment], order: Order) -> dict[str, Any]:
    verb = Verb(row.verb)
    return {
        "what": verb.label,
        "who": _("By the fund's rule") if _is_by_rule(row) else str(row.on_behalf_of or ""),
        "note": row.note,
        "when": daytime_text(row.at),
        "system": row.actor_id is None or verb in SILENT,
        "files": [{"url": reverse("orders:file", args=[order.number, file.pk]), "name": file.name} for file in files],
    }


def _is_by_rule(row: OrderHistory) -> bool:
    return row.verb == Verb.APPROVE and row.actor_id is None


def counted_together(order: Order, rule: FundRule | None) -> str:
    """Say why an order that the rule would approve by itself waits for an officer. At most one query."""
    if rule is None or not 0 < order.total <= rule.automatic_up_to:
        return ""
    counted = together(order, rule)
    return "" if counted.is_within else together_words(order, counted)


def second_approval(order: Order, rule: FundRule | None) -> str:
    """Say that two have to approve, and who has, where the rule of the fund wants two. At most one query."""
    if rule is None or rule.two_above is None or not wants_two(order, rule):
        return ""
    words = {"amount": format_money(rule.two_above, order.currency), "league": order.league}
    earlier = endorsement(order)
    if earlier is None:
        return _("Above %(amount)s two officers of %(league)s approve; nobody has yet") % words
    words |= {"who": earlier.actor, "when": daytime_text(earlier.at)}
    return _("Above %(amount)s two officers of %(league)s approve; %(who)s did on %(when)s, another has to") % words


def review_points(order: Order, rows: Sequence[Row], line: BudgetLine | None, now: datetime) -> list[Check]:
    """Return what the system checked for the League: certificate, crew, clashes, price, budget. Six queries."""
    planned = [row.planned for row in rows]
    rule = fund_rules.in_force(line.fund_id, now) if line is not None else None
    two, counted = second_approval(order, rule), counted_together(order, rule)
    return [
        _certificate(order, planned),
        _clearance(rows),
        _free(rows),
        _price(order),
        *([_share(order, line)] if line is not None else []),
        *([Check(False, _("Two approve"), two)] if two else []),
        *([Check(False, _("Counts together"), counted)] if counted else []),
    ]


def _certificate(order: Order, planned: Sequence[PlannedSession]) -> Check:
    until = order.provider.certificate_until
    last = max(today(one.starts_at) for one in planned)
    words = {"provider": order.provider, "day": day_text(until) if until else ""}
    if until is None:
        return Check(False, _("Please note"), _("The certificate of %(provider)s has no date on record") % words)
    if until < last:
        return Check(False, _("Please note"), _("The certificate of %(provider)s ends on %(day)s already") % words)
    return Check(True, _("Valid"), _("The certificate of %(provider)s, until %(day)s") % words)


def _clearance(rows: Sequence[Row]) -> Check:
    """Ask the gate about the first and the last day, which stand for those between; approving asks about each."""
    users = {person.membership.user_id for row in rows for person in row.crew}
    days = sorted(today(row.planned.starts_at) for row in rows)
    answers = [clearance.of_workers(users, day) for day in {days[0], days[-1]}]
    fine = {pk for pk in users if all(answer[pk].ok for answer in answers)}
    if fine == users:
        sentence = ngettext(
            "%(count)d person of the crew is cleared on the dates",
            "%(count)d people of the crew are cleared on the dates",
            len(users),
        )
        return Check(True, _("Valid"), sentence % {"count": len(users)})
    sentence = ngettext(
        "%(count)d person of the crew is not cleared on the dates; approving would be refused",
        "%(count)d people of the crew are not cleared on the dates; approving would be refused",
        len(users - fine),
    )
    return Check(False, _("Please note"), sentence % {"count": len(users - fine)})


def _free(rows: Sequence[Row]) -> Check:
    planned = [row.planned for row in rows]
    crew = {row.planned.position: [(person.membership_id, person.is_lead) for person in row.crew] for row in rows}
    members = {person.membership_id: person.membership for row in rows for person in row.crew}
    taken = checks.clashes(planned, crew, members)
    if taken:
        return Check(False, _("Clash"), " ".join(taken))
    sentence = ngettext(
        "Crew and venue are free for the %(count)d session",
        "Crew and venues are free for all %(count)d sessions",
        len(planned),
    )
    return Check(True, _("No clash"), sentence % {"count": len(planned)})


def _price(order: Order) -> Check:
    assert order.version is not None  # frozen at submission
    words = {"price": format_money(order.unit_price, order.currency), "number": order.version.number}
    if order.unit_price == order.version.price:
        return Check(True, _("Matches"), _("%(price)s a session, as on the menu, version %(number)d") % words)
    return Check(False, _("Please note"), _("%(price)s a session differs from the menu, version %(number)d") % words)


def _share(order: Order, line: BudgetLine) -> Check:
    left = line.available - order.total
    words = {
        "percent": order.total * 100 // line.available if line.available else 100,
        "left": format_money(max(left, 0), line.fund.currency),
        "missing": format_money(max(-left, 0), line.fund.currency),
    }
    if left < 0:
        return Check(False, _("Too little"), _("The budget line is short by %(missing)s") % words)
    text = _("The order takes %(percent)d %% of what the line has available and leaves %(left)s") % words
    is_small = order.total * 2 <= line.available
    return Check(is_small, _("Enough") if is_small else _("Please note"), text)


def contacts(order: Order) -> list[dict[str, str]]:
    """Return whom to ask: the office, the provider, the League, with the phone that each gave."""
    sides = [
        (order.office, Side.OFFICE.label),
        (order.provider, Side.PROVIDER.label),
        (order.league, Side.LEAGUE.label),
    ]
    return [
        {"name": str(organisation), "side": str(side), "phone": organisation.contact_phone}
        for organisation, side in sides
    ]
