"""What the database itself refuses about transfers, on PostgreSQL and SQLite, whoever writes them."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.operations import InDatabase

GUARDS = ("funding_transfer_currency", "funding_transfer_period", "funding_transfer_one_currency")

_OTHER_CURRENCY = """
EXISTS (SELECT 1 FROM funding_account WHERE id IN (NEW.debit_id, NEW.credit_id) AND currency <> NEW.currency)
"""
_CLOSED = """
EXISTS (
    SELECT 1 FROM funding_entry
    JOIN funding_account ON funding_account.id IN (NEW.debit_id, NEW.credit_id)
    JOIN funding_period ON funding_period.fund_id = funding_account.fund_id
    WHERE funding_entry.id = NEW.entry_id AND funding_entry.booked_on <= funding_period.ends_on
)
"""
_SECOND_CURRENCY = """
EXISTS (SELECT 1 FROM funding_transfer WHERE entry_id = NEW.entry_id AND currency <> NEW.currency)
"""
_RULES = dict(
    zip(
        GUARDS,
        [
            (_OTHER_CURRENCY, "a transfer in another currency than its accounts refused"),
            (_CLOSED, "a transfer in a closed period refused"),
            (_SECOND_CURRENCY, "a second currency in one entry refused"),
        ],
        strict=True,
    )
)


def _create_postgresql(editor: BaseDatabaseSchemaEditor, name: str, condition: str, sentence: str) -> None:
    editor.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$",
        params=None,
    )
    editor.execute(f"DROP TRIGGER IF EXISTS {name} ON funding_transfer")
    editor.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON funding_transfer FOR EACH ROW EXECUTE FUNCTION {name}()")


def _create_sqlite(editor: BaseDatabaseSchemaEditor, name: str, condition: str, sentence: str) -> None:
    editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    editor.execute(
        f"CREATE TRIGGER {name} BEFORE INSERT ON funding_transfer WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
        params=None,
    )


def guard_transfers() -> InDatabase:
    """Return the migration operation that refuses a wrong or second currency and a date in a closed period."""

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        create = _create_postgresql if editor.connection.vendor == "postgresql" else _create_sqlite
        for name, (condition, sentence) in _RULES.items():
            create(editor, name, condition, sentence)

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        on = " ON funding_transfer" if editor.connection.vendor == "postgresql" else ""
        for name in GUARDS:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return InDatabase(forwards, backwards)


def refuse_truncate(*tables: str) -> InDatabase:
    """Return the migration operation that refuses TRUNCATE on PostgreSQL, which row triggers do not see."""

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            for table in tables:
                editor.execute(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
                )

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            for table in tables:
                editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")

    return InDatabase(forwards, backwards)
