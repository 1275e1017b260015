"""The figures for the yearly audit of minors' personal data: counts only, of the whole site, for a calendar year.

No row, number or name of a person leaves this module. Groups of people smaller than five stay hidden; what staff did
with data, and what people asked for, is counted exactly. Concerns are counted in ``concerns`` and nowhere else.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from activities.models import CrewAssignment, RosterAccess
from core.columns import Column, Value
from core.privacy import Whom
from core.time import calendar_age, today
from organisations.models import Membership, Organisation
from people.models import Child, ChildHistory, Guardian
from privacy import register
from privacy.audit_tables import Row, Section, Year
from privacy.hiding import shown
from privacy.models import Affected, Erasure, Incident, PreparedFile, RetentionRun
from safeguarding.models import BackgroundCheck, Consent, ConsentText
from volunteering.models import AssignmentHistory

BANDS = ((0, 5), (6, 9), (10, 13), (14, 17))
FIRST_YEAR = 2026  # the site's first
_ASKED = (Erasure.Cause.ASKED, Erasure.Cause.OPERATOR)
Words = str | Promise


def years(now: datetime) -> list[int]:
    """Return the years that a report can be about, the latest first."""
    return list(range(today(now).year, FIRST_YEAR - 1, -1))


def pack(number: int, now: datetime) -> list[Section]:
    """Return every table of a year, in the language of the moment."""
    year = Year.of(number, now)
    return [
        _children(year),
        _guardians(year),
        _fields(),
        _consents(year),
        _looks(year),
        _lists(year),
        _requests(year),
        _retention(year),
        _checks(year),
        _incidents(year),
    ]


def sheets_of(sections: Iterable[Section]) -> list[tuple[str, list[Column], list[Sequence[Value]]]]:
    """Return the tables as sheets of a workbook."""
    return [
        (
            section.title,
            [*(Column(each, 34) for each in section.words), *(Column(each, 18) for each in section.figures)],
            [(*row.words, *(told(figure) for figure in row.figures)) for row in section.rows],
        )
        for section in sections
    ]


def told(figure: int | None) -> int | str:
    """Return a figure, or the word for one that stays hidden."""
    return _("hidden") if figure is None else figure


def _columns(labels: Sequence[str], *columns: Sequence[int]) -> list[Row]:
    """Return a row for each label and one for the total, each column hidden by itself."""
    hidden = [shown(column) for column in columns]
    return [
        Row((label,), tuple(column[place] for column in hidden))
        for place, label in enumerate([*labels, pgettext("sum", "Together")])
    ]


def _kept(rows: QuerySet[Any], year: Year) -> QuerySet[Any]:
    """Keep the records that stood at the year's end."""
    return rows.filter(Q(erased_at=None) | Q(erased_at__gte=year.until), created_at__lt=year.until)


def _band(birth: date, on: date) -> int:
    age = calendar_age(birth, on)
    return next((place for place, (_from, until) in enumerate(BANDS) if age <= until), len(BANDS))


def _by_band(rows: QuerySet[Child], on: date) -> list[int]:
    counted = Counter(_band(birth, on) for birth in rows.values_list("birth_date", flat=True).iterator())
    return [counted[place] for place in range(len(BANDS) + 1)]


def _children(year: Year) -> Section:
    rows = Child.objects.filter(merged_into=None)
    labels = [_("%(first)s to %(last)s years") % {"first": first, "last": last} for first, last in BANDS]
    new, kept = rows.filter(year.of_field("created_at")), _kept(rows, year)
    return Section(
        "children",
        _("Children and youths on record"),
        (_("Age at the end of the year, or now"),),
        (_("New in the year"), _("On record at its end, or now")),
        _columns([*labels, _("18 years and more")], _by_band(new, year.last_day), _by_band(kept, year.last_day)),
        _("Of an erased record only the year of birth is left; its age is counted from 1 January."),
    )


def _guardians(year: Year) -> Section:
    ways = [Q(user__isnull=False), Q(user__isnull=True)]
    new = Guardian.objects.filter(year.of_field("created_at"))
    kept = _kept(Guardian.objects.all(), year)
    return Section(
        "guardians",
        _("Guardians on record"),
        (_("How they are registered"),),
        (_("New in the year"), _("On record at its end, or now")),
        _columns(
            [_("with a login of their own"), _("by an office or school, without a login")],
            [new.filter(way).count() for way in ways],
            [kept.filter(way).count() for way in ways],
        ),
    )


def _fields() -> Section:
    """Count the fields of the register as it is today, by purpose and time."""
    counted: Counter[tuple[str, str, str]] = Counter()
    encrypted: Counter[tuple[str, str, str]] = Counter()
    for each, said in register.personal_fields():
        if said.whom in (Whom.CHILD, Whom.GUARDIAN):
            key = (str(said.whom.label), str(said.why), str(said.kept.words))
            counted[key] += 1
            encrypted[key] += register.is_encrypted(each)
    return Section(
        "fields",
        _("Fields that are kept"),
        (_("Whose"), _("What for"), _("How long")),
        (_("Number of fields"), _("Of these encrypted")),
        [Row(key, (count, encrypted[key])) for key, count in sorted(counted.items())],
        _("As the software stands today; the page of what is kept says what they are and who sees them."),
    )


def _consents(year: Year) -> Section:
    given: Counter[tuple[str, int]] = Counter()
    for name, condition in (
        ("given", year.of_field("at") & Q(answer=Consent.Answer.GIVEN)),
        ("refused", year.of_field("at") & Q(answer=Consent.Answer.REFUSED)),
        ("withdrawn", year.of_field("withdrawn_at")),
    ):
        given.update((name, text) for text in Consent.objects.filter(condition).values_list("text", flat=True))
    texts = ConsentText.objects.filter(required_from__lte=year.last_day) | ConsentText.objects.filter(
        pk__in={text for _name, text in given}
    )
    rows = [
        Row(
            (text.get_purpose_display(), str(text.version)),
            tuple(shown([given[name, text.pk] for name in ("given", "refused", "withdrawn")], with_total=False)),
        )
        for text in texts.order_by("purpose", "version")
    ]
    return Section(
        "consents",
        _("Consents"),
        (_("For what"), _("Version of the text")),
        (pgettext("consents", "Given"), pgettext("consents", "Refused"), pgettext("consents", "Withdrawn")),
        rows,
    )


def _roles(looks: QuerySet[RosterAccess]) -> dict[tuple[int, int], list[Membership]]:
    """Return the memberships of those who looked, by person and organisation. One query."""
    rows = Membership.objects.filter(
        user__in=looks.values("viewer"), organisation__in=looks.exclude(on_behalf_of=None).values("on_behalf_of")
    )
    found: dict[tuple[int, int], list[Membership]] = {}
    for row in rows.select_related("organisation").order_by("role", "pk"):
        found.setdefault((row.user_id, row.organisation_id), []).append(row)
    return found


def _role(memberships: Iterable[Membership], on: date) -> tuple[str, str]:
    held = [row for row in memberships if row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)]
    if not held:
        return "", _("named for the session, without a role")
    words = dict.fromkeys(row.get_role_display() for row in held)
    return str(Organisation.Kind(held[0].organisation.kind).label), " + ".join(words)


def _looks(year: Year) -> Section:
    looks = RosterAccess.objects.filter(year.of_field("at"))
    memberships = _roles(looks)
    times: Counter[tuple[str, str, str]] = Counter()
    names: Counter[tuple[str, str, str]] = Counter()
    rows = looks.values_list("viewer", "on_behalf_of", "purpose", "count", "at")
    for viewer, organisation, purpose, count, moment in rows.iterator():
        kind, role = _role(memberships.get((viewer, organisation), []), today(moment))
        key = (kind, role, str(RosterAccess.Purpose(purpose).label))
        times[key] += 1
        names[key] += count
    return Section(
        "looks",
        _("Looks at children's names"),
        (_("Organisation"), _("Role on that day"), _("Purpose")),
        (_("Looks"), _("Names shown, each time anew")),
        [Row(key, (count, names[key])) for key, count in sorted(times.items())],
        _("Whoever holds several roles stands under all of them together, and is counted once."),
    )


def _lists(year: Year) -> Section:
    purposes = RosterAccess.Purpose
    rows = RosterAccess.objects.filter(year.of_field("at"))
    found = [
        Row(
            (str(purposes(each).label),),
            (
                rows.filter(purpose=each).exclude(is_export=True).count(),
                rows.filter(purpose=each, is_export=True).count(),
            ),
        )
        for each in (purposes.PRINT, purposes.INSURANCE, purposes.EMERGENCY)
    ]
    return Section(
        "lists",
        _("Lists of names that left the site"),
        (_("Purpose"),),
        (_("On paper"), _("As a file")),
        found,
        _("Each is also among the looks above. No other spreadsheet of the site holds a child's name."),
    )


def _runs(year: Year) -> tuple[int, Counter[str]]:
    """Return how many nights forgot, and what altogether."""
    total: Counter[str] = Counter()
    runs = RetentionRun.objects.filter(year.of_field("at")).values_list("counts", flat=True)
    for counts in runs:
        total.update(counts)
    return len(runs), total


def _requests(year: Year) -> Section:
    _nights, gone = _runs(year)
    files = PreparedFile.objects.filter(kind=PreparedFile.Kind.MY_DATA)
    alive = files.none() if year.is_over else files
    made = gone["my_data"] + alive.exclude(ready_at=None).count()
    late = gone["my_data_never_made"]
    edits = ChildHistory.objects.filter(year.of_field("at"), verb="edit")
    asked = Erasure.objects.filter(year.of_field("at"), cause__in=_ASKED)
    at_once = _("at once")
    rows = [
        Row((_("a file of one's own data"), _("within 24 hours")), (made, alive.filter(ready_at=None).count(), late)),
        Row((_("a child's record put right by the family"), at_once), (edits.filter(on_behalf_of=None).count(), 0, 0)),
        Row(
            (_("a child's record put right by an office or school"), at_once),
            (edits.exclude(on_behalf_of=None).count(), 0, 0),
        ),
        Row((_("a child's record erased"), at_once), (asked.filter(subject="child").count(), 0, 0)),
        Row((_("a guardian's record erased"), at_once), (asked.filter(subject="guardian").count(), 0, 0)),
        Row((_("a login erased"), at_once), (asked.filter(subject="account").count(), 0, 0)),
    ]
    return Section(
        "requests",
        _("What people asked for"),
        (_("Request"), _("How long it takes")),
        (pgettext("requests", "Done"), pgettext("requests", "Open"), _("Not done in time")),
        rows,
        _(
            "Records are put right and erased in the moment in which somebody asks. A file is gone after a day and is"
            " counted in the night in which it goes; one that went with its owner's login is not counted."
        ),
    )


def retention_words() -> dict[str, Words]:
    """Return what the night forgets, in words, by the key under which it is counted."""
    return {
        "messages": _("messages"),
        "letters": _("mails"),
        "texts": _("text messages"),
        "invitations": _("invitations"),
        "refused_contacts": _("contacts of organisations that were not admitted"),
        "told": _("what offices had to tell families"),
        "youth_links": _("links for a youth's login"),
        "guardian_links": _("links for one more guardian"),
        "of_age": _("who may fetch somebody and links that were not used, of those who came of age"),
        "consents_of_age": _("guardians' consents for those who came of age"),
        "clearances": _("checks, pledges, trainings and suspensions, ten years after the last"),
        "emergency_contacts": _("emergency contacts"),
        "shifts": _("shifts of volunteers, ten years after they were over"),
        "fetched_by": _("names of who fetched a child"),
        "uploaded_marks": _("receipts of marks that a phone at the door sent"),
        "concern_statements": _("what was reported in concerns, three years after they were closed"),
        "concern_hand_offs": _("what was agreed with whom concerns were handed to, three years after they were closed"),
        "concern_notes": _("what was found in concerns, three years after they were closed"),
        "health_notes": _("health notes, a year after the last activity"),
        "health_notes_not_agreed_to": _("health notes whose consent counted no more"),
        "looks": _("who looked at a list of names"),
        "login_sessions": _("logins that have ended"),
        "devices": _("devices that somebody was signed in on"),
        "files": _("files made for one person"),
        "erasure_wishes": _("wishes to delete a child's data that another guardian did not share"),
        "incident_people": _("whom incidents concerned, three years after they were closed"),
        "left": _("records of children for whom nobody had answered for 90 days"),
        "until_grown": _("records of those who turned 18 more than a year before"),
    }


def _retention(year: Year) -> Section:
    nights, gone = _runs(year)
    rows = [Row((str(word),), (gone[key],)) for key, word in retention_words().items()]
    again = Erasure.objects.filter(year.of_field("at"), cause=Erasure.Cause.REPLAY).count()
    return Section(
        "retention",
        _("What was forgotten when its time was over"),
        (_("What"),),
        (_("Deleted or emptied"),),
        [
            Row((_("nights on which the site forgot"),), (nights,)),
            *rows,
            Row((_("records erased again after a restore"),), (again,)),
        ],
    )


def _checks(year: Year) -> Section:
    adverse = BackgroundCheck.objects.filter(year.of_field("recorded_at"), result=BackgroundCheck.Result.ADVERSE)
    shift = AssignmentHistory.objects.filter(
        verb="remove", assignment__user=OuterRef("user"), at=OuterRef("recorded_at")
    )
    crew = CrewAssignment.objects.filter(user=OuterRef("user"), removed_at=OuterRef("recorded_at"))
    ended = adverse.filter(Exists(shift) | Exists(crew)).count()
    return Section(
        "checks",
        _("Background checks that said no"),
        (_("What followed at once"),),
        (_("Checks"),),
        _columns([_("duties to come ended"), _("there were no duties to come")], [ended, adverse.count() - ended]),
    )


def _incidents(year: Year) -> Section:
    """Count what was found in the year, by grade: exactly, but for the people whom it concerns."""
    found = list(Incident.objects.filter(year.of_field("found_at")))
    concerned = Counter(
        Affected.objects.filter(incident__in=found).exclude(child=None).values_list("incident__grade", flat=True)
    )
    hidden = shown([concerned[grade] for grade in Incident.Grade.values], with_total=False)
    rows = []
    for grade, people in zip(Incident.Grade, hidden, strict=True):
        mine = [row for row in found if row.grade == grade]
        reported = [row for row in mine if row.reported_at is not None]
        late = [row for row in mine if row.was_late or row.is_overdue(year.until)]
        closed = [row for row in mine if row.status == Incident.Status.CLOSED]
        rows.append(Row((str(grade.label),), (len(mine), len(reported), len(late), len(closed), people)))
    return Section(
        "incidents",
        _("Incidents of personal data"),
        (_("Grade"),),
        (
            _("Found in the year"),
            _("Reported to the authority"),
            _("Reported late, or overdue"),
            pgettext("incidents", "Closed"),
            _("Children and youths concerned"),
        ),
        rows,
        _("Whom an incident concerned is forgotten three years after it was closed; older years count none."),
    )
