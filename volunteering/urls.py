"""Addresses of this app."""

from django.urls import path, register_converter

from volunteering.views import staff, volunteer


class AttendanceVerb:
    """What can be done with a volunteer's attendance."""

    regex = "check-in|check-out|undo"

    def to_python(self, value: str) -> str:
        """Return the verb."""
        return value

    def to_url(self, value: str) -> str:
        """Return the verb."""
        return value


register_converter(AttendanceVerb, "attendance")

app_name = "volunteering"
urlpatterns = [
    path("volunteering/", volunteer.shifts, name="shifts"),
    path("volunteering/shifts/<bigint:pk>/", volunteer.shift, name="shift"),
    path("volunteering/shifts/<bigint:pk>/join/", volunteer.join, name="join"),
    path("volunteering/shifts/<bigint:pk>/change/", staff.change_shift, name="change-shift"),
    path("volunteering/shifts/<bigint:pk>/cancel/", staff.cancel_shift, name="cancel-shift"),
    path("volunteering/sessions/", staff.sessions, name="sessions"),
    path("volunteering/sessions/<bigint:session_pk>/shifts/", staff.session_shifts, name="session-shifts"),
    path("volunteering/sessions/<bigint:session_pk>/shifts/new/", staff.new_shift, name="new-shift"),
    path("volunteering/assignments/<bigint:pk>/withdraw/", volunteer.withdraw, name="withdraw"),
    path("volunteering/assignments/<bigint:pk>/<attendance:verb>/", staff.attendance, name="attendance"),
]
