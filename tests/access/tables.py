"""The files of expectations: a line for each address and method, a column for each person."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.access.world import ROLES

Line = tuple[str, str]  # an address's name and a method
Column = dict[Line, str]  # what one person meets


@dataclass(frozen=True)
class Table:
    """One file: whom it is about, and what each of them is expected to meet."""

    file: Path
    roles: tuple[str, ...]
    remark: str

    def rows(self) -> Iterator[list[str]]:
        """Each line's words: the address, the method and an answer for each role."""
        for line in self.file.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "address ")):
                yield line.split()

    def columns(self) -> dict[str, Column]:
        """The expected columns by role."""
        return _columns(self)

    def write(self, columns: dict[str, Column]) -> None:
        """Write what was met; what it ought to be is for whoever reads the difference."""
        width = max(len(name) for name, _ in columns[self.roles[0]]) + 1
        lines = [f"{self.remark}{'address':{width}} {'method':6} " + " ".join(f"{role[:6]:6}" for role in self.roles)]
        for name, method in columns[self.roles[0]]:
            answers = " ".join(f"{columns[role][name, method]:6}" for role in self.roles)
            lines.append(f"{name:{width}} {method:6} {answers}")
        self.file.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


@cache
def _columns(table: Table) -> dict[str, Column]:
    columns: dict[str, Column] = {role: {} for role in table.roles}
    for name, method, *answers in table.rows():
        for role, answer in zip(table.roles, answers, strict=True):
            columns[role][name, method] = answer
    return columns


OURS = Table(
    Path(__file__).with_name("table.txt"),
    ROLES,
    """\
# Who may open what. may: a page or a way on; login: sent to the login; 403: may see it, not do it; 404: not for them.
# The things in the addresses belong to ngo, office and guardian; ngo2, office2, guardian2 and school are strangers.
# A new address needs a line: python -m tests.access.write_table, then judge every word of it.
""",
)
PACKAGES = Table(
    Path(__file__).with_name("packages.txt"),
    ("anonymous", "nobody", "editor", "superuser"),
    """\
# Who meets what at the addresses that packages answer. may, login, 403, 404 as in table.txt; 405: no such method; 201:
# may; home: Wagtail's way of saying no. Whoever has no column here is expected to meet what nobody meets, who is logged
# in and has no role. Logging out is left out, as it would end what is being asked.
# A new address needs a line: python -m tests.access.write_table, then judge every word of it.
""",
)
