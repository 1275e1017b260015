"""What a person has to do, by deadline, with one action each. No queries: it words what ``queries`` found."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from activities.models import Session
from activities.models.session import CLOCK_CLOSES_AFTER_END
from core.formats import clock_text, day_text
from core.money import format_money
from core.time import today
from dashboards import links
from funding.models import PayeeAccount
from orders.models import Order, RescheduleProposal
from orders.statuses import Status

Text = str | Promise


@dataclass(frozen=True)
class Todo:
    """One line of the list."""

    title: str
    url: str
    text: str
    action: str
    action_url: str
    deadline: datetime | None = None
    due: str = ""
    due_note: str = ""
    ring: tuple[str, ...] | None = None
    icon: str = "clock"


# Whose list an order stands on, by status: what to read, what to press, the page, and what happens at the deadline.
OFFICE: dict[str, tuple[Text, Text, str, Text]] = {
    Status.DRAFT: (gettext_lazy("A draft that nobody else sees yet"), pgettext_lazy("todo", "Go on"), "", ""),
    Status.COUNTERED: (
        gettext_lazy("The provider proposed other dates, another place or a smaller group"),
        gettext_lazy("See the proposal"),
        "",
        gettext_lazy("then the order expires"),
    ),
    Status.DELIVERED: (
        gettext_lazy("Delivered: look at report and figures, and confirm if all is well"),
        pgettext_lazy("todo", "Confirm"),
        "confirm",
        gettext_lazy("then it counts as confirmed"),
    ),
}
PROVIDER: dict[str, tuple[Text, Text, str, Text]] = {
    Status.SUBMITTED: (
        gettext_lazy("A new order: accept, propose other dates, or decline"),
        pgettext_lazy("todo", "Answer"),
        "",
        gettext_lazy("then the order expires"),
    ),
}
REPORT: tuple[Text, Text, str, Text] = (
    gettext_lazy("All sessions are over: hand in the report with photos"),
    pgettext_lazy("todo", "Report"),
    "report",
    gettext_lazy("then it is reported from the check-ins"),
)
LEAGUE: dict[str, tuple[Text, Text, str, Text]] = {
    Status.DISPUTED: (
        gettext_lazy("The office disputes the delivery: decide session by session"),
        pgettext_lazy("todo", "Decide"),
        "resolve",
        "",
    ),
}

STUCK: tuple[Text, Text, str, Text] = (
    gettext_lazy("The provider is suspended: decide what becomes of the order and its families"),
    pgettext_lazy("todo", "Look at it"),
    "",
    "",
)


def due_words(deadline: datetime | None, now: datetime) -> str:
    """Return how much time is left: days if few, else the date."""
    if deadline is None:
        return ""
    days = (today(deadline) - today(now)).days
    if deadline <= now:
        return _("overdue")
    if days == 0:
        return _("today %(time)s") % {"time": clock_text(deadline)}
    if days <= 3:
        return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}
    return _("by %(day)s") % {"day": day_text(deadline)}


def order_todo(row: Order, words: tuple[Text, Text, str, Text], now: datetime) -> Todo:
    """Return the line for an order."""
    text, action, verb, note = words
    return Todo(
        title=title_of(row),
        url=links.order(row),
        text=str(text),
        action=str(action),
        action_url=links.order(row, verb),
        deadline=row.waits_until,
        due=due_words(row.waits_until, now),
        due_note=str(note) if row.waits_until else "",
        ring=row.ring,
    )


def title_of(row: Order) -> str:
    """Return the frozen title, or the programme's while the order is a draft."""
    return row.version.title_local if row.version else row.programme.title_local


def invoice_todo(row: Order) -> Todo:
    """Return the line for an order whose money waits for the provider's invoice."""
    assert row.commitment is not None  # its settlement was approved
    approved = (one for one in row.commitment.settlements.all() if one.status == one.Status.APPROVED)
    settlement = next(one for one in approved if not one.is_invoiced)
    url = links.settlement(settlement, "invoice")
    amount = format_money(settlement.to_invoice, row.currency)
    text = _("Settled: upload the invoice over %(amount)s, then the money is sent") % {"amount": amount}
    return Todo(
        title_of(row), links.settlement(settlement), text, pgettext("todo", "Upload the invoice"), url, icon="doc"
    )


def account_todo(account: PayeeAccount | None) -> Todo:
    """Return the line for a provider whose money has nowhere to go yet."""
    if account is None:
        title, text = _("Enter your bank account"), _("Money waits for you, and there is no account to send it to")
        action, url = pgettext("todo", "Enter it"), "/funding/account/new/"
    else:
        title, text = (
            _("Have your bank account confirmed"),
            _("Nothing is sent before a second person has looked at it"),
        )
        action, url = pgettext("todo", "See it"), "/funding/account/"
    return Todo(title, url, text, action, url, icon="money")


def proposal_todo(row: RescheduleProposal, now: datetime) -> Todo:
    """Return the line for a proposal of a new date that waits for an answer."""
    order, deadline = row.planned.order, min(row.planned.starts_at, row.starts_at)
    text = _("Another date is proposed: %(old)s to %(new)s") % {
        "old": day_text(row.planned.starts_at),
        "new": day_text(row.starts_at),
    }
    url = links.order(order)
    return Todo(
        title_of(order),
        url,
        text,
        _("See the date"),
        url,
        deadline,
        due_words(deadline, now),
        _("please answer"),
        order.ring,
    )


def session_todo(row: Session, now: datetime) -> Todo:
    """Return the line for a session today or one that is over and not closed."""
    title = row.version.title_local
    if row.awaits_close(now):
        text, action, page = _("The session is over: check the list and close it"), pgettext("todo", "Close"), "close"
        deadline: datetime | None = row.ends_at + CLOCK_CLOSES_AFTER_END
    else:
        text = _("%(taken)s of %(all)s places taken") % {"taken": row.taken, "all": row.capacity}
        action, page, deadline = pgettext("todo", "Check in"), "check-in", row.starts_at
    url = links.session(row, page)
    return Todo(
        f"{title} {clock_text(row.starts_at)}", url, text, action, url, deadline, due_words(deadline, now), icon="list"
    )


def by_deadline(todos: list[Todo]) -> list[Todo]:
    """Return the list in the order in which things become late; what has no deadline comes last."""
    return sorted(todos, key=lambda todo: (todo.deadline is None, todo.deadline.timestamp() if todo.deadline else 0.0))
