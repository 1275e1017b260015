"""The verbs of a programme: handed in, sent back, published, retired, suspended, resumed.

A programme that is on the menu stays there while changes to it are written and reviewed: ``status`` stays
``published`` and ``revision`` goes ``edited`` → ``in_review`` → nothing. So orders and sign-ups never stop because
a text is being improved, and the menu never shows what the League has not read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog import messages, policies, search
from catalog.models import Programme, ProgrammeContent, ProgrammeHistory, ProgrammeVersion
from catalog.services import content_of
from core.errors import DomainError, StaleState
from core.formats import daytime_text
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record
from organisations.meanwhile import with_who

Stage = tuple[str, str]
_S, _R = Programme.Status, Programme.Revision

# verb → where it may start (status, revision) → where it leads
TRANSITIONS: dict[str, dict[Stage, Stage]] = {
    "submit": {
        (_S.DRAFT, _R.NONE): (_S.IN_REVIEW, _R.NONE),
        (_S.PUBLISHED, _R.EDITED): (_S.PUBLISHED, _R.IN_REVIEW),
        (_S.SUSPENDED, _R.EDITED): (_S.SUSPENDED, _R.IN_REVIEW),
    },
    "send_back": {
        (_S.IN_REVIEW, _R.NONE): (_S.DRAFT, _R.NONE),
        (_S.PUBLISHED, _R.IN_REVIEW): (_S.PUBLISHED, _R.EDITED),
        (_S.SUSPENDED, _R.IN_REVIEW): (_S.SUSPENDED, _R.EDITED),
    },
    "publish": {
        (_S.IN_REVIEW, _R.NONE): (_S.PUBLISHED, _R.NONE),
        (_S.PUBLISHED, _R.IN_REVIEW): (_S.PUBLISHED, _R.NONE),
        (_S.SUSPENDED, _R.IN_REVIEW): (_S.PUBLISHED, _R.NONE),
    },
    "retire": {(status, revision): (_S.RETIRED, _R.NONE) for status in (_S.PUBLISHED, _S.SUSPENDED) for revision in _R},
    "suspend": {(_S.PUBLISHED, revision): (_S.SUSPENDED, revision) for revision in _R},
    "resume": {(_S.SUSPENDED, revision): (_S.PUBLISHED, revision) for revision in _R},
}

SENTENCES: dict[str, str | Promise] = {
    _S.DRAFT: gettext_lazy("The provider is writing it; nobody else sees it."),
    _S.IN_REVIEW: gettext_lazy("The League is reading it before it goes on the menu."),
    _S.PUBLISHED: gettext_lazy("Offices can order it."),
    _S.RETIRED: gettext_lazy("The provider offers it no longer; orders already made go on."),
    _S.SUSPENDED: gettext_lazy("The League has taken it off the menu for now."),
}
VERBS: dict[str, str | Promise] = {
    "create": gettext_lazy("Draft made"),
    "edit": gettext_lazy("Draft changed"),
    "submit": gettext_lazy("Handed in for review"),
    "send_back": gettext_lazy("Sent back"),
    "publish": pgettext_lazy("programme", "Published"),
    "retire": gettext_lazy("Retired"),
    "suspend": gettext_lazy("Suspended"),
    "resume": gettext_lazy("Back on the menu"),
}


class NotNow(StaleState):
    """The programme is not, or no longer, in a state that the verb starts from."""


class NotTheirs(DomainError):
    """The person may not do this with this programme."""


class ReasonMissing(DomainError):
    """A verb that needs a reason got none."""


class StepsMissing(DomainError):
    """A programme says nothing about what children will do."""


class ReadSomethingElse(StaleState):
    """The reviewer decided about a text that has been changed since."""


def can(verb: str, programme: Programme) -> bool:
    """Tell whether the verb starts from where the programme stands; buttons ask this and the policy."""
    return (programme.status, programme.revision) in TRANSITIONS[verb]


def can_edit(programme: Programme) -> bool:
    """Tell whether the draft may be written: not while the League reads it, not after it was retired."""
    return programme.status != _S.RETIRED and _S.IN_REVIEW not in (programme.status, programme.revision)


def timeline(history: Iterable[ProgrammeHistory]) -> list[dict[str, Any]]:
    """Return history rows as the timeline shows them."""
    return [
        {
            "what": VERBS.get(row.verb, row.verb),
            "who": " · ".join(str(who) for who in (row.actor, row.on_behalf_of) if who),
            "note": "" if row.verb == "edit" else row.note,
            "when": daytime_text(row.at),
            "system": row.actor is None,
        }
        for row in history
    ]


def reason_of_return(history: Iterable[ProgrammeHistory]) -> str:
    """Return why the League sent it back or suspended it, while that still is where it stands; newest row first."""
    for row in history:
        if row.verb in {"send_back", "suspend"}:
            return row.note
        if row.verb in {"submit", "publish", "resume", "retire"}:
            return ""
    return ""


def _move(
    programme: Programme, verb: str, *, by: Acting, now: datetime, reason: str = "", may: Callable[[Programme], bool]
) -> Programme:
    """Lock the row, ask who and whether, write status and history. The caller holds the transaction."""
    programme = lock(Programme, programme.pk)
    if not may(programme):
        raise NotTheirs(_("You may not do this with this programme."))
    after = TRANSITIONS[verb].get((programme.status, programme.revision))
    if after is None:
        stage = programme.get_revision_display() if programme.revision else programme.get_status_display()
        sentence = _("This cannot be done now. The programme stands at: %(stage)s.") % {"stage": stage}
        raise NotNow(with_who(sentence, programme.history.exclude(verb="edit"), by))
    before = programme.status
    programme.status, programme.revision = after
    record(
        ProgrammeHistory, by, verb=verb, before=before, after=programme.status, note=reason, programme=programme, at=now
    )
    return programme


def _demand(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(_("Give a reason. The provider will read it."), field="reason")
    return reason


def _demand_steps(programme: Programme) -> None:
    """A programme without steps tells families nothing."""
    if not programme.steps:
        raise StepsMissing(_("Say in at least one step what children will do."), field="steps")


def checksum(content: ProgrammeContent) -> str:
    """Return the fingerprint of everything that a text says.

    A rule about adults counts where it is set, so that versions keep the fingerprint they had before there were any.
    """
    values = {name: str(value) if name == "photo" else value for name, value in content_of(content).items()}
    values = {
        name: value for name, value in values.items() if value or name not in ("children_per_adult", "two_adults")
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@retried
@transaction.atomic
def submit(programme: Programme, *, by: Acting, now: datetime) -> Programme:
    """Hand a draft, or the changes to a published programme, to the League.

    Raises:
        StepsMissing: it does not say what children will do.
        NotNow: there is nothing to hand in.
        NotTheirs: they are no manager of the provider.
    """
    programme = _move(programme, "submit", by=by, now=now, may=partial(policies.may_offer, by))
    _demand_steps(programme)
    programme.submitted_at = now
    programme.save(update_fields=["status", "revision", "submitted_at", "changed_at"])
    messages.tell_league(programme, "programme_submitted", now=now)
    return programme


@retried
@transaction.atomic
def send_back(programme: Programme, *, by: Acting, now: datetime, reason: str) -> Programme:
    """Give it back to the provider with a reason.

    Raises:
        ReasonMissing, NotNow, NotTheirs: as they say.
    """
    reason = _demand(reason)
    may = partial(policies.may_review, by, on=today(now))
    programme = _move(programme, "send_back", by=by, now=now, reason=reason, may=may)
    programme.save(update_fields=["status", "revision", "changed_at"])
    messages.tell_provider(programme, "programme_sent_back", now=now, reason=reason)
    return programme


@retried
@transaction.atomic
def publish(programme: Programme, *, by: Acting, now: datetime, seen: int | None = None) -> Programme:
    """Freeze the text as a new version and put it on the menu. ``seen`` is ``edits`` of the text that was read.

    Raises:
        NotNow, NotTheirs, ReadSomethingElse: as they say.
    """
    programme = _move(programme, "publish", by=by, now=now, may=partial(policies.may_review, by, on=today(now)))
    if seen is not None and seen != programme.edits:
        sentence = _("The text has been changed since you opened it. Read it again before you publish.")
        raise ReadSomethingElse(with_who(sentence, programme.history.filter(verb="edit"), by))
    programme.current_version = _freeze(programme, by=by, now=now)
    search.refresh(programme)
    programme.save()
    messages.tell_provider(programme, "programme_published", now=now)
    return programme


def _freeze(programme: Programme, *, by: Acting, now: datetime) -> ProgrammeVersion:
    number = programme.current_version.number + 1 if programme.current_version else 1
    content = content_of(programme)
    theme_id = content.pop("theme")
    version = ProgrammeVersion(
        programme=programme, number=number, published_at=now, published_by=by.user, theme_id=theme_id, **content
    )
    version.checksum = checksum(version)
    version.save()
    return version


@retried
@transaction.atomic
def retire(programme: Programme, *, by: Acting, now: datetime, reason: str = "") -> Programme:
    """Take it off the menu for good. Orders already made go on.

    Raises:
        NotNow, NotTheirs: as they say.
    """
    programme = _move(programme, "retire", by=by, now=now, reason=reason.strip(), may=partial(policies.may_offer, by))
    programme.save(update_fields=["status", "revision", "changed_at"])
    messages.tell_league(programme, "programme_retired", now=now)
    return programme


@retried
@transaction.atomic
def suspend(programme: Programme, *, by: Acting, now: datetime, reason: str) -> Programme:
    """Take it off the menu until the League says otherwise.

    Raises:
        ReasonMissing, NotNow, NotTheirs: as they say.
    """
    reason = _demand(reason)
    programme = _move(programme, "suspend", by=by, now=now, reason=reason, may=partial(policies.may_oversee, by))
    programme.save(update_fields=["status", "changed_at"])
    messages.tell_provider(programme, "programme_suspended", now=now, reason=reason)
    return programme


@retried
@transaction.atomic
def resume(programme: Programme, *, by: Acting, now: datetime, reason: str = "") -> Programme:
    """Put it back on the menu as it was.

    Raises:
        NotNow, NotTheirs: as they say.
    """
    may = partial(policies.may_review, by, on=today(now))
    programme = _move(programme, "resume", by=by, now=now, reason=reason.strip(), may=may)
    programme.save(update_fields=["status", "changed_at"])
    messages.tell_provider(programme, "programme_resumed", now=now)
    return programme
