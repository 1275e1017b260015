"""Migration steps that spare an empty database seconds: Django renders every model anew at each step of its own."""

from collections.abc import Callable, Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

Statements = Callable[[BaseDatabaseSchemaEditor], None]
_NUMBER_EACH = {
    "postgresql": "UPDATE ROWS SET submission_id = gen_random_uuid()",
    "sqlite": "UPDATE ROWS SET submission_id = lower(hex(randomblob(16)))",
}


class CreateModels(Operation):
    """Create the models of an app in one step, each after those that it points at.

    One by one, each new model makes Django render all that are tied to it: with a hundred models that is most of the
    time of migrating. Here they are rendered once.
    """

    reversible = True

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = list(models)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models to a state that is not rendered, so that the next look at it renders them all at once."""
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "Create models " + ", ".join(model.name for model in self.models)


class InDatabase(Operation):
    """A migration step of plain statements for the connection's vendor.

    ``RunPython`` would render every model of the project at this point of history, which costs seconds a step on an
    empty database; triggers and exclusion constraints need no models. ``triggers`` names what it leaves in the database
    for good: ``verify`` asks whether they are still there.
    """

    reversible = True
    atomic = False

    def __init__(self, forwards: Statements, backwards: Statements, *, triggers: Sequence[str] = ()) -> None:
        self.forwards = forwards
        self.backwards = backwards
        self.triggers = triggers

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing of the models."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self.forwards(schema_editor)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self.backwards(schema_editor)

    def describe(self) -> str:
        return "What the database itself refuses"


def number_each(*tables: str) -> InDatabase:
    """Return the step that gives each row a ``submission_id`` of its own; a new column's default is one for all."""

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            editor.execute(_NUMBER_EACH[editor.connection.vendor].replace("ROWS", table))

    def backwards(_editor: BaseDatabaseSchemaEditor) -> None:
        """Do nothing: the column goes with its numbers."""

    return InDatabase(forwards, backwards)
