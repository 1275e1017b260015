"""Each line of a statement in one state, and nothing is paid that the bank says otherwise."""

import uuid

import pytest

from core.errors import StaleState
from funding import batches, matching, payouts, statements
from funding.models import Entry, LineState, StatementLine
from funding.payouts import SlipDiffers
from notifications.models import Message
from tests.factories.banking import (
    HEADINGS,
    OWN_ACCOUNT,
    bank_row,
    make_csv,
    make_sent_batch,
    make_statement,
    transfers,
)
from tests.factories.funding import make_finance, make_league
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance():
    return make_finance(make_league())


def start(upload, by, now):
    return statements.start(upload, account=OWN_ACCOUNT, by=by, now=now)


def state_of(number):
    return LineState.objects.get(line__bank_reference=number)


def test_line_with_reference_and_amount_pays_its_transfer(now, finance, sent):
    one, other = sent

    statement = make_statement(bank_row(one, number="N1"), bank_row(other, number="N2"), by=finance)

    for payout, number in ((one, "N1"), (other, "N2")):
        payout.refresh_from_db()
        assert (
            payout.status,
            payout.bank_reference,
            payout.settlement.__class__.objects.get(pk=payout.settlement_id).status,
        ) == (
            "paid",
            number,
            "paid",
        )
        assert (state_of(number).state, state_of(number).payout) == ("matched", payout)
    assert statement.matched_at == now
    assert list(statement.history.order_by("pk").values_list("verb", flat=True)) == ["import", "match", "match"]


@pytest.mark.parametrize(
    "memo",
    ["转账：{}", "{} 2026年服务费", "青少年服务费{}元旦", "({})", "０ {} 9", "{lower}"],
)
def test_reference_is_found_in_what_banks_write_around_it(finance, sent, memo):
    reference = sent[0].reference

    make_statement(bank_row(sent[0], number="N1", 附言=memo.format(reference, lower=reference.lower())), by=finance)

    assert state_of("N1").state == "matched"


@pytest.mark.parametrize("memo", ["{}1", "{}-1", "X{}", "X-{}", ""])
def test_reference_inside_a_longer_one_is_not_taken_for_it(finance, sent, memo):
    """Transfer 1 must not be paid by the slip of transfer 11."""
    make_statement(bank_row(sent[0], number="N1", 附言=memo.format(sent[0].reference)), by=finance)

    assert state_of("N1").state == "open"
    sent[0].refresh_from_db()
    assert sent[0].status == "sent"


def test_line_that_names_two_transfers_matches_none(finance, sent):
    both = f"{sent[0].reference} {sent[1].reference}"

    make_statement(bank_row(sent[0], number="N1", 附言=both), by=finance)

    assert state_of("N1").state == "open"


@pytest.mark.parametrize(
    ("changes", "differences"),
    [
        ({"支出": "1,000.01"}, "amount"),
        ({"币种": "HKD"}, "currency"),
        ({"对方户名": "别的中心"}, "name"),
        ({"对方账号": "6228480000000000"}, "number"),
        ({"支出": "1", "对方户名": ""}, "amount,name"),
    ],
)
def test_line_that_differs_is_put_aside_with_an_alert_and_pays_nothing(finance, sent, changes, differences):
    """E4: what the bank says otherwise is never "paid"."""
    Message.objects.all().delete()
    row = bank_row(sent[0], number="N1", **changes)

    statement, _new = statements.start(
        make_csv(row, headings=(*HEADINGS, "币种")), account=OWN_ACCOUNT, by=finance, now=sent[0].sent_at
    )
    matching.match_all(statement, by=finance, now=sent[0].sent_at)

    state = state_of("N1")
    assert (state.state, state.differences, state.payout) == ("differs", differences, sent[0])
    sent[0].refresh_from_db()
    assert sent[0].status == "sent"
    assert not Entry.objects.filter(kind="pay").exists()
    alert = Message.objects.get(recipient=finance.user)
    assert (alert.kind, alert.context) == ("line_differs", {"transfer": sent[0].reference, "number": "N1"})


def test_slip_that_differs_is_not_confirmed_by_hand_either(now, finance, sent):
    make_statement(bank_row(sent[0], number="N1", 支出="1"), by=finance)

    with pytest.raises(SlipDiffers):
        payouts.mark_paid(sent[0], bank_reference="N1", by=finance, now=now)
    matching.set_aside(StatementLine.objects.get(), reason="银行更正", by=finance, now=now)
    with pytest.raises(SlipDiffers):
        payouts.mark_paid(sent[0], bank_reference="N1", by=finance, now=now)


@pytest.mark.parametrize("name", ["{}", " {} ", "{spaced}"])
def test_payees_name_is_compared_without_spaces_and_full_width_signs(finance, sent, name):
    holder = sent[0].account.holder

    make_statement(bank_row(sent[0], number="N1", 对方户名=name.format(holder, spaced="　".join(holder))), by=finance)

    assert state_of("N1").state == "matched"


def test_slip_confirmed_by_hand_and_by_the_statement_counts_once(now, finance, sent):
    payouts.mark_paid(sent[0], bank_reference="N1", by=make_finance(finance.organisation), now=now)

    make_statement(bank_row(sent[0], number="N1"), by=finance)

    assert state_of("N1").state == "matched"
    assert Entry.objects.filter(kind="pay").count() == 1


def test_second_slip_for_one_transfer_is_put_aside(now, finance, sent):
    """The bank paid twice: the League must see it, and the books must not count it twice."""
    make_statement(bank_row(sent[0], number="N1"), by=finance)

    make_statement(bank_row(sent[0], number="N2"), by=finance)

    assert (state_of("N2").state, state_of("N2").differences) == ("differs", "slip")
    assert Entry.objects.filter(kind="pay").count() == 1


def test_slip_for_a_transfer_that_was_taken_as_failed_is_put_aside(now, finance, sent):
    payouts.mark_failed(sent[0], reason="银行拒付", by=finance, now=now)

    make_statement(bank_row(sent[0], number="N1"), by=finance)

    assert (state_of("N1").state, state_of("N1").differences) == ("differs", "status")


def test_money_that_came_back_ends_the_transfer_and_makes_it_payable_again(now, finance, sent):
    payout = sent[0]

    make_statement(bank_row(payout, number="N2", back=True), bank_row(payout, number="N1"), by=finance)

    payout.refresh_from_db()
    assert payout.status == "returned"
    assert payout.settlement.__class__.objects.get(pk=payout.settlement_id).status == "approved"
    assert {(one.line_id and one.state, one.is_return) for one in LineState.objects.all()} == {
        ("matched", False),
        ("matched", True),
    }
    assert Entry.objects.filter(kind__in=["pay", "return"]).count() == 2
    again = batches.make([payout.settlement_id], by=finance, submission_id=uuid.uuid4(), now=now)
    batches.fill(again, by=finance, now=now)
    assert transfers(again)[0].replaces == payout


def test_money_that_comes_back_twice_is_put_aside(finance, sent):
    """The second return belongs to something else: a page that fails would hide it."""
    make_statement(bank_row(sent[0], number="N1"), bank_row(sent[0], number="N2", back=True), by=finance)

    make_statement(bank_row(sent[0], number="N3", back=True), by=finance)

    assert (state_of("N3").state, state_of("N3").differences) == ("differs", "slip")


def test_part_that_came_back_is_put_aside(finance, sent):
    make_statement(bank_row(sent[0], number="N1"), by=finance)

    make_statement(bank_row(sent[0], number="N2", back=True, 收入="10"), by=finance)

    assert state_of("N2").differences == "amount"
    sent[0].refresh_from_db()
    assert sent[0].status == "paid"


def test_negative_amount_is_a_movement_the_other_way(finance, sent):
    make_statement(bank_row(sent[0], number="N1"), by=finance)

    make_statement(bank_row(sent[0], number="N2", 支出="-1,000.00"), by=finance)

    sent[0].refresh_from_db()
    assert sent[0].status == "returned"


def test_near_matches_are_suggested_likeliest_first(now, finance):
    one, other, dearer = transfers(make_sent_batch(100_000, 100_000, 100_001, finance=finance))
    memo = other.reference.replace("-", "")

    make_statement(bank_row(one, number="N1", 附言=memo), bank_row(one, number="N2", 附言="", 支出="7"), by=finance)

    lines = list(StatementLine.objects.order_by("row"))
    found = matching.suggestions(lines)
    assert found[lines[0].pk] == [other, one]
    assert found[lines[1].pk] == []
    assert dearer not in found[lines[0].pk]


def test_suggestion_that_a_person_takes_pays_the_transfer(now, finance, sent):
    make_statement(bank_row(sent[0], number="N1", 附言="服务费"), by=finance)
    line = StatementLine.objects.get()

    state = matching.match(line, sent[0], by=finance, now=now)

    assert (state.state, state.payout) == ("matched", sent[0])
    sent[0].refresh_from_db()
    assert sent[0].status == "paid"
    with pytest.raises(StaleState, match="by now"):
        matching.match(line, sent[1], by=finance, now=now)


def test_suggestion_in_another_name_is_not_paid_though_a_person_takes_it(now, finance, sent):
    make_statement(bank_row(sent[0], number="N1", 附言="", 对方户名="王五"), by=finance)

    state = matching.match(StatementLine.objects.get(), sent[0], by=finance, now=now)

    assert (state.state, state.differences) == ("differs", "name")


def test_line_is_set_aside_with_a_reason_and_taken_back(now, finance, sent):
    make_statement(bank_row(sent[0], number="N1", 附言="手续费", 支出="5", 对方户名=""), by=finance)
    line = StatementLine.objects.get()

    matching.set_aside(line, reason="银行手续费", by=finance, now=now)
    assert matching.set_aside(line, reason="再次", by=finance, now=now).state == "set_aside"
    assert list(line.history.values_list("verb", "note")) == [("set_aside", "银行手续费")]
    with pytest.raises(StaleState):
        matching.match(line, sent[0], by=finance, now=now)
    matching.take_back(line, by=finance, now=now)

    assert matching.take_back(line, by=finance, now=now).state == "open"
    assert line.history.count() == 2


def test_matched_line_is_not_set_aside(now, finance, sent):
    make_statement(bank_row(sent[0], number="N1"), by=finance)

    with pytest.raises(StaleState):
        matching.set_aside(StatementLine.objects.get(), reason="x", by=finance, now=now)


def test_line_of_an_own_organisations_transfer_waits_for_somebody_else(now, finance, sent):
    make_member(sent[0].settlement.commitment.provider, "coordinator", user=finance.user)

    statement = make_statement(bank_row(sent[0], number="N1"), by=finance)

    assert (state_of("N1").state, statement.matched_at) == ("open", now)
    line = StatementLine.objects.get()
    assert matching.suggestions([line])[line.pk][0] == sent[0]
    assert matching.match(line, sent[0], by=make_finance(finance.organisation), now=now).state == "matched"


def test_transfer_of_another_league_is_never_matched(finance):
    theirs = transfers(make_sent_batch(100_000, finance=make_finance()))[0]

    make_statement(bank_row(theirs, number="N1"), by=finance)

    line = StatementLine.objects.get()
    assert (state_of("N1").state, matching.suggestions([line])[line.pk]) == ("open", [])


def test_matching_that_was_killed_goes_on_with_the_lines_that_are_left(now, finance, sent, monkeypatch):
    statement, _new = start(make_csv(bank_row(sent[0], number="N1"), bank_row(sent[1], number="N2")), finance, now)
    real, calls = payouts.mark_paid, []

    def die_in_the_second(payout, **more):
        calls.append(payout)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(payout, **more)

    monkeypatch.setattr(payouts, "mark_paid", die_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        matching.match_all(statement, by=finance, now=now)
    statement.refresh_from_db()
    assert (statement.matched_at, state_of("N1").state, state_of("N2").state) == (None, "matched", "open")
    monkeypatch.setattr(payouts, "mark_paid", real)

    statement = matching.match_all(statement, by=finance, now=now)

    assert (statement.matched_at, state_of("N2").state) == (now, "matched")
    assert Entry.objects.filter(kind="pay").count() == 2


def test_matching_stops_when_its_time_is_over_and_goes_on_later(now, finance, sent):
    statement, _new = start(make_csv(bank_row(sent[0], number="N1")), finance, now)

    assert matching.match_all(statement, by=finance, now=now, seconds=-1).matched_at is None
    assert state_of("N1").is_looked_at is False
    assert matching.match_all(statement, by=finance, now=now, seconds=60).matched_at == now
