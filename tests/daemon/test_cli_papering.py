"""What `print` shows: a bar a pile, numbers that add up, and what stands in the way; safe for a terminal."""

from daemon.cli.papering import _told

WAVE = {"wave": "2026-11-20 05:00\x1b[31m", "document": "slip"}


def test_a_pile_is_a_bar_with_its_numbers() -> None:
    counts = {"printed": 15, "waiting": 13, "held": 1, "uncertain": 1, "dropped": 4}
    (line,) = _told([{**WAVE, "counts": counts}], [])
    assert line == (
        "###############...............  15 of 30 printed  2026-11-20 05:00\\x1b[31m  slip"
        "  (13 waiting, 1 held, 1 uncertain)"
    )


def test_a_whole_pile_says_no_more_than_that() -> None:
    (line,) = _told([{**WAVE, "counts": {"printed": 3}}], [])
    assert line.endswith("3 of 3 printed  2026-11-20 05:00\\x1b[31m  slip")
    assert line.startswith("#" * 30)


def test_what_is_under_way_or_held_is_named() -> None:
    rows = [{**WAVE, "counts": {"held": 1}}]
    stuck = [{"number": "7/slip/aa", "state": "held", "reasons": ["refused"]}]
    assert _told(rows, stuck)[1] == "  7/slip/aa is held, refused"
    assert _told([], []) == ["no paper waits, and none was printed in the last day"]
    assert _told([{**WAVE, "counts": {"dropped": 2}}], [])[0].startswith("." * 30)
