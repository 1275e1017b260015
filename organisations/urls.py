"""Addresses of this app."""

from django.urls import path

from organisations.views import admission, members, venues

app_name = "organisations"
urlpatterns = [
    path("organisations/", admission.organisation_list, name="list"),
    path("organisations/apply/", admission.apply, name="apply"),
    path("organisations/apply/sent/", admission.applied, name="applied"),
    path("organisations/members/", members.members, name="members"),
    path("organisations/members/<bigint:pk>/role/", members.change_role, name="change-role"),
    path("organisations/members/<bigint:pk>/end/", members.end_membership, name="end-membership"),
    path("organisations/members/<bigint:pk>/deputy/", members.deputise, name="deputise"),
    path("organisations/invitations/<bigint:pk>/withdraw/", members.withdraw_invitation, name="withdraw-invitation"),
    path("organisations/profile/", venues.profile, name="profile"),
    path("organisations/venues/", venues.venues, name="venues"),
    path("organisations/venues/new/", venues.venue_new, name="venue-new"),
    path("organisations/venues/<bigint:pk>/", venues.venue_edit, name="venue-edit"),
    path("organisations/<bigint:pk>/", admission.organisation_detail, name="detail"),
    path("organisations/<bigint:pk>/<slug:verb>/", admission.decide, name="decide"),
    path("invitations/<str:secret>/", members.invitation, name="invitation"),
    path("acting/", members.act, name="act"),
]
