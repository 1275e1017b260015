# ruff: noqa: T201  a command prints
"""Make the virtual environment hold exactly what a lock file names; do nothing if it does already.

Runs with any Python 3.11 or newer and the standard library alone: ``python3.11 bin/install.py requirements.lock``.
"""

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
# The development lock holds every pin of the other one, so installing it satisfies both.
ALSO_SATISFIES = {"requirements-dev.lock": ["requirements.lock"]}


def checksum(lock: Path) -> str:
    """Return what must be equal for a lock to count as installed: its text and this Python's release."""
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def installed(environment: Path) -> dict[str, str]:
    """Return the checksum of each lock that the environment holds."""
    stamp = environment / "installed.json"
    python = environment / "bin" / "python"
    if not stamp.exists() or not python.exists():
        return {}
    held: dict[str, str] = json.loads(stamp.read_text(encoding="utf-8"))
    return held


def install(lock: Path, environment: Path) -> None:
    """Create the environment if it is missing and install the lock into it, checking every hash.

    Nothing is resolved: the lock names everything, and an older pip would look for ``package[extra]`` beyond the pins
    as soon as a newer release is out. ``pip check`` tells of a lock that lacks something.
    """
    python = environment / "bin" / "python"
    if not python.exists():
        print(f"Creating {environment.name} ...", flush=True)
        venv.create(environment, with_pip=True, clear=environment.exists())
    print(f"Installing {lock.name} (about a minute the first time) ...", flush=True)
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "install", "--progress-bar", "off", "--no-deps", "--require-hashes", "-r", str(lock)]
    subprocess.run(command, check=True)  # noqa: S603  our own lock
    subprocess.run([*pip, "check"], check=True)  # noqa: S603
    held = installed(environment)
    for name in [lock.name, *ALSO_SATISFIES.get(lock.name, [])]:
        held[name] = checksum(lock.with_name(name))
    (environment / "installed.json").write_text(json.dumps(held), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Install the lock that the command line names into the environment that it names, or ``.venv``."""
    if sys.version_info < OLDEST:
        print("Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...", file=sys.stderr)
        return 2
    lock = ROOT / arguments[0]
    environment = ROOT / (arguments[1] if len(arguments) > 1 else ".venv")
    if installed(environment).get(lock.name) == checksum(lock):
        return 0
    try:
        install(lock, environment)
    except subprocess.CalledProcessError:
        print(
            f"{lock.name} could not be installed; the lines above say why. Nothing else was changed.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
