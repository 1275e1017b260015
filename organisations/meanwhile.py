"""Somebody was faster: who it was and when, in the same words wherever an old page meets a new state."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core.errors import StaleState
from core.formats import daytime_text
from organisations.acting import Acting
from organisations.models import ActedHistory


class ChangedMeanwhile(StaleState):
    """Somebody saved the thing after this person had opened its form."""

    def __init__(self, last: ActedHistory, by: Acting) -> None:
        """Name who saved it last."""
        sentence = _(
            "%(who)s saved a change on %(when)s, after you opened this page. Compare what differs; nothing that you "
            "wrote is lost. Save again if yours shall stand."
        )
        super().__init__(sentence % who_and_when(last, by))


def named(entry: ActedHistory, by: Acting) -> str:
    """Name the person to colleagues, the organisation to others, and the clock as what it is."""
    if entry.actor is None:
        return _("the system")
    if entry.on_behalf_of is None or (by.organisation is not None and entry.on_behalf_of_id == by.organisation.pk):
        return str(entry.actor)
    return str(entry.on_behalf_of)


def who_and_when(entry: ActedHistory, by: Acting) -> dict[str, str]:
    """Return what a sentence about an entry asks for: ``who`` and ``when``."""
    return {"who": named(entry, by), "when": daytime_text(entry.at)}


def newest(entries: models.QuerySet[Any]) -> ActedHistory | None:
    """Return the newest entry, with who acted. One query."""
    found: ActedHistory | None = entries.select_related("actor", "on_behalf_of").order_by("-pk").first()
    return found


def with_who(sentence: str, entries: models.QuerySet[Any], by: Acting) -> str:
    """Return a refusal's sentence with who acted last and when behind it; where nobody is known, the sentence alone."""
    last = newest(entries)
    if last is None:
        return sentence
    words = {"sentence": sentence, **who_and_when(last, by)}
    return _("%(sentence)s The last to act was %(who)s, on %(when)s.") % words


def state_of(saves: models.QuerySet[Any]) -> int:
    """Return the number that a form carries as ``seen``: the newest save's, or 0. One query."""
    return saves.order_by("-pk").values_list("pk", flat=True).first() or 0


def refuse_older(seen: int | None, saves: models.QuerySet[Any], by: Acting) -> None:
    """Pass if nobody saved after the state ``seen``. The caller holds the thing's lock.

    Raises:
        ChangedMeanwhile: somebody did.
    """
    last = None if seen is None else newest(saves)
    if last is not None and last.pk != seen:
        raise ChangedMeanwhile(last, by)
