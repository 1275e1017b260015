"""How many adults a programme asks for: so many children to each, and never fewer than two where it says so."""

from django.utils.translation import gettext as _

from catalog.models import ProgrammeContent
from core.errors import DomainError

TWO = 2


class TooFewAdults(DomainError):
    """Crew and volunteers together are fewer than the programme's rule asks for."""


def needed(content: ProgrammeContent, children: int) -> int:
    """Return how many adults so many children need; 0 where the programme sets no rule, or nobody comes."""
    if children <= 0:
        return 0
    by_ratio = -(-children // content.children_per_adult) if content.children_per_adult else 0
    return max(by_ratio, TWO if content.two_adults else 0)


def shortage(content: ProgrammeContent, *, children: int, crew: int) -> str:
    """Return in a sentence how many adults are missing if the volunteers come whom the programme wants; or nothing."""
    asked, planned = needed(content, children), crew + content.volunteers_wanted
    if planned >= asked:
        return ""
    words = {"children": children, "asked": asked, "planned": planned}
    return (
        _(
            "For %(children)d children the programme asks for %(asked)d adults; %(planned)d are planned. Name more "
            "people for the crew, or make the group smaller."
        )
        % words
    )


def require_planned(content: ProgrammeContent, *, children: int, crew: int) -> None:
    """Pass if the crew, and the volunteers whom the programme wants, are enough for every place.

    Raises:
        TooFewAdults: they are not; the sentence says how many are missing.
    """
    sentence = shortage(content, children=children, crew=crew)
    if sentence:
        raise TooFewAdults(sentence, field="crew")
