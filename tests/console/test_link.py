import asyncio
from threading import Thread

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.link import InProcessLink

HEALTH = msg.Health(())


def show(revision: int) -> msg.Show:
    return msg.Show(revision, msg.Attract("Yard", awake=False), None, None, card_on_reader=False)


def link() -> InProcessLink:
    return InProcessLink(lambda _: None)


async def test_a_screen_is_told_health_first_then_what_to_show() -> None:
    made = link()
    made.tell(show(1))
    made.tell(HEALTH)
    made.attach(asyncio.get_running_loop())
    assert [await made.told(), await made.told()] == [HEALTH, show(1)]


async def test_what_a_slow_screen_has_not_taken_is_replaced() -> None:
    made = link()
    made.attach(asyncio.get_running_loop())
    for revision in range(1000):
        made.tell(show(revision))
    assert await made.told() == show(999)


async def test_a_screen_that_waits_is_woken_from_another_thread() -> None:
    made = link()
    made.attach(asyncio.get_running_loop())
    waiting = asyncio.ensure_future(made.told())
    await asyncio.sleep(0)
    teller = Thread(target=made.tell, args=(show(7),))
    teller.start()
    assert await waiting == show(7)
    teller.join()


async def test_a_screen_that_attaches_anew_is_told_everything_again() -> None:
    made = link()
    made.attach(asyncio.get_running_loop())
    made.tell(show(3))
    made.tell(HEALTH)
    assert {await made.told(), await made.told()} == {show(3), HEALTH}
    made.attach(asyncio.get_running_loop())
    assert {await made.told(), await made.told()} == {show(3), HEALTH}


def test_telling_a_screen_whose_loop_is_closed_is_harmless() -> None:
    made = link()
    loop = asyncio.new_event_loop()
    made.attach(loop)
    loop.close()
    made.tell(show(1))


def test_a_request_goes_to_the_station() -> None:
    asked: list[wishes.Ask] = []
    InProcessLink(asked.append).ask(wishes.Ask(4, wishes.GoOn()))
    assert asked == [wishes.Ask(4, wishes.GoOn())]
