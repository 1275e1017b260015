"""What programmes hold of people: nothing. A photo shows nobody whose guardian has not agreed to photos."""

from catalog.models import Programme, ProgrammeHistory, ProgrammeVersion, Series, Theme
from catalog.models.content import ProgrammeContent
from core.privacy import Record

RECORDS = {
    ProgrammeContent: Record(plain="description description_en steps photo"),
    Programme: Record(plain="search_text"),
    ProgrammeVersion: Record(),
    ProgrammeHistory: Record(),
    Series: Record(plain="name name_en"),
    Theme: Record(plain="name name_en"),
}
