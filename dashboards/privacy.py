"""What reports hold of people: nothing. Kept figures count, by area and day; a small count is hidden."""

from core.privacy import Record
from dashboards.models import Figure, ReadUntil, Spent

RECORDS = {
    Figure: Record(),
    Spent: Record(),
    ReadUntil: Record(plain="name last before"),
}
