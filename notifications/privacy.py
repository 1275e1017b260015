"""What messages hold of people: whom they are for. Their words are made from numbers when they are read."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.utils.translation import gettext_lazy as _

from core.privacy import A_WEEK, A_YEAR, ONESELF, SENT, Person, Personal, Record, Whom
from notifications.models import Delivery, Letter, Message, Text

_INBOX = Personal(Whom.ACCOUNT, _("Messages to you"), _("to tell you what happened"), A_YEAR, ONESELF)
_LETTER = Personal(
    Whom.ACCOUNT, _("Mails about your login"), _("to send a mail, such as a link for a new password"), SENT, ONESELF
)
RECORDS = {
    Message: Record(about=_INBOX, of={"user": "recipient"}, plain="context"),
    Delivery: Record(),
    Letter: Record(about=_LETTER),
    Text: Record(about=_LETTER),
}


def erase(person: Person, now: datetime) -> None:
    """Forget what the person was told, and every mail and text to them that waits. What was sent names nobody."""
    Message.objects.filter(recipient=person.user).delete()
    theirs = EmailAddress.objects.filter(user=person.user).values_list("email", flat=True)
    for address in filter(None, {person.email, *theirs}):
        Letter.objects.filter(to__iexact=address).delete()
    if person.phone:
        Text.objects.filter(to=person.phone).delete()


def forget(now: datetime) -> dict[str, int]:
    """Forget messages, and that mails and texts were sent, once their time is over."""
    messages = Message.objects.filter(created_at__lt=now - timedelta(days=A_YEAR.days or 0))
    letters = Letter.objects.filter(created_at__lt=now - timedelta(days=A_WEEK.days or 0)).exclude(status="queued")
    texts = Text.objects.filter(created_at__lt=now - timedelta(days=A_WEEK.days or 0)).exclude(status="queued")
    return {"messages": messages.delete()[0], "letters": letters.delete()[0], "texts": texts.delete()[0]}
