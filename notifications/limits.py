"""What keeps text messages from costing a fortune: the numbers that get any, and how many leave the site at most."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from core.errors import DomainError
from notifications.models import Delivery, Text
from users.phones import is_texted, texted_only

logger = logging.getLogger(__name__)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class NotTexted(DomainError):
    """Numbers of this kind get no text messages."""


class TextsUsedUp(DomainError):
    """The site has sent as many text messages as it may."""

    def __init__(self) -> None:
        """Say what else there is."""
        super().__init__(
            _("We cannot send text messages right now. Use your e-mail or your password, or try again later.")
        )


def check_number(to: str) -> None:
    """Refuse a number that gets no text messages.

    Raises:
        NotTexted: it is a landline, or of a country that the settings do not name.
    """
    if not is_texted(to):
        raise NotTexted(texted_only())


def check_limits(now: datetime) -> None:
    """Refuse one more text message once the whole site has sent its most, and say so in the log. One query.

    Requests at the same moment do not see each other's: it may be a few more.

    Raises:
        TextsUsedUp: that is so.
    """
    of_the_day = Text.objects.filter(created_at__gt=now - DAY)
    made = of_the_day.aggregate(hour=Count("pk", filter=Q(created_at__gt=now - HOUR)), day=Count("pk"))
    for span, most in (("hour", settings.SMS_MOST_AN_HOUR), ("day", settings.SMS_MOST_A_DAY)):
        if made[span] >= most:
            if _is_first("codes", span):
                logger.error("No more text messages: %s in a %s were the most (SMS_MOST_...).", most, span)
            raise TextsUsedUp


def room(now: datetime) -> int:
    """Return how many messages may be texted now: none once they and the codes together are the site's most.

    Codes do not count them: however many families are told of something, people can still log in, so that where the
    messages come first as many codes may follow. Two workers at the same moment do not see each other's: it may be a
    few more. Four queries.
    """
    codes, told = Text.objects.all(), Delivery.objects.by(Delivery.Channel.TEXT)
    left = []
    for span, length, most in (("hour", HOUR, settings.SMS_MOST_AN_HOUR), ("day", DAY, settings.SMS_MOST_A_DAY)):
        since = now - length
        left.append(most - codes.filter(created_at__gt=since).count() - told.filter(sent_at__gt=since).count())
        if left[-1] <= 0 and _is_first("messages", span):
            logger.warning("Messages by text wait: with the codes %s in a %s are the most (SMS_MOST_...).", most, span)
    return max(0, min(left))


def _is_first(what: str, span: str) -> bool:
    """Tell whether the log shall say it, once an hour: whoever asks for codes in thousands would fill it."""
    return caches["shared"].add(f"texts-used-up-{what}-{span}", True, HOUR.seconds)
