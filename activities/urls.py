"""Addresses of this app."""

from django.urls import path, re_path

from activities.views import announce, checkin, crew, door, handover, noshow, review, series, session, signup, upload

app_name = "activities"
urlpatterns = [
    path("sessions/week/", session.week, name="week"),
    path("sessions/<bigint:pk>/", session.session, name="session"),
    path("sessions/<bigint:pk>/date.ics", session.date, name="date"),
    path("sessions/<bigint:pk>/sign-up/", signup.sign_up, name="sign-up"),
    path("sessions/<bigint:pk>/ticket/<bigint:party>/", signup.ticket, name="ticket"),
    path("sessions/<bigint:pk>/ticket/<bigint:party>/code.svg", door.picture, name="ticket-code"),
    path("sessions/<bigint:pk>/ticket/<bigint:party>/dates/", series.dates, name="dates"),
    path("sessions/<bigint:pk>/ticket/<bigint:party>/leave/", series.leave, name="leave"),
    path("door/<str:code>/", door.scanned, name="door"),
    path("sign-ups/<bigint:pk>/cancel/", signup.cancel, name="cancel"),
    path("sign-ups/<bigint:pk>/object/", noshow.object_to, name="object"),
    path("my/children/<bigint:pk>/missed/", noshow.misses, name="misses"),
    path("missed/rule/", noshow.rule, name="no-show-rule"),
    path("missed/objections/", noshow.objection_list, name="objections"),
    path("missed/objections/<bigint:pk>/", noshow.objection, name="objection"),
    path("parties/<bigint:pk>/accept/", signup.accept, name="accept"),
    path("sessions/<bigint:pk>/check-in/", checkin.roll, name="check-in"),
    re_path(
        r"^sessions/(?P<pk>[0-9]{1,18})/check-in/(?P<sign_up>[0-9]{1,18})/(?P<verb>present|excused|absent|undo)/$",
        checkin.mark,
        name="mark",
    ),
    path("sessions/<bigint:pk>/check-in/absent/", checkin.mark_missing, name="mark-missing"),
    path("sessions/<bigint:pk>/check-in/scan/", door.scan, name="scan"),
    path("sessions/<bigint:pk>/check-in/upload/", upload.upload, name="upload"),
    path("sessions/<bigint:pk>/check-in/<bigint:sign_up>/hand-over/", handover.hand_over, name="hand-over"),
    path("sessions/<bigint:pk>/check-in/<bigint:sign_up>/hand-over/undo/", handover.undo, name="undo-hand-over"),
    path("sessions/<bigint:pk>/walk-in/", checkin.walk_in, name="walk-in"),
    path("sessions/<bigint:pk>/crew/", crew.substitute, name="crew"),
    path("sessions/<bigint:pk>/crew/add/", crew.assign, name="assign-crew"),
    path("sessions/<bigint:pk>/announce/", announce.announce, name="announce"),
    path("sessions/<bigint:pk>/close/", checkin.close, name="close"),
    path("sessions/<bigint:pk>/reopen/", checkin.reopen, name="reopen"),
    path("sign-ups/<bigint:pk>/review/", review.review, name="review"),
    path("sessions/<bigint:pk>/review-invitations/", review.invite, name="invite"),
    path("review-invitations/<bigint:pk>/", review.invited, name="invited"),
    path("reviews/<bigint:pk>/reply/", review.reply, name="reply"),
    path("reviews/<bigint:pk>/hide/", review.hide, name="hide"),
]
