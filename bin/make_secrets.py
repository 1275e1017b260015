# ruff: noqa: T201  a command prints
"""Make the secret files that docker-compose.yml mounts; a file that exists is kept."""

import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write(file: Path, value: str) -> None:
    """Write a new file that the container's own user can read; the folder around it is closed to others."""
    if file.exists():
        print(f"kept  {file}")
        return
    file.write_text(value, encoding="utf-8")
    file.chmod(0o444)
    print(f"made  {file}")


def main(folder: Path) -> None:
    """Make the five files."""
    folder.mkdir(mode=0o700, exist_ok=True)
    write(folder / "secret_key", secrets.token_urlsafe(60))
    write(folder / "field_keys", secrets.token_urlsafe(60))
    write(folder / "concern_keys", secrets.token_urlsafe(60))
    write(folder / "postgres_password", secrets.token_urlsafe(24))
    password = (folder / "postgres_password").read_text(encoding="utf-8")
    write(folder / "database_url", f"postgres://youth:{password}@postgres:5432/youth")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "secrets")
