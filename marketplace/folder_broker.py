"""The broker of the embedded default: kombu's folder of messages, with whole messages only.

kombu writes a message under its final name; a worker that looks at that very moment reads half of it and dies.
"""

import os
import tempfile
import uuid
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "folder"


class Channel(filesystem.Channel):
    """A channel whose messages appear all at once."""

    # kombu's two base classes disagree on this signature
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        """Write the message aside, then give it its name."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        with tempfile.NamedTemporaryFile("w", dir=self.data_folder_out, suffix=".part", delete=False) as aside:
            aside.write(dumps(payload))
        os.replace(aside.name, os.path.join(self.data_folder_out, name))  # noqa: PTH105, PTH118  kombu hands over texts


class Transport(filesystem.Transport):
    """kombu's transport with that channel."""

    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
