"""What must always hold of concerns."""

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from concerns import sealing
from concerns.lifecycle import TRANSITIONS
from concerns.models import Concern, ConcernHistory, ConcernRead, Statement
from core.invariants import Finding, Invariant
from organisations.models import Membership

_SEALED = {
    "concerns_statement": ("words", "subject", "contact"),
    "concerns_handoff": ("words",),
    "concerns_note": ("words",),
}


def nobody_concerned_has_looked() -> Finding:
    """F2: no concern was opened by a member of the organisation that it is about, and none lies at its desk."""
    reads = ConcernRead.objects.filter(concern__about__isnull=False)
    members = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("at__date")),
        user=OuterRef("viewer"),
        organisation=OuterRef("concern__about"),
        starts_on__lte=OuterRef("at__date"),
    )
    own = reads.filter(Q(on_behalf_of=F("concern__about")) | Exists(members)).order_by("pk")
    breaches = [f"concern {row.concern_id}: opened by one of the organisation concerned" for row in own]
    lying = Concern.objects.filter(desk=F("about")).order_by("pk").values_list("pk", flat=True)
    breaches += [f"concern {pk}: lies at the desk concerned" for pk in lying]
    return Finding(checked=reads.count(), breaches=breaches)


def words_are_sealed() -> Finding:
    """G4: no word of a concern stands in the database as anybody could read it."""
    breaches, checked = [], 0
    with connection.cursor() as cursor:
        for table, columns in _SEALED.items():
            cursor.execute(f"SELECT id, {', '.join(columns)} FROM {table} ORDER BY id")  # noqa: S608  our own names
            for pk, *texts in cursor.fetchall():
                checked += 1
                if not all(sealing.is_sealed(text) for text in texts):
                    breaches.append(f"{table} {pk}: not sealed with a key of ours")
    return Finding(checked=checked, breaches=breaches)


def kept_for_the_desks() -> Finding:
    """H5: each concern has what was reported, and whoever acted on it had opened it before."""
    lost = Concern.objects.filter(~Exists(Statement.objects.filter(concern=OuterRef("pk")))).order_by("pk")
    breaches = [f"concern {pk}: nothing was reported" for pk in lost.values_list("pk", flat=True)]
    acts = ConcernHistory.objects.filter(verb__in=TRANSITIONS, actor__isnull=False)
    looks = ConcernRead.objects.filter(concern=OuterRef("concern"), viewer=OuterRef("actor"), at__lte=OuterRef("at"))
    blind = acts.filter(~Exists(looks)).order_by("pk")
    breaches += [f"concern {row.concern_id}: {row.verb} by somebody who never opened it" for row in blind]
    return Finding(checked=Concern.objects.count() + acts.count(), breaches=breaches)


def every_step_is_an_edge() -> Finding:
    """K1: the history of each concern joins up from its report to the status that it has."""
    stands = dict(Concern.objects.values_list("pk", "status"))
    here: dict[int, str] = {}
    breaches, checked = [], 0
    rows = ConcernHistory.objects.exclude(after="").order_by("concern_id", "pk")
    for pk, verb, before, after in rows.values_list("concern_id", "verb", "before", "after").iterator():
        checked += 1
        is_edge = (verb, before) == ("report", "") or TRANSITIONS.get(verb, {}).get(before) == after
        if before != here.get(pk, "") or not is_edge:
            breaches.append(f"concern {pk}: {verb} from “{before}” to “{after}” after “{here.get(pk, '')}”")
        here[pk] = after
    breaches += [
        f"concern {pk}: its history ends at “{here.get(pk, '')}”" for pk, at in stands.items() if here.get(pk) != at
    ]
    return Finding(checked=checked, breaches=breaches)


INVARIANTS = [
    Invariant("F2", "Nobody of the organisation concerned has opened a concern.", nobody_concerned_has_looked),
    Invariant("G4", "No word of a concern can be read in the database.", words_are_sealed),
    Invariant("H5", "Whoever acts on a concern has opened it, and each look is written down.", kept_for_the_desks),
    Invariant("K1", "Each state of a concern has its history row.", every_step_is_an_edge),
]
