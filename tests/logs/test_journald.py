"""The genuine systemd-journald takes our lines: in a mount namespace of its own, with a /run that is thrown away."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import require_tool

LIMIT_S = 60

WRITES = """
import sys
from pathlib import Path
import structlog
from kiosk.logs import LogTo, log_for_kiosk

log_for_kiosk(Path(sys.argv[1]), LogTo.AUTO, {"INVOCATION_ID": "0" * 32})
log = structlog.get_logger("drivers").bind(device="seal scanner")
log.warning("device lost", expected="an answer", got="nothing", mend="pull the cable", fault="x" * 500)
try:
    [][7]
except IndexError:
    log.exception("the screen crashed")
"""

IN_A_RUN_OF_ITS_OWN = """
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/systemd/units /run/log/journal
{journald} & journald=$!
trap 'kill $journald; wait $journald || true' EXIT
for _ in $(seq 500); do [ -S /run/systemd/journal/socket ] && break; sleep 0.02; done
{python} -c {writes} {data}
{journalctl} --sync >/dev/null 2>&1 || true
for _ in $(seq 500); do
    {journalctl} -D /run/log/journal -t sealgate -o json --no-pager SEALGATE_DEVICE='seal scanner' >{out}
    [ "$(wc -l <{out})" -ge 2 ] && break
    sleep 0.02
done
"""


@pytest.mark.long
def test_the_genuine_journal_has_our_lines_with_their_fields_and_priorities(tmp_path: Path) -> None:
    journald = require_tool("/lib/systemd/systemd-journald", package="systemd")
    journalctl = Path(os.path.realpath("/bin/journalctl"))
    out = tmp_path / "read.jsonl"
    script = IN_A_RUN_OF_ITS_OWN.format(
        journald=shlex.quote(str(journald)),
        journalctl=shlex.quote(str(journalctl)),
        python=shlex.quote(sys.executable),
        writes=shlex.quote(WRITES),
        data=shlex.quote(str(tmp_path / "data")),
        out=shlex.quote(str(out)),
    )
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    run = subprocess.run([*apart, "bash", "-c", script], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    lost, crashed = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (lost["PRIORITY"], lost["SYSLOG_IDENTIFIER"], lost["_TRANSPORT"]) == ("4", "sealgate", "journal")
    assert lost["MESSAGE"].startswith("device lost: device=seal scanner, expected=an answer, got=nothing, mend=pull")
    assert (lost["SEALGATE_EVENT"], lost["SEALGATE_FAULT"]) == ("device lost", "x" * 500)
    assert (crashed["PRIORITY"], crashed["SEALGATE_EXCEPTION"].splitlines()[-1]) == ("3", "IndexError")
    assert not (tmp_path / "data" / "log" / "kiosk.log").exists()
