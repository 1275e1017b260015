"""The installer skips what is installed, and both locks hold the same pins without any address."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bin import install

LOCKS = ["requirements.lock", "requirements-dev.lock"]


def pins(name: str) -> set[str]:
    text = (install.ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^[A-Za-z0-9._\[\],-]+==[^\s;\\]+", text, re.MULTILINE))


@pytest.fixture
def environment(tmp_path):
    """An environment that has a Python and nothing else."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def test_installed_without_a_stamp_is_nothing(environment):
    assert install.installed(environment) == {}


def test_main_with_a_matching_stamp_installs_nothing(environment, monkeypatch):
    lock = install.ROOT / "requirements.lock"
    (environment / "installed.json").write_text(f'{{"requirements.lock": "{install.checksum(lock)}"}}')
    monkeypatch.setattr(install, "install", lambda *_: pytest.fail("it installed"))

    assert install.main(["requirements.lock", str(environment)]) == 0


def test_main_with_another_lock_text_installs_again(environment, monkeypatch):
    (environment / "installed.json").write_text('{"requirements.lock": "of yesterday"}')
    asked = []
    monkeypatch.setattr(install, "install", lambda *given: asked.append(given))

    install.main(["requirements.lock", str(environment)])

    assert asked == [(install.ROOT / "requirements.lock", environment)]


def test_the_development_lock_holds_every_pin_of_the_other():
    assert pins("requirements.lock")
    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_every_pin(name):
    text = (install.ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"(?m)^-.*|.*:.*//.*", text) == []  # no option, no address
    assert len(pins(name)) > 50
    assert len(pins(name)) == len(re.findall(r"==[^\n]*\\\n    --hash=sha256:", text))


def _wheel(folder: Path, name: str, version: str, needs: str = "") -> str:
    """Write the smallest wheel that pip installs, and return its pin with its hash."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: more\n"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", about + (f"Requires-Dist: {needs}\n" if needs else ""))
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of wheels that is all that pip can reach."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.mark.slow
def test_a_newer_release_does_not_break_an_older_lock(tmp_path, shelf):
    """pip 23.2, which Python 3.11 brings, looks beyond the pins for what is asked for with an extra."""
    lock = tmp_path / "some.lock"
    lock.write_text(_wheel(shelf, "ground", "1.0") + _wheel(shelf, "house", "1.0", needs="ground[more] >=1.0"))
    _wheel(shelf, "ground", "2.0")

    install.install(lock, tmp_path / "environment")

    assert "some.lock" in install.installed(tmp_path / "environment")


@pytest.mark.slow
def test_a_lock_that_lacks_something_is_refused(tmp_path, shelf):
    lock = tmp_path / "some.lock"
    lock.write_text(_wheel(shelf, "house", "1.0", needs="ground >=1.0"))

    with pytest.raises(subprocess.CalledProcessError):
        install.install(lock, tmp_path / "environment")
    assert install.installed(tmp_path / "environment") == {}
