"""What a link carries: whom a report is about, or which report was just sent. Sealed, so that no log tells it."""

from dataclasses import dataclass
from datetime import timedelta

from concerns import sealing
from concerns.models import Concern
from core.encryption import KeyMissing
from core.forms import whole_number

_LINK_LIVES = timedelta(days=7)
_RECEIPT_LIVES = timedelta(hours=24)


@dataclass(frozen=True)
class Subject:
    """Where a report began: at a child on a list, at a session, or nowhere (all empty)."""

    region: str = ""
    about: int | None = None
    session: int | None = None
    child: int | None = None
    office: int | None = None  # who ordered the session


def link(subject: Subject) -> str:
    """Return what stands in the link's address."""
    return sealing.seal("s." + ".".join(str(part or "") for part in vars(subject).values()))


def read(token: str) -> Subject | None:
    """Return what a link of the last seven days carries; nothing for any other."""
    try:
        kind, region, *rest = sealing.unseal(token, seconds=int(_LINK_LIVES.total_seconds())).split(".")
        about, session, child, office = (whole_number(part) for part in rest)
    except (KeyMissing, ValueError):
        return None
    return Subject(region, about, session, child, office) if kind == "s" else None


def receipt(concern: Concern) -> str:
    """Return what stands in the address of the page that thanks for a report."""
    return sealing.seal(f"r.{concern.pk}")


def sent(token: str) -> int | None:
    """Return which concern a receipt of the last 24 hours is of; nothing for any other."""
    try:
        kind, pk = sealing.unseal(token, seconds=int(_RECEIPT_LIVES.total_seconds())).split(".")
    except (KeyMissing, ValueError):
        return None
    return whole_number(pk) if kind == "r" else None
