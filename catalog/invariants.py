"""What ``verify`` asks of this app."""

from django.db.models import F

from catalog import search
from catalog.lifecycle import checksum
from catalog.models import Programme, ProgrammeVersion
from core.invariants import Finding, Invariant


def versions_are_as_published() -> Finding:
    """Compare each version with the checksum that its publication stored, and the menu with its own versions."""
    breaches, checked = [], 0
    for version in ProgrammeVersion.objects.order_by("pk").iterator(chunk_size=500):
        checked += 1
        if checksum(version) != version.checksum:
            breaches.append(f"version {version.pk} of programme {version.programme_id} was changed")
    strangers = Programme.objects.filter(current_version__isnull=False).exclude(current_version__programme=F("pk"))
    breaches += [f"programme {pk} shows another one's version" for pk in strangers.values_list("pk", flat=True)]
    return Finding(checked=checked, breaches=breaches)


def menu_is_found_by_what_it_says() -> Finding:
    """Compare the text under which each programme is found with its version on the menu."""
    rows = Programme.objects.filter(current_version__isnull=False)
    breaches, checked = [], 0
    for programme in rows.select_related("current_version__theme", "series").order_by("pk").iterator(chunk_size=500):
        checked += 1
        before = programme.search_text
        search.refresh(programme)
        if programme.search_text != before:
            breaches.append(f"programme {programme.pk} is found by an old text")
    return Finding(checked=checked, breaches=breaches)


INVARIANTS = [
    Invariant("C5", "A published version of a programme is never altered.", versions_are_as_published),
    Invariant("S1", "A programme is found by what its version on the menu says.", menu_is_found_by_what_it_says),
]
