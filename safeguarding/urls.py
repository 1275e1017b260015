"""Addresses of this app."""

from django.urls import path

from safeguarding.views import consents, families, health, own, records, staff

app_name = "safeguarding"
urlpatterns = [
    path("safeguarding/", own.mine, name="mine"),
    path("safeguarding/pledge/<bigint:version>/", own.sign, name="sign"),
    path("safeguarding/staff/", staff.staff, name="staff"),
    path("safeguarding/staff/<bigint:pk>/ask/", staff.ask, name="ask-check"),
    path("safeguarding/checks/", records.people, name="people"),
    path("safeguarding/checks/<bigint:pk>/", records.person, name="person"),
    path("safeguarding/checks/<bigint:pk>/record/", records.record_check, name="record-check"),
    path("safeguarding/checks/<bigint:pk>/training/", records.record_training, name="record-training"),
    path("safeguarding/checks/<bigint:pk>/suspend/", records.suspend, name="suspend"),
    path("safeguarding/checks/<bigint:pk>/lift/<bigint:suspension_pk>/", records.lift, name="lift"),
    path("safeguarding/leaving/", records.leaving_list, name="leaving"),
    path("safeguarding/families/", families.find, name="families"),
    path("safeguarding/families/<bigint:pk>/", families.family, name="family"),
    path("safeguarding/families/<bigint:pk>/suspend/", families.suspend, name="suspend-family"),
    path("safeguarding/families/<bigint:pk>/lift/", families.lift, name="lift-family"),
    path("safeguarding/suspended/", families.suspended, name="suspended"),
    path("safeguarding/health/<bigint:child_pk>/", health.note, name="health-note"),
    path("safeguarding/health/<bigint:child_pk>/delete/", health.delete, name="delete-health-note"),
    path("safeguarding/consents/<bigint:child_pk>/", consents.child_consents, name="consents"),
    path("safeguarding/consents/<bigint:child_pk>/<slug:purpose>/answer/", consents.answer, name="answer"),
    path("safeguarding/consents/<bigint:child_pk>/<bigint:pk>/withdraw/", consents.withdraw, name="withdraw"),
]
