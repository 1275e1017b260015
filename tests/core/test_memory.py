"""A process remembers for a short time, per arguments, and forgets when it is told to."""

from core import memory

asked: list[object] = []


@memory.remembered(30)
def answer(number: int, *, loud: bool = False) -> list[int]:
    """Note each real call."""
    asked.append((number, loud))
    return [number]


def test_remembered_asks_once_for_the_same_arguments():
    asked.clear()
    assert [answer(1), answer(1), answer(2), answer(1, loud=True)] == [[1], [1], [2], [1]]
    assert asked == [(1, False), (2, False), (1, True)]


def test_remembered_asks_again_after_its_time(monkeypatch):
    asked.clear()
    moment = [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: moment[0])

    answer(1)
    moment[0] += 29
    answer(1)
    moment[0] += 2
    answer(1)

    assert len(asked) == 2


def test_remembered_never_grows_beyond_its_limit(monkeypatch):
    monkeypatch.setattr(memory, "MOST", 3)
    asked.clear()

    for number in [1, 2, 3, 4, 1]:
        answer(number)

    assert len(asked) == 5


def test_forget_forgets():
    asked.clear()
    answer(1)
    memory.forget()
    answer(1)

    assert len(asked) == 2
