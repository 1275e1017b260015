"""Sessions and their crew, parties and sign-ups, attendance, reviews, and who looked at a roster."""

from activities.models.announcement import Announcement
from activities.models.attendance import Attendance, AttendanceHistory, RosterAccess, UploadedMark
from activities.models.no_show import NoShowRule, Objection, ObjectionHistory
from activities.models.review import Review, ReviewHistory, ReviewInvitation
from activities.models.session import CrewAssignment, Session, SessionHistory
from activities.models.signup import Party, SignUp, SignUpHistory

__all__ = [
    "Announcement",
    "Attendance",
    "AttendanceHistory",
    "CrewAssignment",
    "NoShowRule",
    "Objection",
    "ObjectionHistory",
    "Party",
    "Review",
    "ReviewHistory",
    "ReviewInvitation",
    "RosterAccess",
    "Session",
    "SessionHistory",
    "SignUp",
    "SignUpHistory",
    "UploadedMark",
]
