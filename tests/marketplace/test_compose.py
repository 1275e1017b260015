"""The shipped set-up: what docker-compose.yml starts exists, is closed, and has a health check."""

import json
import re
import shlex
import stat
from importlib.util import find_spec

import pytest
from django.conf import settings
from django.core.management import get_commands

from bin import make_secrets
from tests.marketplace import small_yaml

COMPOSE = small_yaml.load((settings.BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = ["web", "worker", "scheduler", "migrate"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text(encoding="utf-8")


def test_compose_has_every_part_of_the_site():
    assert set(SERVICES) == {"proxy", "web", "worker", "scheduler", "migrate", "postgres", "redis"}


def commands_of(name: str) -> list[list[str]]:
    service = SERVICES[name]
    found = [service["command"]]
    if "healthcheck" in service:
        found.append(service["healthcheck"]["test"][1:])
    return found


@pytest.mark.parametrize("name", OURS)
def test_compose_commands_of_ours_exist(name):
    for python, *command in commands_of(name):
        assert python == "python"
        if command[0] == "-m":
            assert find_spec(command[1]) is not None
        else:
            assert (settings.BASE_DIR / command[0]).is_file()
        if command[0] == "manage.py":
            assert command[1] in get_commands()


@pytest.mark.parametrize("name", ["proxy", "web", "worker", "scheduler", "postgres", "redis"])
def test_compose_long_running_services_have_a_health_check_and_restart(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_compose_the_web_server_ends_deaf_workers_before_docker_ends_it():
    command = SERVICES["web"]["command"]

    assert int(command[command.index("--workers-kill-timeout") + 1]) < 10
    assert "stop_grace_period" not in SERVICES["web"]  # Docker's own ten seconds


@pytest.mark.parametrize("name", OURS)
def test_compose_containers_of_ours_may_do_little(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service


def test_compose_the_proxy_alone_has_ports():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_compose_the_database_is_on_the_inner_network_only():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_compose_there_is_one_scheduler_and_only_it_runs_the_clock():
    assert SERVICES["scheduler"]["deploy"] == {"replicas": 1}
    assert [name for name in OURS if "beat" in SERVICES[name]["command"]] == ["scheduler"]
    assert "-B" not in SERVICES["worker"]["command"]


@pytest.mark.parametrize("name", OURS)
def test_compose_secrets_come_from_files(name):
    environment = SERVICES[name]["environment"]

    assert environment["SECRET_KEY_FILE"] == "/run/secrets/secret_key"
    assert environment["FIELD_ENCRYPTION_KEYS_FILE"] == "/run/secrets/field_keys"
    assert environment["CONCERN_KEYS_FILE"] == "/run/secrets/concern_keys"
    assert environment["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "CONCERN_KEYS", "DATABASE_URL"} & set(environment) == set()


def test_make_secrets_makes_every_file_that_compose_mounts(tmp_path):
    make_secrets.main(tmp_path / "secrets")

    wanted = {file["file"].removeprefix("./secrets/") for file in COMPOSE["secrets"].values()}
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(made) == wanted
    assert min(len(made[name]) for name in ("secret_key", "field_keys", "concern_keys")) >= 50
    assert made["database_url"] == f"postgres://youth:{made['postgres_password']}@postgres:5432/youth"
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_make_secrets_a_second_time_keeps_what_is_there(tmp_path):
    make_secrets.main(tmp_path)
    first = (tmp_path / "secret_key").read_text()

    make_secrets.main(tmp_path)

    assert (tmp_path / "secret_key").read_text() == first


def test_the_image_runs_as_nobody_special_and_serves_like_compose():
    default = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1)

    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["app"]
    assert json.loads(default) == SERVICES["web"]["command"]
    assert "--no-deps --require-hashes" in DOCKERFILE


def test_the_image_holds_no_secret_and_no_local_data():
    ignored = (settings.BASE_DIR / ".dockerignore").read_text(encoding="utf-8").split()

    assert {".env", "secrets", "var", ".git", ".venv"} <= set(ignored)
    assert {".env", "secrets/", "var/"} <= set((settings.BASE_DIR / ".gitignore").read_text().split())


def test_the_proxy_replaces_what_clients_say_about_themselves():
    text = (settings.BASE_DIR / "Caddyfile").read_text(encoding="utf-8")

    assert "header_up X-Forwarded-Proto {scheme}" in text
    assert "reverse_proxy web:8000" in text
    port = SERVICES["web"]["command"][SERVICES["web"]["command"].index("--port") + 1]
    assert port == "8000", shlex.join(SERVICES["web"]["command"])
