"""The flame graph: what is drawn, and that no machine's paths are in it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer

from bench.flame import main
from bench.flame_svg import named, svg_of, tree_of

OUTER = "0x7f3a (libc.so.6);<module> (/home/ann/v/vitals/__main__.py:5);run (/usr/lib/python3.11/asyncio/x.py)"
STACKS = f"""\
{OUTER};LaneConsumer._drain (/home/ann/v/streams/lane.py:80);apply (/opt/a/scoring/fold/fold.py:7);\
apply (/opt/a/scoring/fold/fold.py:9) 60
{OUTER};LaneConsumer._drain (/home/ann/v/streams/lane.py:80);memmove (/build/my python/Objects/a.c:7) 30
_bootstrap (/usr/lib/python3.11/threading.py:9);parse<&> (/v/lib/python3.11/site-packages/aiokafka/util.py:1) 9
{OUTER};seldom (/home/ann/v/streams/lane.py:9) 0
not a line of it
rare (a.py) 1
""" + "".join(f"{'deep;' * depth}deep 0\n" for depth in range(3))  # fmt: skip


@pytest.fixture(scope="module")
def svg() -> str:
    return svg_of(tree_of(STACKS.splitlines()), "A title", "a note")


def titles(svg: str) -> list[str]:
    return [found.text or "" for found in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")]


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ("run (/home/ann/v/streams/lane.py:3)", "run (streams/lane.py)"),
        ("get (/v/lib/python3.11/site-packages/aiokafka/client.py:12)", "get (aiokafka/client.py)"),
        ("wait (/usr/lib/python3.11/threading.py:327)", "wait (threading.py)"),
        ("run (asyncio/runners.py:190)", "run (asyncio/runners.py)"),
        ("apply (/home/ann/v/streams/kernel/_native.cpython-311-x86_64-linux-gnu.so)", "apply (streams/kernel/native)"),
        ("apply (_native.cpython-313-aarch64-linux-gnu.so)", "apply (streams/kernel/native)"),
        ("0x7fca3a24524a (/lib/x86_64-linux-gnu/libc.so.6)", "libc.so.6"),
        ("memmove (/build/my python/Objects/a.c:7)", "memmove (a.c)"),
        ("/usr/bin/python3", "python3"),
        ("<lambda> (<frozen runpy>:88)", "<lambda> (<frozen runpy>)"),
    ],
)
def test_a_frame_is_shown_without_addresses_lines_and_the_folders_of_a_machine(frame: str, shown: str) -> None:
    assert named(frame) == shown


def test_no_path_of_the_machine_is_in_the_picture(svg: str) -> None:
    shown = "\n".join(titles(svg)) + "".join(re.findall(r"<text[^>]*>([^<]*)", svg))
    assert not re.search(r"(^|[ (])/", shown, re.MULTILINE)
    for word in ("home", "ann", "opt", "usr", "build", "site-packages", "0x7f"):
        assert word not in shown


def test_what_all_tasks_of_the_loop_have_in_common_is_left_out_and_a_function_that_calls_itself_is_one(
    svg: str,
) -> None:
    assert titles(svg) == [
        "all samples: 100.0% of 100 samples",
        "LaneConsumer._drain (streams/lane.py): 90.0% of 100 samples",
        "apply (scoring/fold/fold.py): 60.0% of 100 samples",
        "memmove (a.c): 30.0% of 100 samples",
        "_bootstrap (threading.py): 9.0% of 100 samples",
        "parse<&> (aiokafka/util.py): 9.0% of 100 samples",
        "rare (a.py): 1.0% of 100 samples",
    ]


def test_boxes_are_as_wide_as_their_share_and_within_the_box_above(svg: str) -> None:
    boxes = [
        (float(box.attrib["x"]), float(box.attrib["width"]), float(box.attrib["y"]))
        for group in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g")
        for box in group.iter("{http://www.w3.org/2000/svg}rect")
    ]
    whole, drain, apply, memmove, *_ = boxes
    assert apply[1] / drain[1] == pytest.approx(60 / 90, abs=0.01)
    assert (drain[0], apply[0]) == (whole[0], whole[0])
    assert memmove[0] == pytest.approx(apply[0] + apply[1], abs=1.0)
    assert whole[2] < drain[2] < apply[2] == memmove[2]


def test_what_is_too_narrow_to_be_seen_is_left_out() -> None:
    root = tree_of(["a (x.py) 99999", "b (x.py) 1"])
    assert [name.partition(":")[0] for name in titles(svg_of(root, "", ""))] == ["all samples", "a (x.py)"]


def test_folded_stacks_of_any_profiler_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folded, out = tmp_path / "folded.txt", tmp_path / "flame.svg"
    folded.write_text(STACKS)
    main(out=out, folded=folded)
    assert "100 samples" in capsys.readouterr().out
    assert len(titles(out.read_text())) == 7


def test_where_nothing_was_sampled_nothing_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folded, out = tmp_path / "folded.txt", tmp_path / "flame.svg"
    folded.write_text("")
    with pytest.raises(typer.Exit):
        main(out=out, folded=folded)
    assert "no samples" in capsys.readouterr().err
    assert not out.exists()
