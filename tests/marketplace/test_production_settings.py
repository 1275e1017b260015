"""Production starts with settings that Django's deployment check finds nothing in, and refuses a demo's."""

import json
import subprocess

import pytest
from django.conf import settings

from bench.server import production
from marketplace.settings.base import DEFAULT_SECRET_KEY
from tests.marketplace.production import GOOD, PYTHON, environment

pytestmark = pytest.mark.slow


def run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, *arguments], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False
    )


def test_check_deploy_finds_nothing_and_nothing_is_silenced(tmp_path):
    result = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", env=environment(VAR_DIR=str(tmp_path)))

    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout + result.stderr


def test_what_the_benches_start_is_production_and_starts(tmp_path):
    env = environment(**dict.fromkeys(GOOD)) | production("postgres://youth@db.example/youth", tmp_path)

    result = run("manage.py", "check", env=env)

    assert result.returncode == 0, result.stderr


REFUSALS = [
    ({"SECRET_KEY": None}, "SECRET_KEY must be a secret of your own"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY must be a secret of your own"),
    ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be a secret of your own"),
    ({"SECRET_KEY_FALLBACKS": DEFAULT_SECRET_KEY}, "SECRET_KEY_FALLBACKS must be a secret of your own"),
    ({"SECRET_KEY_FALLBACKS": f"{GOOD['SECRET_KEY']},short"}, "SECRET_KEY_FALLBACKS must be a secret of your own"),
    ({"FIELD_ENCRYPTION_KEYS": None}, "FIELD_ENCRYPTION_KEYS must be a secret of your own"),
    ({"FIELD_ENCRYPTION_KEYS": ""}, "FIELD_ENCRYPTION_KEYS must be a secret of your own"),
    ({"FIELD_ENCRYPTION_KEYS": f"{GOOD['FIELD_ENCRYPTION_KEYS']},short"}, "FIELD_ENCRYPTION_KEYS must be a secret"),
    ({"CONCERN_KEYS": None}, "CONCERN_KEYS must be a secret of your own"),
    ({"CONCERN_KEYS": ""}, "CONCERN_KEYS must be a secret of your own"),
    ({"SECRET_KEY_FILE": "/nowhere", "SECRET_KEY": None}, "SECRET_KEY_FILE cannot be read"),
    ({"SECRET_KEY_FILE": "/etc/hostname"}, "Set SECRET_KEY or SECRET_KEY_FILE, not both"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
    ({"ALLOWED_HOSTS": "youth.example.org,*"}, "ALLOWED_HOSTS must name the hosts"),
    ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts"),
    ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must name the hosts"),
    ({"SITE_URL": "http://youth.example.org"}, "SITE_URL must start with https://"),
    ({"DATABASE_URL": None}, "DATABASE_URL must name a PostgreSQL database"),
    ({"REDIS_URL": None}, "REDIS_URL must name a Redis server"),
    ({"SMS_URL": None}, "SMS_URL and SMS_TOKEN must name"),
    ({"SMS_URL": "http://sms.example.org/"}, "SMS_URL and SMS_TOKEN must name"),
    ({"SMS_TOKEN": None}, "SMS_URL and SMS_TOKEN must name"),
    ({"WEIXIN_APP_ID": "wx123"}, "WEIXIN_SECRET must be set"),
    ({"WEIXIN_API_BASE": "http://api.example.org"}, "must start with https://"),
    ({"EMAIL_URL": None}, "EMAIL_URL must name a mail server"),
    ({"EMAIL_URL": "pigeon://roof"}, "EMAIL_URL must start with"),
    ({"EMAIL_URL": "smtp://mail.example.org:abc"}, "EMAIL_URL must be an address"),
    ({"EMAIL_URL": "smtp://[mail.example.org"}, "EMAIL_URL must be an address"),
    ({"REQUIRE_SECOND_FACTOR": "maybe"}, "REQUIRE_SECOND_FACTOR must be one of"),
    ({"HOLIDAYS": "tomorrow"}, "HOLIDAYS must hold dates"),
    ({"STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_WEBHOOK_SECRET must be set"),
    ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, "STRIPE_API_BASE must start with https://"),
    ({"DATABASE_CONN_MAX_AGE": "long"}, "DATABASE_CONN_MAX_AGE must be a whole number"),
]
# One process tries every environment with settings imported afresh: a process for each would take a minute.
TRIES = """
import importlib, json, os, sys
from django.core.exceptions import ImproperlyConfigured
answers = []
for env in json.load(sys.stdin):
    os.environ.clear(); os.environ.update(env)
    for name in [name for name in sys.modules if name.startswith("marketplace.settings.")]:
        del sys.modules[name]
    try:
        importlib.import_module("marketplace.settings.production")
        answers.append("it started")
    except ImproperlyConfigured as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> list[str]:
    """What production answers to each environment; the last one is the good one."""
    folder = str(tmp_path_factory.mktemp("var"))
    environments = [environment(VAR_DIR=folder, **changes) for changes, _ in [*REFUSALS, ({}, "")]]
    result = subprocess.run(
        [PYTHON, "-c", TRIES],
        cwd=settings.BASE_DIR,
        env=environments[-1],
        input=json.dumps(environments),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_production_refuses_to_start_and_says_why(number, answers):
    assert REFUSALS[number][1] in answers[number]


def test_production_with_all_it_needs_starts(answers):
    assert answers[-1] == "it started"


@pytest.mark.parametrize(("value", "wanted"), [("", "True"), (" ", "True"), ("off", "False"), (None, "True")])
def test_an_empty_variable_switches_no_protection_off(tmp_path, value, wanted):
    """A line ``REQUIRE_SECOND_FACTOR=`` in .env says nothing, so the default holds."""
    env = environment(VAR_DIR=str(tmp_path), REQUIRE_SECOND_FACTOR=value)

    script = "from marketplace.settings import production; print(production.REQUIRE_SECOND_FACTOR)"

    assert run("-c", script, env=env).stdout.strip() == wanted


def test_production_reads_secrets_from_files(tmp_path):
    (tmp_path / "key").write_text(GOOD["SECRET_KEY"] + "\n")
    env = environment(VAR_DIR=str(tmp_path), SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))

    result = run("-c", "from marketplace.settings import production; print(production.SECRET_KEY)", env=env)

    assert result.stdout.strip() == GOOD["SECRET_KEY"]


def test_production_logs_one_json_object_a_line(tmp_path):
    script = (
        "import django; django.setup()\nimport logging\n"
        "try: 1 / 0\nexcept ZeroDivisionError: logging.getLogger('orders').exception('It broke: %s', '原因')"
    )
    result = run("-c", script, env=environment(VAR_DIR=str(tmp_path)))

    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
        ("ERROR", "orders", "It broke: 原因")
    ]
    assert "ZeroDivisionError" in lines[0]["exception"]
