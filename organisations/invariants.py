"""What must always hold of regions, organisations and members."""

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from core.invariants import Finding, Invariant
from core.time import today
from organisations.models import Invitation, Membership, Organisation, OrganisationHistory, Region
from organisations.models.membership import HEAD_ROLE, ROLES_OF
from organisations.models.organisation import TRANSITIONS

_BEGINNINGS = {"apply": Organisation.Status.APPLIED, "found": Organisation.Status.ADMITTED}


def tree_is_whole() -> Finding:
    """Each region lies below its parent, and its lineage is its parent's and its own code."""
    breaches = []
    own = Concat(F("code"), Value("/"), output_field=CharField())
    below = Concat(F("parent__lineage"), F("code"), Value("/"), output_field=CharField())
    torn = Region.objects.filter((Q(parent=None) & ~Q(lineage=own)) | (Q(parent__isnull=False) & ~Q(lineage=below)))
    breaches += [f"region {code}: its lineage is not its parent's" for code in torn.values_list("pk", flat=True)]
    levels = [str(level) for level in Region.Level]
    for depth, level in enumerate(levels):
        upside = Region.objects.filter(level=level, parent__level__in=levels[depth:])
        breaches += [f"region {code}: not below its parent" for code in upside.values_list("pk", flat=True)]
    return Finding(checked=Region.objects.count(), breaches=breaches)


def heads_exist() -> Finding:
    """Each organisation that takes part has somebody in its head role, or an invitation to it on the way."""
    day = today(timezone.now())
    rows = Organisation.objects.filter(status__in=[Organisation.Status.ADMITTED, Organisation.Status.SUSPENDED])
    breaches = []
    for kind, head in HEAD_ROLE.items():
        held = Membership.objects.current(day).filter(organisation=OuterRef("pk"), role=head, ends_on=None)
        held = held.filter(user__is_active=True)
        asked = Invitation.objects.filter(organisation=OuterRef("pk"), role=head, accepted_at=None, withdrawn_at=None)
        without = rows.filter(kind=kind).exclude(Exists(held)).exclude(Exists(asked))
        breaches += [f"organisation {pk}: nobody is its {head}" for pk in without.values_list("pk", flat=True)]
    return Finding(checked=rows.count(), breaches=breaches)


def roles_fit() -> Finding:
    """Each member has a role that organisations of this kind have."""
    breaches = []
    for kind, roles in ROLES_OF.items():
        odd = Membership.objects.filter(organisation__kind=kind).exclude(role__in=roles)
        breaches += [f"membership {pk}: {role} of a {kind}" for pk, role in odd.values_list("pk", "role")]
    return Finding(checked=Membership.objects.count(), breaches=breaches)


def admissions_are_recorded() -> Finding:
    """Each organisation's admission is the last step of its history, and every step is an edge that follows the last.

    A step names who took it: a person, the clock, or the public form.
    """
    verbs = [*TRANSITIONS, *_BEGINNINGS]
    steps = OrganisationHistory.objects.filter(verb__in=verbs).order_by("organisation_id", "pk")
    stands: dict[int, str] = {}
    breaches = []
    for step in steps.iterator():
        before, key = stands.get(step.organisation_id, ""), step.organisation_id
        starts, ends = TRANSITIONS.get(step.verb, (frozenset({""}), _BEGINNINGS.get(step.verb, "")))
        if step.before != before or before not in starts or step.after != ends:
            breaches.append(f"organisation {key}: step {step.pk} does not follow the one before")
        if step.actor_id is None and not step.system:
            breaches.append(f"organisation {key}: step {step.pk} says nobody took it")
        stands[key] = step.after
    rows = Organisation.objects.values_list("pk", "status")
    breaches += [
        f"organisation {pk}: {status}, but not so on record" for pk, status in rows if stands.get(pk) != status
    ]
    return Finding(checked=rows.count(), breaches=breaches)


INVARIANTS = [
    Invariant("K1", "Every step of an organisation's admission is on record.", admissions_are_recorded),
    Invariant("organisations.head", "No organisation that takes part is without its head role.", heads_exist),
    Invariant("organisations.roles", "Every role is one that the organisation's kind has.", roles_fit),
    Invariant("organisations.tree", "Every region's lineage is its parent's and its own code.", tree_is_whole),
]
