"""A recording stand-in of the module lgpio 0.2.2, as far as rpi-lgpio 0.6 uses it for plain inputs and outputs.

Written from the descriptions of each function in lgpio.py. ``levels`` is what stands on the lines; ``claimed`` holds
the LG bits of gpio_get_mode; ``log`` every claim, write and release in order.
"""

SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
GPIO_BUSY, GPIO_NOT_ALLOCATED = -79, -80
LG_INPUT, LG_OUTPUT, KERNEL_OUTPUT = 256, 512, 2

log: list[list[object]] = []
levels: dict[int, int] = {}
claimed: dict[int, int] = {}
busy: set[int] = set()


class error(Exception):  # noqa: N801 - lgpio's own name
    def __init__(self, value: str) -> None:
        self.value = value

    def __str__(self) -> str:
        return repr(self.value)


def error_text(number: int) -> str:
    return {GPIO_BUSY: "GPIO busy", GPIO_NOT_ALLOCATED: "GPIO not allocated"}[number]


def gpiochip_open(gpiochip: int) -> int:
    log.append(["open", gpiochip])
    return 0


def gpio_get_mode(handle: int, gpio: int) -> int:
    lg = claimed.get(gpio, 0)
    return lg | (KERNEL_OUTPUT if lg == LG_OUTPUT else 0)


def _claim(gpio: int, mode: int) -> None:
    if gpio in busy:
        raise error(error_text(GPIO_BUSY))
    claimed[gpio] = mode


def gpio_claim_input(handle: int, gpio: int, flags: int = 0) -> int:
    _claim(gpio, LG_INPUT)
    log.append(["in", gpio, flags])
    if flags != SET_PULL_NONE:
        levels[gpio] = int(flags == SET_PULL_UP)
    return 0


def gpio_claim_output(handle: int, gpio: int, level: int = 0, flags: int = 0) -> int:
    _claim(gpio, LG_OUTPUT)
    log.append(["out", gpio, int(level)])
    levels[gpio] = int(level)
    return 0


def gpio_free(handle: int, gpio: int) -> int:
    if claimed.pop(gpio, None) is None:
        raise error(error_text(GPIO_NOT_ALLOCATED))
    log.append(["free", gpio])
    return 0


def gpio_read(handle: int, gpio: int) -> int:
    return levels.get(gpio, 0)


def gpio_write(handle: int, gpio: int, level: int) -> int:
    log.append(["write", gpio, int(level)])
    levels[gpio] = int(level)
    return 0
