"""The embedded broker hands over whole messages, however fast its worker looks."""

import pytest
from kombu import Connection
from kombu.transport import filesystem

from marketplace import folder_broker


class Onlooker:
    """Part of a message: looks around while the message is being written."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = None

    def __json__(self):
        self.seen = [path.name for path in self.folder.glob("*.msg")]
        return "looked"


@pytest.fixture
def connection(tmp_path):
    """A connection whose queues lie in a folder of their own."""
    (tmp_path / "control").mkdir()
    options = {f"data_folder_{way}": str(tmp_path) for way in ("in", "out")}
    options |= {"control_folder": str(tmp_path / "control")}
    with Connection(f"{folder_broker.SCHEME}://localhost", transport_options=options) as connection:
        yield connection


def test_messages_come_out_as_they_went_in(connection, tmp_path):
    queue = connection.SimpleQueue("jobs")
    queue.put({"text": "字" * 1000})

    message = queue.get(timeout=5)
    message.ack()
    assert message.payload == {"text": "字" * 1000}
    assert list(tmp_path.glob("*.part")) == []


def test_a_worker_meets_no_message_that_is_still_being_written(connection, tmp_path):
    onlooker = Onlooker(tmp_path)
    connection.channel()._put("jobs", {"body": onlooker})

    assert onlooker.seen == []


def test_the_look_finds_the_half_messages_of_the_packages_own_channel(connection, tmp_path):
    """The control of the test above; once it fails, kombu writes whole messages and ours can go."""
    onlooker = Onlooker(tmp_path)
    filesystem.Channel._put(connection.channel(), "jobs", {"body": onlooker})

    assert len(onlooker.seen) == 1
