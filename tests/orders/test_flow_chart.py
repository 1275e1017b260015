"""The flow picture: nothing is lost between two columns, nothing overlaps, nobody's name is code."""

import re
from xml.etree import ElementTree as ET

import pytest

from orders.flow_chart import COLUMNS, LEAST, WIDTH, Block, Ribbon, draw, place, ribbons

HOSTILE = '<script>"x"</script>'


def blocks(*amounts, tone="law"):
    return [Block(f"n{amount}", amount, str(amount), tone) for amount in amounts]


def test_blocks_stand_under_each_other_with_room_for_their_words():
    placed = place([100, 1, 0], unit=1.0, gap=10)

    assert [(one.top, one.height) for one in placed] == [(0, 100), (110, LEAST), (110 + LEAST + 10, LEAST)]
    assert [one.flow for one in placed] == [100, 1, 0]


def test_what_leaves_a_block_is_as_thick_as_what_arrives():
    flows = [Ribbon(0, 0, 30), Ribbon(0, 1, 20), Ribbon(1, 1, 10)]
    left, right = place([50, 10], 1.0, 2), place([30, 30], 1.0, 12)

    paths = [[float(n) for n in re.findall(r"[\d.]+", path)] for path in ribbons(flows, left, right, 1.0, (196, 420))]

    starts = [(path[1], path[-1] - 0) for path in paths]
    for path, flow in zip(paths, flows, strict=True):
        top_left, top_right, foot_right, foot_left = path[1], path[7], path[8], path[-1]
        assert foot_left - top_left == pytest.approx(flow.amount)
        assert foot_right - top_right == pytest.approx(flow.amount)
    assert [start[0] for start in starts] == [0, 30, 52 + (LEAST - 10) / 2]


def test_picture_is_sound_and_holds_names_as_text():
    columns = [[*blocks(30, tone="paid"), Block(HOSTILE, 5, "5", "available")], blocks(20, 10), blocks(30)]
    flows = [[Ribbon(0, 0, 20), Ribbon(0, 1, 10)], [Ribbon(0, 0, 20), Ribbon(1, 0, 10)]]

    svg = draw(columns, flows, HOSTILE)

    root = ET.fromstring(svg)
    assert HOSTILE not in svg
    assert root.get("aria-label") == HOSTILE
    assert " style=" not in svg
    assert len(root.findall("g")) == 5
    assert [path.get("class") for path in root.findall("path")] == ["flow-in", "flow-in", "flow-law", "flow-law"]
    for rect in root.iter("rect"):
        assert (int(rect.get("x")), int(rect.get("width"))) in COLUMNS
        assert float(rect.get("y")) + float(rect.get("height")) <= float(root.get("viewBox").split()[3])
    assert root.get("viewBox").split()[2] == str(WIDTH)


def test_picture_of_nothing_is_a_picture():
    assert draw([[], [], []], [[], []], "nothing").startswith("<svg")
