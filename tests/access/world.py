"""A small city for the table of access: one cast, and one thing of each kind that belongs to its first half.

``ngo`` and ``ngo2``, ``office`` and ``office2``, ``guardian`` and ``guardian2`` are pairs: the things belong to the
first, so the second column of a pair says what somebody else's organisation or family meets.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from activities.models import Attendance, Objection, Party, Review, ReviewInvitation, Session, SignUp
from core.time import today
from funding import commitments, outside, second_looks
from funding.models import Payout, Settlement
from notifications.models import Message
from notifications.services import notify
from orders import lifecycle
from orders.attachments import attach
from orders.models import Order
from organisations import memberships
from organisations.acting import Acting, acting_for
from organisations.models import Invitation, Membership, Organisation, Venue
from people import joint, pick_up, youths
from people.models import Child, FamilyImport, Guardian, ToTell
from people.services import tell
from privacy import affected, notices
from privacy import lifecycle as privacy
from privacy.models import PreparedFile
from safeguarding.models import PledgeText
from safeguarding.services import suspend
from tests.conftest import NOW
from tests.factories.activities import make_family, sign_up
from tests.factories.banking import bank_row, make_batch, make_payer, make_sent_batch, make_statement, transfers
from tests.factories.catalog import make_draft
from tests.factories.concerns import make_concern
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_donation,
    make_paid_advance,
    make_payout,
    make_received_donation,
    make_rule,
    make_settlement,
)
from tests.factories.orders import Stage, make_approved, make_order, make_stage, make_submitted
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian, make_youth
from tests.factories.privacy import NOTICE, make_incident
from tests.factories.safeguarding import make_cleared, make_consent, make_note
from tests.factories.users import make_user
from tests.factories.volunteering import make_assignment, make_shift
from users import feeds
from users.models import User
from volunteering.models import Assignment, Shift

SECRET = "open-sesame"
PDF = b"%PDF-1.4\n%%EOF\n"
ROLES = (
    "anonymous",
    "nobody",
    "guardian",
    "guardian2",
    "youth",
    "volunteer",
    "reviewer",
    "crew",
    "ngo",
    "ngo_finance",
    "ngo2",
    "office",
    "clerk",
    "child_officer",
    "office2",
    "school",
    "enterprise",
    "enterprise2",
    "officer",
    "finance",
    "safeguarding",
    "auditor",
    "editor",
    "superuser",
)


@dataclass
class World:
    """Who is there, and what there is."""

    stage: Stage
    people: dict[str, User | None] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None


def _cast(stage: Stage, giver: Acting) -> dict[str, User | None]:
    league, office, provider = (by.organisation for by in (stage.officer, stage.office, stage.provider))
    street = make_organisation("office", region=make_region("天穆镇"))
    return {
        "anonymous": None,
        "nobody": make_user("nobody@example.test"),
        "volunteer": make_cleared(),
        "reviewer": make_user("reviewer@example.test"),
        "crew": stage.coordinator.user,
        "ngo": stage.provider.user,
        "ngo_finance": make_member(provider, "finance").user,
        "ngo2": make_member(make_organisation("provider"), "manager", "coordinator").user,
        "office": stage.office.user,
        "clerk": make_member(office, "clerk").user,
        "child_officer": make_member(office, "child_officer").user,
        "office2": make_member(street, "manager", "clerk").user,
        "enterprise": giver.user,
        "enterprise2": make_member(make_organisation("enterprise"), "manager").user,
        "school": make_member(make_organisation("school", region=make_region("瑞景街道")), "manager").user,
        "officer": stage.officer.user,
        "finance": stage.finance.user,
        "safeguarding": make_member(league, "safeguarding").user,
        "auditor": make_member(league, "auditor").user,
        "editor": make_member(league, "editor").user,
        "superuser": User.objects.create_superuser("root@example.test"),
    }


def _family(world: World) -> None:
    world.people["guardian"] = make_user("guardian@example.test")
    world.people["guardian2"] = make_user("guardian2@example.test")
    guardian: Guardian = make_guardian(world.people["guardian"], name="李女士")
    make_family(guardian=make_guardian(world.people["guardian2"], name="赵先生"))
    youth: Child = make_youth(make_user("youth@example.test"))
    world.people["youth"] = youth.user
    _, children = make_family(guardian=guardian)
    session: Session = world.order.planned.order_by("position").first().session
    party: Party = sign_up(session, guardian, children)
    clerked = make_guardian(registered_by=world.stage.office.organisation, name="孙奶奶")
    _, clerked_children = make_family(guardian=clerked)
    world.things |= {
        "guardian_row": guardian,
        "child": children[0],
        "pick_up": pick_up.name_person(
            children[0], name="钱姥姥", phone="+8613900000008", by=Acting(), submission_id=uuid.uuid4(), now=NOW
        ),
        "health_note": make_note(children[0], guardian),
        "teen": make_child(guardian, birth_date=date(2011, 3, 5)),
        "session": session,
        "party": party,
        "sign_up": party.sign_ups.get(),
        "clerked": clerked,
        "family_import": FamilyImport.objects.create(
            office=world.stage.office.organisation, clerk=world.stage.office.user, created_at=NOW_THERE
        ),
        "clerked_child": clerked_children[0],
        "consent": make_consent(children[0], guardian, purpose="photo"),
        "pledge_version": PledgeText.objects.order_by("-version").values_list("version", flat=True).first() or 1,
        "concern": make_concern(region="瑞景街道", about=world.stage.programme.provider),
        "suspension": suspend(
            make_cleared(), from_on=today(NOW), until_on=None, reason="x", by=world.stage.officer, now=NOW
        ),
    }


def _work(world: World) -> None:
    stage = world.stage
    provider: Organisation = stage.programme.provider
    shift: Shift = make_shift(world.session)
    assignment: Assignment = make_assignment(shift, world.people["volunteer"])
    proposed: Settlement = make_settlement(commitment=world.order.commitment)
    commitment = make_commitment(line=stage.line, provider=provider)
    payout: Payout = make_payout(
        settlement=make_settlement(commitment=commitment, approved_by=stage.finance), maker=stage.finance
    )
    venue: Venue = stage.venue
    sent = transfers(make_sent_batch(100, finance=stage.finance))
    statement = make_statement(bank_row(sent[0], 附言=""), by=stage.finance)
    world.things |= {
        "batch": make_batch(100, finance=stage.finance),
        "statement": statement,
        "statement_line": statement.lines.get(),
        "shift": shift,
        "assignment": assignment,
        "settlement": proposed,
        "payout": payout,
        "venue": venue,
        "applicant": make_organisation("provider", status="applied"),
        "draft_programme": make_draft(by=stage.provider),
        "clerk_membership": Membership.objects.get(user=world.people["clerk"]),
        "message": _message(world.people["guardian"]),
        "review": _review(world.session, stage.office),
        "review_invitation": ReviewInvitation.objects.create(
            session=world.session, user=world.people["reviewer"], created_at=NOW
        ),
        "objection": _objection(world.sign_up, world.people["guardian"]),
        "invitation": _invitation(stage),
        "to_tell": _to_tell(world.clerked),
        "feed_secret": feeds.make_feed(world.people["guardian"], now=NOW),
        "prepared_file": _file(world.people["guardian"]),
        "youth_secret": youths.make_link(world.teen, by=Acting(user=world.people["guardian"]), now=NOW),
        "guardian_secret": joint.offer(
            world.child, relation="parent", by=Acting(user=world.people["guardian"]), now=NOW
        ),
        "guardian_link": world.child.guardian_links.get(),
    }


def _file(owner: User | None) -> PreparedFile:
    fields = {"asked_at": NOW, "ready_at": NOW, "expires_at": NOW_THERE + timedelta(hours=1)}
    made = PreparedFile(kind=PreparedFile.Kind.MY_DATA, owner=owner, **fields)
    made.file.save("x.zip", ContentFile(b"PK"))
    return made


def _message(recipient: User | None) -> Message:
    notify([recipient], kind="session_cancelled", cause="access", context={}, path="/", now=NOW)
    return Message.objects.get(recipient=recipient, cause="access")


def _papers(world: World) -> None:
    stage, order = world.stage, world.order
    planned = order.planned.order_by("position").last()
    later = timedelta(days=14)
    world.things |= {
        "proposal": lifecycle.propose_reschedule(
            planned,
            starts_at=planned.starts_at + later,
            ends_at=planned.ends_at + later,
            venue=stage.venue,
            address="",
            by=stage.provider,
            now=NOW,
        ),
        "attachment": attach(order, SimpleUploadedFile("a.pdf", PDF), kind="request", by=stage.office, now=NOW),
    }


def _review(session: Session, office: Acting) -> Review:
    return Review.objects.create(
        session=session, kind="office", office=office.organisation, mark=4, created_at=NOW, changed_at=NOW
    )


def _objection(sign_up: SignUp, guardian: User | None) -> Objection:
    attendance = Attendance.objects.create(sign_up=sign_up, status="absent", at=NOW)
    return Objection.objects.create(attendance=attendance, reason="x", made_by=guardian, made_at=NOW)


def _invitation(stage: Stage) -> Invitation:
    """An open invitation of the office; its link's secret is ``open sesame``."""
    row = memberships.invite(
        stage.office.organisation, email="new@example.test", role="clerk", by=stage.office, now=NOW
    )
    Invitation.objects.filter(pk=row.pk).update(secret_hash=memberships.digest(SECRET))
    return row


def _to_tell(guardian: Guardian) -> ToTell:
    tell(guardian, kind="session_cancelled", cause="access", context={}, path="/", now=NOW)
    return ToTell.objects.get(guardian=guardian)


def _gifts(world: World, giver: Acting) -> None:
    """Donations of an enterprise, and spending outside the system with its document."""
    stage = world.stage
    fund = stage.line.fund
    world.things |= {
        "donation": make_donation(fund=fund, donor=giver.organisation),
        "received_donation": make_received_donation(fund=fund, donor=giver.organisation),
        "spent": outside.spend(
            stage.line, 1, document="x", file=ContentFile(PDF, "x.pdf"), by=stage.finance, now=NOW, key="access"
        ),
    }


def _advances(world: World) -> None:
    """A fund with a rule: a running order, an advance asked for, one that is owed, and a second look that waits."""
    stage = world.stage
    fund = stage.line.fund
    make_rule(fund, advance_share=5_000)
    orders = [make_commitment(line=stage.line, provider=stage.programme.provider) for _one in range(3)]
    asked = make_advance(commitment=orders[1])
    owed = make_paid_advance(commitment=orders[2])
    commitments.void(owed.commitment, by=stage.finance, now=NOW, reason="x")
    yesterday, form = today(NOW) - timedelta(days=1), uuid.UUID(int=7)
    look = second_looks.close_period(fund, ends_on=yesterday, by=stage.finance, now=NOW, submission_id=form)
    world.things |= {"running": orders[0], "advance": asked, "claim": owed.claim, "look": look}


def _incident(world: World) -> None:
    """An incident that concerns the guardian's child, who was told."""
    league = world.stage.officer.organisation
    keeper = acting_for(world.people["safeguarding"], league, "safeguarding")
    incident = make_incident(keeper)
    found = affected.Found("access", children={world.child.pk})
    affected.pick(incident, found, by=keeper, now=NOW)
    told = make_incident(keeper)
    affected.pick(told, found, by=keeper, now=NOW)
    privacy.word(told, **NOTICE, by=keeper, now=NOW)
    notices.send(told, by=keeper, now=NOW)
    world.things |= {"incident": incident, "affected": incident.affected.get(), "told_incident": told}


def make_world() -> World:
    """Build the city; every order, session and payout comes from the domain's own functions."""
    stage = make_stage()
    giver = make_member(make_organisation("enterprise"), "manager")
    world = World(stage, _cast(stage, giver))
    order: Order = make_approved(stage)
    world.things |= {"order": order, "submitted": make_submitted(stage), "draft": make_order(stage)}
    _papers(world)
    _family(world)
    _work(world)
    _gifts(world, giver)
    _advances(world)
    world.things["payer"] = make_payer(world.stage.finance, confirmed=False)  # after what needs none
    _incident(world)
    assert set(world.people) == set(ROLES)
    return world


NOW_THERE = NOW
