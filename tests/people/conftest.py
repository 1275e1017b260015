"""Pages are read in English here; Chinese is asked for where it matters."""

import pytest


@pytest.fixture
def client(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client
