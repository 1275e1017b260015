"""What stands in the places of addresses: a row says it for an app, a later row for the addresses that differ."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from activities import door
from concerns import references
from concerns.references import Subject
from tests.access.world import SECRET, World

Value = Callable[[World], Any]
_ROWS: list[tuple[str, dict[str, Value]]] = [
    ("notifications", {"pk": lambda w: w.message.pk}),
    ("users:end-session", {"pk": lambda _: 999_999}),
    ("organisations", {"pk": lambda w: w.applicant.pk, "verb": lambda _: "admit", "secret": lambda _: SECRET}),
    (
        "organisations:change-role organisations:end-membership organisations:deputise",
        {"pk": lambda w: w.clerk_membership.pk},
    ),
    ("organisations:venue-edit", {"pk": lambda w: w.venue.pk}),
    ("organisations:withdraw-invitation", {"pk": lambda w: w.invitation.pk}),
    ("people", {"pk": lambda w: w.clerked.pk, "child_pk": lambda w: w.clerked_child.pk}),
    ("people:family-import people:discard-import", {"pk": lambda w: w.family_import.pk}),
    ("people:youth", {"secret": lambda w: w.youth_secret}),
    ("people:join", {"secret": lambda w: w.guardian_secret}),
    ("people:edit-child people:joint people:leave-child", {"pk": lambda w: w.child.pk}),
    ("people:take-back-guardian", {"pk": lambda w: w.guardian_link.pk}),
    ("people:login-link", {"pk": lambda w: w.teen.pk}),
    ("people:pick-up", {"pk": lambda w: w.child.pk}),
    ("people:take-back-pick-up", {"pk": lambda w: w.pick_up.pk}),
    ("people:told", {"pk": lambda w: w.to_tell.pk}),
    ("catalog", {"slug": lambda w: w.stage.programme.slug}),
    ("catalog:review-one", {"slug": lambda w: w.draft_programme.slug}),
    ("safeguarding", {"pk": lambda w: w.people["volunteer"].pk, "child_pk": lambda w: w.child.pk}),
    ("safeguarding:ask-check", {"pk": lambda w: w.people["ngo_finance"].pk}),
    ("safeguarding:sign", {"version": lambda w: w.pledge_version}),
    ("safeguarding:answer", {"purpose": lambda _: "photo"}),
    ("safeguarding:lift", {"pk": lambda w: w.suspension.user_id, "suspension_pk": lambda w: w.suspension.pk}),
    ("safeguarding:family safeguarding:suspend-family safeguarding:lift-family", {"pk": lambda w: w.clerked.pk}),
    ("safeguarding:withdraw", {"pk": lambda w: w.consent.pk}),
    ("concerns", {"pk": lambda w: w.concern.pk, "verb": lambda _: "accept"}),
    ("concerns:tap", {"token": lambda w: references.link(Subject(w.session.region_id, w.session.provider_id))}),
    ("concerns:sent", {"token": lambda w: references.receipt(w.concern)}),
    ("funding", {"pk": lambda w: w.settlement.pk}),
    ("funding:fund funding:receive funding:allocate", {"pk": lambda w: w.stage.line.fund_id}),
    ("funding:opening funding:refund funding:books", {"pk": lambda w: w.stage.line.fund_id}),
    ("funding:advance", {"pk": lambda w: w.running.pk}),
    ("funding:take-back-advance", {"pk": lambda w: w.advance.pk}),
    ("funding:claim", {"pk": lambda w: w.claim.pk}),
    ("funding:second-look", {"pk": lambda w: w.look.pk}),
    ("funding:periods funding:donations funding:flow funding:rules", {"pk": lambda w: w.stage.line.fund_id}),
    ("funding:line funding:transfer funding:take-back", {"pk": lambda w: w.stage.line.pk}),
    ("funding:set-return funding:carry-over funding:spend", {"pk": lambda w: w.stage.line.pk}),
    ("funding:account-statement", {"pk": lambda w: w.stage.line.accounts.first().pk}),
    ("funding:correct funding:document", {"pk": lambda w: w.spent.pk}),
    ("funding:received funding:withdraw-donation", {"pk": lambda w: w.donation.pk}),
    ("funding:pay-gift funding:gift-back funding:refund-gift", {"pk": lambda w: w.donation.pk}),
    ("funding:receipt", {"pk": lambda w: w.received_donation.pk}),
    ("funding:invoice-file", {"pk": lambda w: w.payout.settlement_id}),
    ("funding:ask-back", {"pk": lambda w: w.payout.pk}),
    ("funding:send funding:paid funding:failed funding:returned funding:voucher", {"pk": lambda w: w.payout.pk}),
    (
        "funding:batch funding:continue-batch funding:check-batch funding:send-batch funding:batch-file",
        {"pk": lambda w: w.batch.pk, "kind": lambda _: "csv"},
    ),
    ("funding:statement funding:continue-statement", {"pk": lambda w: w.statement.pk}),
    ("funding:match-line funding:set-aside-line funding:take-back-line", {"pk": lambda w: w.statement_line.pk}),
    ("funding:confirm-payer funding:end-payer", {"pk": lambda w: w.payer.pk}),
    ("funding:confirm-account", {"pk": lambda w: w.payout.account_id}),
    ("activities", {"pk": lambda w: w.session.pk}),
    ("activities:ticket activities:ticket-code activities:dates activities:leave", {"party": lambda w: w.party.pk}),
    ("activities:door", {"code": lambda w: door.code_of(w.party, timezone.now())}),
    ("activities:mark", {"sign_up": lambda w: w.sign_up.pk, "verb": lambda _: "present"}),
    ("activities:hand-over activities:undo-hand-over activities:health-note", {"sign_up": lambda w: w.sign_up.pk}),
    ("activities:call", {"sign_up": lambda w: w.sign_up.pk}),
    ("activities:accept", {"pk": lambda w: w.party.pk}),
    ("activities:cancel activities:review", {"pk": lambda w: w.sign_up.pk}),
    ("activities:object", {"pk": lambda w: w.sign_up.pk}),
    ("activities:objection", {"pk": lambda w: w.objection.pk}),
    ("activities:misses", {"pk": lambda w: w.child.pk}),
    ("activities:invited", {"pk": lambda w: w.review_invitation.pk}),
    ("activities:reply activities:hide", {"pk": lambda w: w.review.pk}),
    ("volunteering", {"pk": lambda w: w.shift.pk, "session_pk": lambda w: w.session.pk}),
    ("volunteering:withdraw volunteering:attendance", {"pk": lambda w: w.assignment.pk}),
    ("volunteering:attendance", {"verb": lambda _: "check-in"}),
    ("orders", {"number": lambda w: w.order.number, "position": lambda _: 1, "pk": lambda w: w.proposal.pk}),
    ("orders:dates orders:details orders:submit", {"number": lambda w: w.draft.number}),
    ("orders:accept orders:counter orders:decline", {"number": lambda w: w.submitted.number}),
    ("orders:file", {"pk": lambda w: w.attachment.pk}),
    ("privacy", {"pk": lambda w: w.child.pk}),
    ("privacy:incident privacy:incident-edit privacy:incident-words", {"pk": lambda w: w.incident.pk}),
    ("privacy:incident-facts privacy:incident-facts-file privacy:incident-pick", {"pk": lambda w: w.incident.pk}),
    ("privacy:incident-people privacy:incident-tell privacy:incident-act", {"pk": lambda w: w.incident.pk}),
    ("privacy:incident-tell", {"affected_pk": lambda w: w.affected.pk}),
    ("privacy:incident-act", {"verb": lambda _: "send"}),
    ("privacy:notice", {"pk": lambda w: w.told_incident.pk}),
    ("privacy:file", {"pk": lambda w: w.prepared_file.pk}),
    ("privacy:roster", {"pk": lambda w: w.session.pk}),
    ("dashboards", {"what": lambda _: "orders", "secret": lambda w: w.feed_secret}),
]
PLACES: dict[str, dict[str, Value]] = {}
for _names, _values in _ROWS:
    for _name in _names.split():
        PLACES[_name] = {**PLACES.get(_name, {}), **_values}
