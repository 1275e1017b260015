"""The sign-up with its guards taken out, as peers ship it: what the races must catch."""

from contextlib import nullcontext

from django.db.models import BigIntegerField, F, PositiveIntegerField

from activities import places
from activities.models import Session
from core.inserting import Given
from core.prepared import PreparedUpdate


def claiming_without_the_pool(session, need, now, *, queue_jumped=False):
    """What was read says whether a place is kept from the child; the write asks only whether one is free."""
    pools = need.pools if queue_jumped else (False, False)
    return Given(places._CLAIMS[pools, queue_jumped], places._values(session, need, now))


_ANYHOW = PreparedUpdate(
    lambda pk, size: (Session.objects.filter(pk=pk), {"taken": F("taken") + size}),
    (*places._COUNTED, "capacity"),
    pk=BigIntegerField(),
    size=PositiveIntegerField(),
)


def claiming(session, need, now, *, queue_jumped=False):
    """What peers ship: what was read in autocommit decides, and the write has no condition."""
    is_free = places.fits(session, need, now)
    return Given(_ANYHOW, {"pk": session.pk if is_free else 0, "size": need.size})


class NoTransaction:
    """Stands in for ``django.db.transaction``: every statement commits by itself."""

    @staticmethod
    def atomic():
        return nullcontext()

    @staticmethod
    def on_commit(function, *, robust=False):
        """Nothing is told of what may never have happened."""
