"""What a machine's real-time clocks say of themselves."""

from pathlib import Path

from hw.real_time_clock import RealTimeClock, real_time_clocks


def test_each_clock_is_told_and_what_it_does_not_say_is_unknown(tmp_path: Path) -> None:
    files = {
        "rtc0/name": "rpi_rtc soc@107c000000:rpi_rtc\n", "rtc0/since_epoch": "1777921200\n", "rtc0/hctosys": "1\n",
        "rtc0/battery_voltage": "3020161\n", "rtc1/hctosys": "0\n", "rtc1/since_epoch": "rubbish",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert real_time_clocks(tmp_path) == (
        RealTimeClock("rtc0", "rpi_rtc soc@107c000000:rpi_rtc", 1_777_921_200, True, 3_020_161),
        RealTimeClock("rtc1", "", None, False, None),
    )
    assert real_time_clocks(tmp_path / "none") == ()
