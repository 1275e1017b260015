"""What the site publishes about itself: who sees what, asked of the policies, and the rules for children's data."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from activities.models import Session
from activities.policies import ROSTER_FROM, ROSTER_UNTIL, coordinates
from activities.scheduling import CREW_ROLES
from concerns.policies import keeps_area, keeps_at_school, sees_figures
from core.privacy import Whom
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.models.membership import ROLES_OF
from people.models.guardian import registers_families
from privacy import register
from privacy.policies import keeps_incidents, reads_audit, sees_incidents
from safeguarding.policies import answers_for_staff, keeps_records, sees_validity
from users.models import User

_AN_HOUR = 3600


@dataclass(frozen=True)
class Sight:
    """Something that may be seen: in words, whether it names children or families, and who may, as a policy says."""

    words: str | Promise
    names: bool
    may: Callable[[Acting], bool]


def _asked(policy: Callable[[Any], bool]) -> Callable[[Acting], bool]:
    """Return a view's policy as a question about somebody who acts."""
    return lambda by: policy(SimpleNamespace(acting=by))


def _runs_own(by: Acting) -> bool:
    """Ask about a session of theirs; only a provider has any."""
    own = by.organisation if by.kind == Organisation.Kind.PROVIDER else None
    return own is not None and coordinates(by, Session(provider_id=own.pk))


def _may_be_on_duty(by: Acting) -> bool:
    """Ask whether they are of those whom a provider puts on duty in its sessions."""
    return by.is_kind(Organisation.Kind.PROVIDER, *CREW_ROLES)


SIGHTS = [
    Sight(
        gettext_lazy("names on the list of a session of their own, around its time; each look is logged"),
        True,
        _runs_own,
    ),
    Sight(
        gettext_lazy("health notes of the children in a session they are on duty in, around it; each look is logged"),
        True,
        _may_be_on_duty,
    ),
    Sight(gettext_lazy("the families that their own office or school registered"), True, registers_families),
    Sight(gettext_lazy("what concerns in their area say; each look is logged"), True, _asked(keeps_area)),
    Sight(
        gettext_lazy("what concerns say that begin at sessions of their school; each look is logged"),
        True,
        _asked(keeps_at_school),
    ),
    Sight(gettext_lazy("whom an incident of data concerns; each look is logged"), True, _asked(keeps_incidents)),
    Sight(gettext_lazy("guardians of their area, to suspend sign-ups: name and phone"), True, _asked(keeps_records)),
    Sight(gettext_lazy("results of background checks"), False, _asked(keeps_records)),
    Sight(gettext_lazy("whether staff are cleared for children"), False, _asked(sees_validity)),
    Sight(gettext_lazy("whether their own staff are cleared for children"), False, _asked(answers_for_staff)),
    Sight(gettext_lazy("how many concerns there are"), False, _asked(sees_figures)),
    Sight(gettext_lazy("facts and counts of incidents of data"), False, _asked(sees_incidents)),
    Sight(gettext_lazy("the figures for the yearly audit"), False, _asked(reads_audit)),
]


@dataclass(frozen=True)
class Role:
    """One role of one kind of organisation, and what it sees; everything else it does not."""

    kind: str
    role: str
    names: list[str]
    rest: list[str]


def roles() -> list[Role]:
    """Ask every policy about every role, for an organisation and a person that are never saved."""
    found = []
    for kind, held in ROLES_OF.items():
        party = Organisation(pk=1, kind=kind, status=Organisation.Status.ADMITTED)
        for role in held:
            by = Acting(user=User(), organisation=party, roles=frozenset({role}))
            seen = [sight for sight in SIGHTS if sight.may(by)]
            found.append(
                Role(
                    str(Organisation.Kind(kind).label),
                    str(Membership.Role(role).label),
                    [str(sight.words) for sight in seen if sight.names],
                    [str(sight.words) for sight in seen if not sight.names],
                )
            )
    return found


def window() -> tuple[int, int]:
    """Return how many hours before and after a session its names may be seen."""
    return int(ROSTER_FROM.total_seconds() // _AN_HOUR), int(ROSTER_UNTIL.total_seconds() // _AN_HOUR)


def of_families() -> list[tuple[str, list[register.Line]]]:
    """Return the register's lines about children and about guardians."""
    lines = register.lines()
    return [(str(whom.label), lines[whom]) for whom in (Whom.CHILD, Whom.GUARDIAN)]


def officer() -> str:
    """Return who is in charge of children's data, as the operator says it."""
    return settings.DATA_OFFICER[_key()] or _("the League's safeguarding officer")


def place() -> str:
    """Return where the data is stored, as the operator says it."""
    said = settings.DATA_PLACE[_key()]
    return said or _("On the servers that run this site. Ask us where they stand; the operator has not written it yet.")


def _key() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"
