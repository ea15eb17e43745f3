"""A real browser for tests: Debian's Chromium without a window, its keys pressed, and its terminal read.

What it shows is read out of xterm.js's own buffer in the page: textual.js keeps its terminal to itself, so a script
that runs before the page's own catches it when it is made. No name leads anywhere but to this machine.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.tools import require_tool

PATIENCE_S: Final = 30.0
"""Seconds that anything in the browser may take."""

LOOK_S: Final = 0.05
"""Seconds between two looks at the page."""

FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,800"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
)

CATCH_TERMINAL: Final = """
Object.defineProperty(Object.prototype, "terminal", {
  configurable: true,
  set(value) {
    Object.defineProperty(this, "terminal", { value, writable: true, configurable: true, enumerable: true });
    if (value?.buffer && value.loadAddon) window.caughtTerminal = value;
  },
});
"""

READ_TERMINAL: Final = """
const terminal = window.caughtTerminal, lines = [];
if (!terminal?.element?.isConnected) return "";
for (let y = 0; y < terminal.rows; y++) lines.push(terminal.buffer.active.getLine(y)?.translateToString(true) ?? "");
return lines.join("\\n");
"""

READ_COLOURS: Final = """
const terminal = window.caughtTerminal, rows = [];
for (let y = 0; y < (terminal?.rows ?? 0); y++) {
  const line = terminal.buffer.active.getLine(y), many = {};
  for (let x = 0; x < terminal.cols; x++) {
    const colour = line?.getCell(x)?.getBgColor() ?? 0;
    many[colour] = (many[colour] ?? 0) + 1;
  }
  rows.push(Object.keys(many).filter((colour) => many[colour] > 4).sort());
}
return rows;
"""

KEYS: Final = {
    "enter": Keys.ENTER, "escape": Keys.ESCAPE, "tab": Keys.TAB, "space": " ",
    "up": Keys.UP, "down": Keys.DOWN, "left": Keys.LEFT, "right": Keys.RIGHT, "f9": Keys.F9,
}  # fmt: skip
"""Keys that write nothing, as the console calls them."""


class Browser:
    """One browser, with one page."""

    def __init__(self, driver: webdriver.Chrome, downloads: Path) -> None:
        self._driver = driver
        self._downloads = downloads
        self._messages: list[dict[str, Any]] = []

    def open(self, url: str) -> None:
        """Open a page."""
        self._driver.get(url)

    def press(self, *keys: str) -> None:
        """Press keys, each by its name or the character that it writes."""
        ActionChains(self._driver).send_keys(*(KEYS.get(each, each) for each in keys)).perform()

    def press_with_control(self, key: str) -> None:
        """Press a key while the control key is held."""
        ActionChains(self._driver).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()

    def fill(self, *lines: str) -> None:
        """Fill a form's fields, and do it by Enter; what is typed belongs to the next field once that is lit."""
        *before, last = lines
        for line in before:
            lit = self.lit()
            self.press(*line, "enter")
            self._until(self.lit, lambda now, lit=lit: now != lit, "another field lit")
        self.press(*last, "enter")

    def terminal(self) -> str:
        """What the page's terminal shows; empty while there is none."""
        return str(self._driver.execute_script(READ_TERMINAL))

    def lit(self) -> str:
        """How the terminal's rows are lit: the colours behind them, but for what is as small as a cursor."""
        return json.dumps(self._driver.execute_script(READ_COLOURS))

    def page(self) -> str:
        """What the page shows beside its terminal."""
        return str(self._driver.find_element(By.TAG_NAME, "body").text)

    def html(self) -> str:
        """The whole page as it is now."""
        return str(self._driver.page_source)

    def until(self, *words: str, gone: Sequence[str] = ()) -> str:
        """What the terminal shows, once all of these words are there and none of those."""

        def there(text: str) -> bool:
            return all(word in text for word in words) and not any(word in text for word in gone)

        return self._until(self.terminal, there, f"{words} and not {gone}")

    def until_page(self, word: str) -> str:
        """What the page shows beside its terminal, once this word is there."""
        return self._until(self.page, lambda text: word in text, word)

    def _until(self, look: Any, is_there: Any, wanted: str) -> str:
        pause, ends = Event(), monotonic() + PATIENCE_S
        while True:
            found = look()
            if is_there(found):
                return str(found)
            assert monotonic() < ends, f"expected {wanted}, got:\n{found}\n{self.complaints()}"
            pause.wait(LOOK_S)

    def until_downloaded(self, pattern: str) -> Path:
        """The file that was downloaded, once all of it is there."""
        self._until(lambda: [*self._downloads.glob(pattern)], bool, f"{pattern} in {self._downloads}")
        return next(self._downloads.glob(pattern))

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return self._driver.get_screenshot_as_png()

    def complaints(self) -> list[str]:
        """What the page's scripts and the browser had to complain of since the last time."""
        log: list[dict[str, Any]] = self._driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [each["message"] for each in log if each["level"] == "SEVERE"]

    def asked_for(self) -> list[str]:
        """Every address that the page asked for, websockets too."""
        self._hear()
        started = [each["params"]["request"]["url"] for each in self._of("Network.requestWillBeSent")]
        return started + [each["params"]["url"] for each in self._of("Network.webSocketCreated")]

    def received(self) -> str:
        """Everything that came over the page's websockets, as it came."""
        self._hear()
        return "".join(each["params"]["response"]["payloadData"] for each in self._of("Network.webSocketFrameReceived"))

    def _of(self, method: str) -> list[dict[str, Any]]:
        return [each for each in self._messages if each["method"] == method]

    def _hear(self) -> None:
        log: list[dict[str, Any]] = self._driver.get_log("performance")  # type: ignore[no-untyped-call]
        self._messages += [json.loads(each["message"])["message"] for each in log]


@contextmanager
def browser(downloads: Path, *, trusts_any_certificate: bool = False) -> Iterator[Browser]:
    """A browser of its own: no other has its cookies.

    Args:
        downloads: The folder that it downloads to.
        trusts_any_certificate: It does not warn of one that nobody vouches for.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = str(require_tool("chromium", package="chromium"))
    for flag in FLAGS:
        options.add_argument(flag)
    options.accept_insecure_certs = trusts_any_certificate
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(str(require_tool("chromedriver", package="chromium-driver")))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CATCH_TERMINAL})
        yield Browser(driver, downloads)
    finally:
        driver.quit()
