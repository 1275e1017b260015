"""The bank's statement: read once, each line in one state, and nothing is paid that the bank says otherwise."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from core.files import BadFile
from funding import matching, statements
from funding.models import LineState, StatementImport, StatementLine
from funding.policies import PersonNeeded
from organisations.acting import clock
from tests.factories.banking import (
    HEADINGS,
    OWN_ACCOUNT,
    bank_row,
    make_csv,
    make_ready,
    make_statement,
)
from tests.factories.funding import make_finance, make_league
from tests.factories.organisations import make_member
from tests.factories.sheets import make_xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance():
    return make_finance(make_league())


def start(upload, by, now):
    return statements.start(upload, account=OWN_ACCOUNT, by=by, now=now)


def state_of(number):
    return LineState.objects.get(line__bank_reference=number)


def test_same_file_again_by_another_person_is_the_same_import(now, finance, sent):
    first, is_new = start(make_csv(bank_row(sent[0])), finance, now)

    second, is_new_again = start(make_csv(bank_row(sent[0])), make_finance(finance.organisation), now)

    assert (is_new, is_new_again, second) == (True, False, first)
    assert StatementLine.objects.count() == 1


def test_line_that_an_earlier_file_brought_stays_there(now, finance, sent):
    start(make_csv(bank_row(sent[0], number="N1")), finance, now)

    later, is_new = start(make_csv(bank_row(sent[0], number="N1"), bank_row(sent[1], number="N2")), finance, now)

    assert (is_new, later.known_lines, [line.bank_reference for line in later.lines.all()]) == (True, 1, ["N2"])


def test_number_on_another_movement_refuses_the_whole_file(now, finance, sent):
    start(make_csv(bank_row(sent[0], number="N1")), finance, now)
    again = bank_row(sent[1], number="N1")

    for rows in ([bank_row(sent[1], number="N2"), again], [again, bank_row(sent[0], number="N1")]):
        with pytest.raises(BadFile, match="N1, which stands on another movement"):
            start(make_csv(*rows), finance, now)
    assert StatementImport.objects.count() == 1


def test_one_number_on_two_of_our_accounts_is_two_lines(now, finance, sent):
    start(make_csv(bank_row(sent[0], number="N1")), finance, now)

    statements.start(make_csv(bank_row(sent[1], number="N1")), account="999", by=finance, now=now)

    assert StatementLine.objects.filter(bank_reference="N1").count() == 2


def test_bank_reference_is_unique_for_an_account_in_the_database_too(now, finance, sent):
    start(make_csv(bank_row(sent[0], number="N1")), finance, now)
    line = StatementLine.objects.get()
    line.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_lines_cannot_be_changed_or_deleted(now, finance, sent):
    start(make_csv(bank_row(sent[0])), finance, now)

    with pytest.raises(DatabaseError), transaction.atomic():
        StatementLine.objects.update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        StatementLine.objects.all()._raw_delete("default")


def test_excel_statement_is_read_like_the_csv(now, finance, sent):
    values = [bank_row(sent[0], number="N1", 支出=1000.0, 交易日期=date(2026, 11, 25))[name] for name in HEADINGS]

    statement, _new = start(make_xlsx(values, ["合计", None, 1000.0], headings=list(HEADINGS)), finance, now)

    line = statement.lines.get()
    assert (line.amount, line.booked_on, line.direction) == (100_000, date(2026, 11, 25), "out")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"流水号": "", "支出": "1"}, "number is missing"),
        ({"流水号": "1.23E+18"}, "rounded by Excel"),
        ({"交易日期": "昨天"}, "date is not clear"),
        ({"交易日期": "2026-02-30"}, "date is not clear"),
        ({"支出": "1", "收入": "2"}, "one in both columns"),
        ({"支出": "", "收入": "0.00"}, "no amount"),
        ({"支出": "1.234,00"}, "more than one way"),
    ],
)
def test_row_that_says_nothing_clear_refuses_the_file_and_is_named(now, finance, sent, changes, words):
    """A row that silently fell out would be money that nobody sees."""
    row = {**bank_row(sent[0], number="N1"), **changes}

    with pytest.raises(BadFile, match=rf"row 3: .*{words}"):
        start(make_csv(bank_row(sent[1], number="N9"), row), finance, now)
    assert not StatementImport.objects.exists()


@pytest.mark.parametrize("written", ["20261125", "2026/11/25", "2026年11月25日", "2026-11-25 10:02:03", "2026.11.25"])
def test_dates_as_banks_write_them_are_read(now, finance, sent, written):
    statement, _new = start(make_csv(bank_row(sent[0], 交易日期=written)), finance, now)

    assert statement.lines.get().booked_on == date(2026, 11, 25)


def test_columns_under_a_banks_own_names_are_found(now, finance, sent):
    names = {
        "交易日期": "记账日期",
        "流水号": "交易流水号",
        "支出": "借方发生额（支取）",
        "收入": "贷方发生额（收入）",
        "对方户名": "对方名称",
        "附言": "摘 要",
    }
    row = {names.get(name, name): value for name, value in bank_row(sent[0]).items()}

    statement, _new = start(make_csv(row, headings=tuple(row)), finance, now)

    assert statement.lines.get().memo == sent[0].reference


def test_reference_is_found_in_whichever_remark_the_bank_put_it(now, finance, sent):
    row = {**bank_row(sent[0], number="N1"), "摘要": "跨行转账"}

    for headings in ((*HEADINGS, "摘要"), ("摘要", *HEADINGS)):
        statement, _new = start(make_csv(row, headings=headings), finance, now)
        matching.match_all(statement, by=finance, now=now)

    assert state_of("N1").state == "matched"
    assert sent[0].reference in StatementLine.objects.get().memo


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (("日期", "金额"), "No heading was found"),
        (("交易日期", "流水号", "支出", "收入"), "lacks these columns: 对方户名, 附言"),
    ],
)
def test_file_of_another_layout_is_refused_with_what_it_lacks(now, finance, sent, headings, words):
    with pytest.raises(BadFile, match=words):
        start(make_csv(bank_row(sent[0]), headings=headings), finance, now)


def test_empty_statement_is_refused(now, finance):
    with pytest.raises(BadFile, match="is empty"):
        start(make_csv(), finance, now)


def test_clock_imports_and_matches_nothing(now, finance, sent):
    with pytest.raises(PersonNeeded):
        start(make_csv(bank_row(sent[0])), clock("tests"), now)
    statement, _new = start(make_csv(bank_row(sent[0])), finance, now)
    with pytest.raises(PersonNeeded):
        matching.match_all(statement, by=clock("tests"), now=now)
    with pytest.raises(PersonNeeded):
        matching.set_aside(statement.lines.get(), reason="x", by=clock("tests"), now=now)


def test_statements_are_seen_by_the_leagues_own_money_people_only(now, finance, sent):
    statement, _new = start(make_csv(bank_row(sent[0])), finance, now)
    seen = StatementImport.objects.visible_to

    for role in ("officer", "finance", "auditor"):
        assert seen(make_member(finance.organisation, role)).get() == statement
    for by in (make_member(finance.organisation, "editor"), make_finance()):
        assert not seen(by).exists()


def test_lines_of_a_settlement_not_paid_by_transfer_stay_visible(finance):
    make_ready(100_000, finance=finance)

    statement = make_statement(
        dict(zip(HEADINGS, ("2026-11-25", "N1", "100", "", "电力公司", "", "电费"), strict=True)), by=finance
    )

    assert list(statement.lines.values_list("state__state", flat=True)) == ["open"]
