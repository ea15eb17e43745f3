"""How the kernel is asked who has the header's lines: the sizes and places of its own structures."""

import fcntl
import struct
import subprocess
from pathlib import Path

import pytest

from hw import gpio_lines
from hw.gpio_lines import NoSuchChip, lines_in_use
from tests.tools import require_tool

HEADER = Path("/usr/include/linux/gpio.h")


class Chips:
    """Takes ioctl's place: chips that answer as the kernel does."""

    def __init__(self, folder: Path, labels: dict[str, str], used: dict[int, tuple[int, str]]) -> None:
        self.labels = {str(folder / name): label for name, label in labels.items()}
        self.used = used
        for path in self.labels:
            Path(path).touch()

    def ioctl(self, handle: int, request: int, data: bytes) -> bytes:
        path = str(Path(f"/proc/self/fd/{handle}").readlink())
        if request == 0x8044B401:
            assert len(data) == 68
            return struct.pack("=32s32sI", Path(path).name.encode(), self.labels[path].encode(), 58)
        assert (request, len(data)) == (0xC100B405, 256)
        (line,) = struct.unpack_from("=I", data, 64)
        flags, consumer = self.used.get(line, (0, ""))
        return struct.pack("=32s32sIIQ160s16s", f"GPIO{line}".encode(), consumer.encode(), line, 0, flags, b"", b"")


def test_lines_that_are_used_are_told_with_who_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"gpiochip0": "brcmvirt-gpio", "gpiochip4": "pinctrl-rp1"}
    chips = Chips(tmp_path, labels, {17: (1, "onewire@0"), 22: (4, "no"), 5: (9, "")})
    monkeypatch.setattr(fcntl, "ioctl", chips.ioctl)
    assert lines_in_use("pinctrl-rp1", [17, 22, 5, 6], tmp_path) == {17: "onewire@0", 5: "the kernel"}


def test_a_chip_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSuchChip, match="none"):
        lines_in_use("pinctrl-bcm2711", [17], tmp_path)
    monkeypatch.setattr(fcntl, "ioctl", Chips(tmp_path, {"gpiochip0": "pinctrl-rp1"}, {}).ioctl)
    with pytest.raises(NoSuchChip, match="pinctrl-rp1"):
        lines_in_use("pinctrl-bcm2711", [17], tmp_path)


@pytest.mark.long
def test_the_structures_are_those_of_the_kernels_own_header(tmp_path: Path) -> None:
    gcc = require_tool("gcc", package="gcc")
    assert HEADER.exists(), "expected linux/gpio.h, got none; apt-get install linux-libc-dev"
    source = tmp_path / "sizes.c"
    source.write_text(
        "#include <stdio.h>\n#include <stddef.h>\n#include <linux/gpio.h>\n"
        'int main(void) { printf("%zu %zu %lu %lu %zu %zu %llu", sizeof(struct gpiochip_info),'
        " sizeof(struct gpio_v2_line_info), (unsigned long)GPIO_GET_CHIPINFO_IOCTL,"
        " (unsigned long)GPIO_V2_GET_LINEINFO_IOCTL, offsetof(struct gpio_v2_line_info, offset),"
        " offsetof(struct gpio_v2_line_info, flags), (unsigned long long)GPIO_V2_LINE_FLAG_USED); }\n"
    )
    subprocess.run([str(gcc), str(source), "-o", str(tmp_path / "sizes")], check=True)
    said = [int(each) for each in subprocess.run([tmp_path / "sizes"], capture_output=True, check=True).stdout.split()]
    sizes = [gpio_lines._CHIP_INFO.size, gpio_lines._LINE_INFO.size]
    assert said == [*sizes, gpio_lines._GET_CHIP_INFO, gpio_lines._GET_LINE_INFO, 64, 72, gpio_lines._USED]
