"""What the page in the browser sends: its messages, and nothing else."""

import json

import msgspec
import pytest

from kiosk.web.page_words import MOST_COLUMNS, MOST_ROWS, Blur, Focus, Keys, Ping, Resize, Size, read_words, size_asked


def test_the_pages_own_messages_are_read() -> None:
    sent = ['["stdin", "ā\\r"]', '["resize", {"width": 80, "height": 24}]', '["ping", "17"]', '["focus"]', '["blur"]']
    assert [read_words(each) for each in sent] == [Keys("ā\r"), Resize(Size(80, 24)), Ping("17"), Focus(), Blur()]


@pytest.mark.parametrize(
    "sent",
    [
        "no JSON",
        "[]",
        '{"stdin": "x"}',
        '["quit"]',
        '["stdin"]',
        '["stdin", 5]',
        '["resize", {"width": "wide", "height": 3}]',
        '["resize", {"width": 0, "height": 3}]',
        '["resize", {"width": 1.5, "height": 3}]',
        json.dumps(["ping", "x" * 100]),
    ],
)
def test_what_it_never_sends_is_no_message(sent: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_words(sent)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        ("132", "43", Size(132, 43)),
        ("9" * 30, "9", Size(MOST_COLUMNS, 9)),
        ("1000000000", "9", Size(MOST_COLUMNS, 9)),
        ("7", "1000000000", Size(7, MOST_ROWS)),
        ("-1", "24", Size(80, 24)),
        ("x", "", Size(80, 24)),
    ],
)
def test_a_first_size_is_one_that_a_screen_can_have(width: str, height: str, size: Size) -> None:
    assert size_asked(width, height) == size
