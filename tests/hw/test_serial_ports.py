import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from hw.errors import DeviceFault, FaultKind
from hw.serial_line import SerialLine
from hw.serial_ports import LOOKS, ListPorts, PathPort, UsbPort, find_port, usb_seen


def usb(device: str, vendor_id: int, product_id: int, serial_number: str | None) -> ListPortInfo:
    port = ListPortInfo(device)
    port.vid, port.pid, port.serial_number = vendor_id, product_id, serial_number
    return port


ZEBRA = usb("/dev/ttyACM0", 0x05E0, 0x1701, "S1")
ZEBRA_TWO = usb("/dev/ttyACM3", 0x05E0, 0x1701, "S2")
BARE = ListPortInfo("/dev/ttyAMA0")


@pytest.fixture
def pty_ends() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_port_by_path_keeps_its_name(pty_ends: tuple[int, str], tmp_path: Path) -> None:
    link = tmp_path / "seal-scanner"
    link.symlink_to(pty_ends[1])
    assert find_port("scanner", PathPort(link)) == str(link)


def test_a_missing_path_names_the_ports_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault) as caught:
        find_port("scanner", PathPort(tmp_path / "none"), ports=lambda: [BARE, ZEBRA])
    assert caught.value.expected == f"a serial port at {tmp_path / 'none'}"
    expected = "No such file or directory; these ports: /dev/ttyACM0 (05e0:1701 serial number S1), /dev/ttyAMA0"
    assert caught.value.got == expected
    assert caught.value.kind is FaultKind.MISSING


def test_a_link_left_behind_by_an_unplug_is_a_missing_port(tmp_path: Path) -> None:
    link = tmp_path / "port"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(DeviceFault, match="No such file"):
        find_port("scanner", PathPort(link), ports=list)


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DeviceFault, match="no character device"):
        find_port("scanner", PathPort(file))


def test_a_usb_device_is_found_whatever_its_number() -> None:
    for device in ("/dev/ttyACM0", "/dev/ttyACM7"):
        ports = iter((BARE, usb(device, 0x05E0, 0x1701, "S1"), usb("/dev/ttyUSB0", 0x0403, 0x6001, "S1")))
        assert find_port("scanner", UsbPort(0x05E0, 0x1701), ports=ports.__iter__) == device


def test_the_serial_number_tells_two_alike_apart() -> None:
    assert find_port("scanner", UsbPort(0x05E0, 0x1701, "S2"), ports=lambda: [ZEBRA, ZEBRA_TWO]) == "/dev/ttyACM3"


def test_two_alike_without_a_serial_number_are_refused_by_name() -> None:
    with pytest.raises(DeviceFault) as caught:
        find_port("scanner", UsbPort(0x05E0, 0x1701), ports=lambda: [ZEBRA_TWO, ZEBRA])
    assert caught.value.expected == "one serial port on USB device 05e0:1701"
    assert caught.value.got == (
        "2: /dev/ttyACM0 (05e0:1701 serial number S1), /dev/ttyACM3 (05e0:1701 serial number S2)"
    )


@pytest.mark.parametrize("name", [UsbPort(0x05E0, 0x1702), UsbPort(0x05E1, 0x1701), UsbPort(0x05E0, 0x1701, "s1")])
def test_no_match_names_what_was_sought_and_what_is_there(name: UsbPort) -> None:
    with pytest.raises(DeviceFault) as caught:
        find_port("scanner", name, ports=lambda: [ZEBRA])
    assert caught.value.expected == f"a serial port on {name}"
    assert caught.value.got == "these ports: /dev/ttyACM0 (05e0:1701 serial number S1)"


def test_a_machine_without_ports_says_so() -> None:
    with pytest.raises(DeviceFault, match="no serial port at all"):
        find_port("scanner", UsbPort(0x05E0, 0x1701), ports=list)


def test_the_ports_of_this_machine_can_be_listed() -> None:
    with pytest.raises(DeviceFault, match="a serial port on USB device ffff:ffff"):
        find_port("scanner", UsbPort(0xFFFF, 0xFFFF))


def unplugging(times: int) -> ListPorts:
    """Lists ports as pyserial does while a device is unplugged, so many times; then those that are left."""
    left = [times]

    def ports() -> list[ListPortInfo]:
        if left[0] > 0:
            left[0] -= 1
            raise TypeError("int() can't convert non-string with explicit base")
        return [ZEBRA, BARE]

    return ports


def test_a_port_is_identified_by_what_its_usb_device_says_of_itself(tmp_path: Path) -> None:
    link = tmp_path / "seal-scanner"
    link.symlink_to("/dev/ttyACM0")
    for path in (str(link), "/dev/ttyACM0"):
        assert usb_seen(path, ports=lambda: [BARE, ZEBRA_TWO, ZEBRA]).identity == "05e0:1701 S1"


@pytest.mark.parametrize(
    ("location", "place"), [("1-1.3", "1-1.3"), ("1-1.3:1.0", "1-1.3"), ("3-2", "3-2"), (None, "")]
)
def test_a_port_says_where_on_the_usb_its_device_is_plugged_in(location: str | None, place: str) -> None:
    port = usb("/dev/ttyACM0", 0x05E0, 0x1701, "S1")
    port.location = location
    assert usb_seen("/dev/ttyACM0", ports=lambda: [port]).place == place


def test_a_device_without_a_serial_number_is_known_by_its_kind_alone() -> None:
    for serial_number in (None, ""):
        port = usb("/dev/ttyUSB0", 0x1A86, 0x7523, serial_number)
        assert usb_seen("/dev/ttyUSB0", ports=lambda port=port: [port]).identity == "1a86:7523"  # type: ignore[misc]


def test_a_port_of_the_board_a_pty_and_one_that_is_gone_have_no_identity(pty_ends: tuple[int, str]) -> None:
    for path in ("/dev/ttyAMA0", pty_ends[1], "/dev/ttyACM7"):
        assert usb_seen(path, ports=lambda: [BARE, ZEBRA]).identity == ""
    assert usb_seen(pty_ends[1]).identity == ""


def test_what_would_disturb_a_list_or_a_terminal_stands_escaped_in_an_identity() -> None:
    port = usb("/dev/ttyACM0", 0x05E0, 0x1701, "S\x1b[2J\u202e1")
    assert usb_seen("/dev/ttyACM0", ports=lambda: [port]).identity == "05e0:1701 S\\x1b[2J\\x202e1"


def test_a_device_that_is_unplugged_while_ports_are_looked_at_hides_no_other() -> None:
    once = unplugging(LOOKS - 1)
    assert find_port("scanner", UsbPort(0x05E0, 0x1701), ports=once) == "/dev/ttyACM0"
    assert usb_seen("/dev/ttyACM0", ports=unplugging(LOOKS - 1)).identity == "05e0:1701 S1"
    assert usb_seen("/dev/ttyACM0", ports=unplugging(LOOKS)).identity == ""
    with pytest.raises(DeviceFault, match="a serial port on USB device 05e0:1701"):
        find_port("scanner", UsbPort(0x05E0, 0x1701), ports=unplugging(2 * LOOKS))


def test_names_that_cannot_be_are_refused_when_made() -> None:
    with pytest.raises(ValueError, match="absolute path"):
        PathPort(Path("ttyUSB0"))
    with pytest.raises(ValueError, match="vendor id"):
        UsbPort(0x10000, 1)
    with pytest.raises(ValueError, match="product id"):
        UsbPort(1, -1)


def test_a_line_carries_bytes_both_ways_and_silence_is_empty(pty_ends: tuple[int, str]) -> None:
    master, path = pty_ends
    with SerialLine("scanner", path, baud=9600, wait_s=0.01) as line:
        assert line.read() == b""
        os.write(master, b"\x00\xff\r\n\x03")
        assert line.read() == b"\x00\xff\r\n\x03"
        line.write(b"\x04\xd0\r")
        assert os.read(master, 10) == b"\x04\xd0\r"


def test_a_port_in_use_is_not_shared_and_the_fault_says_so(pty_ends: tuple[int, str]) -> None:
    with SerialLine("scanner", pty_ends[1], baud=9600, wait_s=0.01):
        with pytest.raises(DeviceFault) as caught:
            SerialLine("seal reader", pty_ends[1], baud=9600, wait_s=0.01)
        assert caught.value.mend == "end the other program that holds the port"
    SerialLine("seal reader", pty_ends[1], baud=9600, wait_s=0.01).close()


def test_a_file_that_is_no_terminal_cannot_be_opened_as_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DeviceFault, match="to open"):
        SerialLine("scanner", str(file), baud=9600, wait_s=0.01)


def test_a_hang_up_is_a_fault_for_reading_and_writing() -> None:
    master, slave = os.openpty()
    path = os.ttyname(slave)
    with SerialLine("scanner", path, baud=9600, wait_s=5.0) as line:
        os.close(master)
        os.close(slave)
        with pytest.raises(DeviceFault, match="bytes or silence"):
            line.read()
        with pytest.raises(DeviceFault, match="to send"):
            line.write(b"x")


def test_an_opened_and_closed_line_leaves_no_descriptor(pty_ends: tuple[int, str]) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        line = SerialLine("scanner", pty_ends[1], baud=9600, wait_s=0.01)
        line.close()
        line.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
