"""Writing programmes: drafts, series, and the facts that higher apps push down for cards and sorting."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog import search
from catalog.models import Programme, ProgrammeContent, ProgrammeHistory, Series
from catalog.models.content import CONTENT_FIELDS, MAX_STEPS
from core.errors import DomainError, SentByAnother
from core.locking import lock
from organisations.acting import Acting, record
from organisations.meanwhile import ChangedMeanwhile, newest
from organisations.models import Organisation

Content = Mapping[str, Any]
STEP_TEXTS = {"mark": 2, "title": 40, "title_en": 80, "text": 300, "text_en": 600}
CARD_FACTS = frozenset({"rating_sum", "rating_count", "next_session_at", "next_region_id", "places_left"})


class BadContent(DomainError):
    """What a programme says contradicts itself."""


class UnderReview(DomainError):
    """The League is reading the text, so it stands still."""


class NoLongerOffered(DomainError):
    """A retired programme is not changed any more."""


class NoProvider(DomainError):
    """Only providers write programmes."""


def clean_steps(steps: Any) -> list[dict[str, Any]]:
    """Return the steps with exactly the known keys.

    Raises:
        BadContent: too many, a step without a title, a text that is too long, minutes that are no number.
    """
    if len(steps) > MAX_STEPS:
        raise BadContent(_("A programme has at most %(count)s steps.") % {"count": MAX_STEPS}, field="steps")
    cleaned = []
    for step in steps:
        row: dict[str, Any] = {key: str(step.get(key, "")).strip() for key in STEP_TEXTS}
        row["minutes"] = step.get("minutes") or 0
        too_long = any(len(row[key]) > limit for key, limit in STEP_TEXTS.items())
        if not row["title"] or too_long or not isinstance(row["minutes"], int) or not 0 <= row["minutes"] <= 600:
            raise BadContent(_("Each step needs a title, short texts and its minutes."), field="steps")
        row["mark"] = row["mark"] or row["title"][:1]
        cleaned.append(row)
    return cleaned


def _check_order(content: Content) -> None:
    for low, high in [("min_age", "max_age"), ("min_group", "max_group")]:
        if low in content and high in content and content[low] > content[high]:
            raise BadContent(_("The first number must not be larger than the second."), field=high)


def _write(programme: Programme, content: Content) -> list[str]:
    """Put the content on the draft and return the names of the fields that it changed.

    Raises:
        TypeError: a field is no content of a programme.
        BadContent: the content contradicts itself.
    """
    unknown = set(content) - set(CONTENT_FIELDS)
    if unknown:
        raise TypeError(f"No content of a programme: {', '.join(sorted(unknown))}.")
    changed = []
    values = {**content, "steps": clean_steps(content["steps"])} if "steps" in content else dict(content)
    _check_order({name: getattr(programme, name) for name in CONTENT_FIELDS if name != "theme"} | values)
    if "theme" in values:
        values["theme"] = getattr(values["theme"], "pk", values["theme"])
    for name, value in values.items():
        attribute = "theme_id" if name == "theme" else name
        if getattr(programme, attribute) != value:
            setattr(programme, attribute, value)
            changed.append(name)
    return changed


SeriesName = tuple[str, str]  # in Chinese, in English
NO_SERIES: SeriesName = ("", "")


def _series(provider_id: int, named: SeriesName) -> Series | None:
    """Return the provider's series of that name, made if it is new; nothing for an empty name."""
    name, name_en = named
    if not name:
        return None
    return Series.objects.get_or_create(provider_id=provider_id, name=name, defaults={"name_en": name_en})[0]


def create_draft(
    content: Content,
    *,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID | None = None,
    seen: int | None = None,
    series: SeriesName = NO_SERIES,
) -> Programme:
    """Make a draft of the acting provider. The same submission twice makes one; what it says anew is edited into it.

    Raises:
        NoProvider: they do not act for an admitted provider.
        SentByAnother: another provider used the submission's number.
        BadContent: the content contradicts itself.
        UnderReview, NoLongerOffered, ChangedMeanwhile: the draft made before says something else, and stands still.
    """
    if by.organisation is None or not by.is_kind(Organisation.Kind.PROVIDER):
        raise NoProvider(_("Only an admitted provider writes programmes."))
    number = submission_id or uuid.uuid4()
    known = _made_before(number, by.organisation)
    if known is None:
        try:
            return _create(content, by.organisation, number, by=by, now=now, series=series)
        except IntegrityError:
            known = _made_before(number, by.organisation)
            if known is None:  # it is not the number that the database refused
                raise
    return edit_draft(known, content, by=by, now=now, seen=seen or 0, series=series)


def _made_before(number: uuid.UUID, provider: Organisation) -> Programme | None:
    """Return what this submission made before, unless it was another provider's."""
    known = Programme.objects.filter(submission_id=number).first()
    if known and known.provider_id != provider.pk:
        raise SentByAnother
    return known


@transaction.atomic
def _create(
    content: Content, provider: Organisation, number: uuid.UUID, *, by: Acting, now: datetime, series: SeriesName
) -> Programme:
    programme = Programme(submission_id=number, provider=provider, created_at=now)
    programme.series = _series(provider.pk, series)
    programme.min_age = programme.max_age = programme.min_group = programme.max_group = 0
    programme.slug = number.hex
    _write(programme, content)
    programme._history_user = by.user
    programme.save()
    programme.slug = f"{_slug(programme.title_en)}-{programme.pk}"
    Programme.objects.filter(pk=programme.pk).update(slug=programme.slug)
    record(ProgrammeHistory, by, verb="create", after=programme.status, programme=programme, at=now)
    return programme


def _slug(title: str) -> str:
    return slugify(title)[:60].strip("-") or "programme"


@transaction.atomic
def edit_draft(
    programme: Programme,
    content: Content,
    *,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    series: SeriesName = NO_SERIES,
) -> Programme:
    """Change the draft; what is on the menu stays as it was published. ``seen`` is ``edits`` when the form was opened.

    Raises:
        BadContent: the content contradicts itself.
        UnderReview: the League is reading it.
        NoLongerOffered: it is retired.
        ChangedMeanwhile: somebody saved something else after ``seen``.
    """
    programme = lock(Programme, programme.pk)
    changed = _write(programme, content)
    if programme.series != (named := _series(programme.provider_id, series)):
        programme.series = named
        changed.append("series")
    if not changed:
        return programme
    if Programme.Status.IN_REVIEW in (programme.status, programme.revision):
        raise UnderReview(_("The League is reading this programme. You can change it when the answer is there."))
    if programme.status == Programme.Status.RETIRED:
        raise NoLongerOffered(_("This programme is retired. Make a new one from it instead."))
    if seen not in (None, programme.edits) and (last := newest(programme.history.filter(verb="edit"))) is not None:
        raise ChangedMeanwhile(last, by)
    programme.edits += 1
    if programme.current_version:
        same = differences(programme, programme.current_version) == []
        programme.revision = Programme.Revision.NONE if same else Programme.Revision.EDITED
    programme._history_user = by.user
    programme.save()
    status = programme.status
    note = ", ".join(sorted(changed))
    record(ProgrammeHistory, by, verb="edit", before=status, after=status, note=note, programme=programme, at=now)
    return programme


def content_of(content: ProgrammeContent) -> dict[str, Any]:
    """Return everything that a programme or a version says, as ``create_draft`` takes it."""
    return {name: getattr(content, "theme_id" if name == "theme" else name) for name in CONTENT_FIELDS}


def differences(one: ProgrammeContent, other: ProgrammeContent) -> list[str]:
    """Return the names of the content fields in which two texts differ."""
    left, right = content_of(one), content_of(other)
    return [name for name in CONTENT_FIELDS if left[name] != right[name]]


def set_card_facts(programme_id: int, **facts: Any) -> None:
    """Take what a higher app knows and the menu shows or sorts by. One query.

    ``rating_sum`` and ``rating_count`` of visible attendees' marks; ``next_session_at``, ``next_region_id`` and
    ``places_left`` of the soonest session still open for sign-up that has a place (else of the soonest; nothing: none).

    Raises:
        TypeError: a fact is none of these.
    """
    unknown = set(facts) - CARD_FACTS
    if unknown:
        raise TypeError(f"No fact of a card: {', '.join(sorted(unknown))}.")
    Programme.objects.filter(pk=programme_id).update(**facts)


def refresh_search(programmes: Any) -> int:
    """Set anew the text under which programmes are found. Return how many changed."""
    stale = []
    for programme in programmes.select_related("current_version__theme", "series"):
        before = programme.search_text
        search.refresh(programme)
        if programme.search_text != before:
            stale.append(programme)
    return Programme.objects.bulk_update(stale, ["search_text"], batch_size=500)
