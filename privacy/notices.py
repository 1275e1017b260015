"""What those concerned are told: drafts in both languages from the facts, the sending, and the log of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import daytime_text, phone_text
from core.locking import retried
from core.time import today
from notifications.models import Delivery, Message
from notifications.services import notify
from organisations.acting import Acting
from people import services as people
from people.models import Child, Guardian, ToTell
from privacy import register
from privacy.affected import answering_for
from privacy.lifecycle import move, refuse_names
from privacy.models import Affected, Incident, Telling
from users.models import User

GAP = "[["  # a draft says in these brackets what somebody still has to write
_HANZI = re.compile(r"[\u3400-\u9fff]")
_How = Telling.How


class NoticeNotReady(DomainError):
    """The notice lacks a language, or still has gaps from the draft."""


class NobodyToWrite(DomainError):
    """Everybody whom the incident concerns was written to, or nobody was picked yet."""


@dataclass(frozen=True)
class Sent:
    """How many were told in which way, and how many people concerned nobody could be told about."""

    by_message: int
    by_office: int
    unreached: int


def cause_of(incident: Incident) -> str:
    """Return under which cause the notice stands in the outbox: a person gets it once."""
    return f"incident:{incident.pk}:notice"


def words_of(incident: Incident) -> list[str]:
    """Return the kinds of data concerned, in the language of the moment; an unknown key is told as it is."""
    known = register.kinds()
    return [str(known[key].what) if key in known else key for key in incident.data_kinds]


def _typed(text: str, is_chinese: bool) -> str:
    """Return typed words for the reader's language, or a gap that says what is to be written."""
    if not text.strip():
        return _("[[Write this.]]")
    if bool(_HANZI.search(text)) == is_chinese:
        return text.strip()
    return _("[[Say it in English: %(words)s]]") % {"words": text.strip()}


def _general(incident: Incident) -> str:
    return {
        Incident.Kind.BREACH: _("Personal data that we keep got out of our hands."),
        Incident.Kind.ACCESS: _("Somebody saw personal data that was not for them."),
        Incident.Kind.LOSS: _("Personal data that we keep was lost."),
        Incident.Kind.CHANGE: _("Personal data that we keep was changed by somebody who may not."),
    }[Incident.Kind(incident.kind)]


def draft(incident: Incident, language: str) -> str:
    """Return a draft: what happened, which data, what may follow, what we did, what you can do, whom to call."""
    key = "en" if language.startswith("en") else "zh"
    with translation.override(language):
        officer = settings.DATA_OFFICER[key] or _("the safeguarding officer")
        parts = [
            _("What happened"),
            f"{_general(incident)} {_typed(incident.what, key == 'zh')}",
            _("We found it on %(moment)s.") % {"moment": daytime_text(incident.found_at)},
            "",
            _("Which data"),
            *(f"- {words}" for words in words_of(incident)),
            "",
            _("What may follow"),
            _typed(incident.may_follow, key == "zh"),
            "",
            _("What we have done"),
            _typed(incident.remedy, key == "zh"),
            "",
            _("What you can do"),
            _typed(incident.advice, key == "zh"),
            _("Nobody from us will ask you for a password, a code or money because of this."),
            "",
            _("Whom to call"),
            _("%(officer)s, %(phone)s (%(hours)s)")
            % {"officer": officer, "phone": phone_text(settings.SITE_PHONE), "hours": settings.SITE_HOURS[key]},
        ]
    return "\n".join(parts)


def notice_for(incident: Incident, language: str) -> str:
    """Return the notice as it was worded, else the draft."""
    said = incident.notice_en if language.startswith("en") else incident.notice_zh
    return said or draft(incident, language)


def unsent(incident: Incident) -> QuerySet[Affected]:
    """Return whom it concerns and about whom nobody was written to."""
    written = Telling.objects.filter(affected__incident=incident, how__in=[_How.MESSAGE, _How.OFFICE])
    return incident.affected.exclude(pk__in=written.values("affected"))


def _check_words(incident: Incident) -> None:
    for name, said in (("notice_zh", incident.notice_zh), ("notice_en", incident.notice_en)):
        if not said or GAP in said:
            raise NoticeNotReady(
                _("The notice is sent when it is complete in both languages and no [[ is left."), field=name
            )
    refuse_names(incident, [incident.notice_zh, incident.notice_en])


@retried
def send(incident: Incident, *, by: Acting, now: datetime) -> Sent:
    """Tell everybody concerned who was not told yet: each guardian and the youth themself; a worker sends it.

    It may be sent again after more people were picked; nobody gets it twice.

    Raises:
        NoticeNotReady: the notice lacks a language or has gaps.
        NamesSomebody: it names a child whom the incident concerns.
        NobodyToWrite: nobody is left who was not written to.
        NotYours, AlreadyMoved: as named.
    """
    assert by.user is not None
    with transaction.atomic():
        row = move(incident, "send", by=by, now=now)
        _check_words(row)
        guardians, users, lines = _addressed(row, by.user, now)
        if not lines:
            raise NobodyToWrite(_("There is nobody to write to: pick whom it concerns, or tell them yourself."))
        said: dict[str, Any] = {
            "kind": "data_incident",
            "cause": cause_of(row),
            "context": {"words": row.notice_zh, "words_en": row.notice_en},
            "path": reverse("privacy:notice", args=[row.pk]),
            "now": now,
        }
        people.tell_all(guardians.values(), **said)
        notify(users.values(), **said)
        Telling.objects.bulk_create(lines, batch_size=500)
        row.sent_at = row.sent_at or now
        row.save()
        message = sum(guardian.user_id is not None for guardian in guardians.values()) + len(users)
        return Sent(message, len(guardians) + len(users) - message, row.affected.untold().count())


def _addressed(
    incident: Incident, sender: User, now: datetime
) -> tuple[dict[int, Guardian], dict[int, User], list[Telling]]:
    """Return whom to write to and the lines of the log, for all who were not written to yet. Four queries."""
    rows = list(unsent(incident).select_related("child__user", "guardian__user", "user").order_by("pk"))
    answering = answering_for([row.child_id for row in rows if row.child_id is not None], today(now))
    guardians: dict[int, Guardian] = {}
    users: dict[int, User] = {}
    lines = []
    for row in rows:
        adults = [*answering.get(row.child_id or 0, []), *([row.guardian] if row.guardian else [])]
        own = row.user or (row.child.user if row.child else None)
        for adult in adults:
            guardians[adult.pk] = adult
            how = _How.MESSAGE if adult.user_id is not None else _How.OFFICE
            lines.append(Telling(affected=row, guardian=adult, how=how, at=now, by=sender))
        if own is not None:
            users[own.pk] = own
            lines.append(Telling(affected=row, user=own, how=_How.MESSAGE, at=now, by=sender))
    return guardians, users, lines


@dataclass(frozen=True)
class Told:
    """One line of the log: to whom it went, by which way, when, and what became of it."""

    telling: Telling
    who: str
    outcome: str
    is_certain: bool


@dataclass(frozen=True)
class Line:
    """One person concerned, with everybody who was told about them."""

    affected: Affected
    who: str
    what: str
    told: list[Told]

    @property
    def is_certain(self) -> bool:
        """Whether one of them surely knows."""
        return any(one.is_certain for one in self.told)


def _name(row: Affected) -> tuple[str, str]:
    child: Child | None = row.child
    if child is not None:
        return (_("erased since") if child.erased_at else child.name), _("child")
    if row.guardian is not None:
        return (_("erased since") if row.guardian.erased_at else str(row.guardian)), _("guardian")
    return str(row.user), _("login")


def log(incident: Incident, rows: Iterable[Affected]) -> list[Line]:
    """Return how each of these people was told, with what became of the messages. Four queries."""
    shown = list(rows)
    tellings = Telling.objects.filter(affected__in=shown).select_related("guardian__user", "user", "by").order_by("pk")
    found: dict[int, list[Telling]] = {}
    for one in tellings:
        found.setdefault(one.affected_id, []).append(one)
    recipients = {user for one in tellings if (user := _recipient(one)) is not None}
    messages = {
        row.recipient_id: row
        for row in Message.objects.filter(cause=cause_of(incident), recipient__in=recipients).prefetch_related(
            "deliveries"
        )
    }
    told_at = dict(
        ToTell.objects.filter(
            cause=cause_of(incident), guardian__in=[one.guardian_id for one in tellings if one.guardian_id]
        ).values_list("guardian_id", "told_at")
    )
    return [Line(row, *_name(row), [_told(one, messages, told_at) for one in found.get(row.pk, [])]) for row in shown]


def _recipient(telling: Telling) -> int | None:
    return telling.guardian.user_id if telling.guardian is not None else telling.user_id


def _told(telling: Telling, messages: dict[int, Message], told_at: dict[int, datetime | None]) -> Told:
    who = str(telling.guardian or telling.user or telling.by)
    if telling.how == _How.OFFICE:
        outcome, is_certain = _by_office(told_at.get(telling.guardian_id or 0))
    elif telling.how == _How.MESSAGE:
        outcome, is_certain = _by_message(messages.get(_recipient(telling) or 0))
    else:
        outcome, is_certain = "", telling.how != _How.PUBLIC
    return Told(telling, who, outcome, is_certain=is_certain)


def _by_office(moment: datetime | None) -> tuple[str, bool]:
    if moment is None:
        return _("the office has not told them yet"), False
    return _("told by the office %(when)s") % {"when": daytime_text(moment)}, True


def _by_message(message: Message | None) -> tuple[str, bool]:
    if message is not None and message.read_at is not None:
        return _("read %(when)s") % {"when": daytime_text(message.read_at)}, True
    statuses = {mail.status for mail in message.deliveries.all()} if message is not None else set()
    if Delivery.Status.SENT in statuses:
        return _("mailed or texted, not opened on the site"), True
    if Delivery.Status.FAILED in statuses:
        return _("mail or text did not go out; call them"), False
    if statuses:
        return _("mail or text is on its way"), False
    return _("on the site only, not opened yet; call them"), False


def told_to(user: User) -> set[int]:
    """Return the incidents about which a login was told, itself or as a guardian."""
    mine = Telling.objects.filter(how=_How.MESSAGE)
    rows = mine.filter(user=user) | mine.filter(guardian__user=user)
    return set(rows.values_list("affected__incident_id", flat=True))
