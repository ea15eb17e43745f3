"""What holds for every test: nothing is left behind, and generated examples are the same on every machine."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.leaks import GRACE_S, adopt_orphans, holdings, left_behind

LONG_EXAMPLES = 2_000
"""Examples for each property in the long run: some ten times those of the default run, and new ones every time."""

# A slow machine is no failure here: pytest-timeout bounds each test as a whole.
SLOW_IS_FINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("default", SLOW_IS_FINE, derandomize=True)
settings.register_profile("long", SLOW_IS_FINE, derandomize=False, max_examples=LONG_EXAMPLES)
settings.load_profile("default")


def pytest_configure() -> None:
    """Make daemons that tests start visible to the look-out below."""
    adopt_orphans()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or an open file behind."""
    before = holdings()
    yield
    left = left_behind(before)
    if left:
        pytest.fail(
            "expected the test to end what it starts and close what it opens; left behind: " + "; ".join(left),
            pytrace=False,
        )


@pytest.fixture(autouse=True)
def no_task_left_pending(request: pytest.FixtureRequest, nothing_left_behind: None) -> None:
    """Fail an asynchronous test that leaves a task running in its event loop."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("watched_event_loop")


@pytest_asyncio.fixture
async def watched_event_loop() -> AsyncIterator[None]:
    """Stand before all other asynchronous fixtures of a test, so as to look when they are done."""
    before = asyncio.all_tasks()
    yield
    pending = asyncio.all_tasks() - before - {asyncio.current_task()}
    if pending:
        _, pending = await asyncio.wait(pending, timeout=GRACE_S)
    if pending:
        names = "; ".join(f"{task.get_name()} in {task.get_coro()!r}" for task in pending)
        pytest.fail(
            f"expected every task of the test to be awaited or cancelled; still pending: {names}", pytrace=False
        )
