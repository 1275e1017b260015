"""Compile the message catalogues that are newer than their compiled form. Needs Babel, not gettext."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_stale(root: Path) -> list[Path]:
    """Compile each ``locale/<language>/LC_MESSAGES/*.po`` in an app or a folder of one that changed; return them."""
    written = []
    pattern = "locale/*/LC_MESSAGES/*.po"
    for source in sorted([*root.glob(f"*/{pattern}"), *root.glob(f"[!.]*/*/{pattern}")]):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        unfinished = target.with_suffix(".mo.part")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_stale(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
