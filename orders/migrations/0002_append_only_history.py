"""Make the history of orders append-only, and orders undeletable."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.operations import InDatabase
from core.triggers import append_only

ORDERS = "orders_order"
TRIGGER = f"{ORDERS}_no_delete"


def keep_orders(editor: BaseDatabaseSchemaEditor) -> None:
    """Let the database refuse to delete an order. The function it calls was made by ``append_only``."""
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER} ON {ORDERS}")
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    else:
        editor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER}")
        body = f"BEGIN SELECT RAISE(ABORT, 'append-only: DELETE of {ORDERS} refused'); END"
    editor.execute(f"CREATE TRIGGER {TRIGGER} BEFORE DELETE ON {ORDERS} {body}")


def let_go(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the trigger."""
    on = f" ON {ORDERS}" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER}{on}")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [append_only("orders_orderhistory"), InDatabase(keep_orders, let_go, triggers=[TRIGGER])]
