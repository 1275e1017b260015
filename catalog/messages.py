"""Whom a programme's verbs tell, and about what."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from catalog.models import Programme, ProgrammeHistory
from core.time import today
from notifications.services import notify
from organisations import queries
from organisations.memberships import holders
from organisations.models import Membership
from users.models import User

_ROLE = Membership.Role


def _tell(
    people: Iterable[User], programme: Programme, kind: str, *, path: str, now: datetime, reason: str = ""
) -> None:
    event = ProgrammeHistory.objects.filter(programme=programme).count()
    context = {
        "title": programme.title,
        "title_en": programme.title_en,
        "provider": programme.provider.name,
        "provider_en": programme.provider.name_en,
        "reason": reason,
    }
    notify(people, kind=kind, cause=f"programme:{programme.pk}:{event}", context=context, path=path, now=now)


def tell_league(programme: Programme, kind: str, *, now: datetime) -> None:
    """Tell the officers of the League that decides about the provider's programmes; an area without one has nobody."""
    leagues = queries.leagues_above(programme.provider.region)[:1]
    people = [user for league in leagues for user in holders(league, _ROLE.OFFICER, on=today(now))]
    _tell(people, programme, kind, path=reverse("catalog:review-one", args=[programme.slug]), now=now)


def tell_provider(programme: Programme, kind: str, *, now: datetime, reason: str = "") -> None:
    """Tell the provider's managers."""
    people = holders(programme.provider, _ROLE.MANAGER, on=today(now))
    path = reverse("catalog:edit", args=[programme.slug])
    _tell(people, programme, kind, path=path, now=now, reason=reason)
