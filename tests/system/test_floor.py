"""A floor of sixty desk units whose broker is killed: all come back, and not all at once."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESKS = 60


def test_desk_units_sign_in_again_after_a_brokers_restart() -> None:
    line = f"-m edge bench floor --desks {DESKS} --boards 5 --presses-per-s 10 --seconds 2 --restart-broker --json"
    done = subprocess.run([sys.executable, *line.split()], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["presses"], found["lost"], found["doubled"], found["unconfirmed"]) == (20, 0, 0, 0)
    again = found["restart"]
    assert (again["left_behind"], again["refused"]) == (0, 0)
    assert again["sign_ins"] >= DESKS + 5
    assert again["all_ready_s"] < 60
    assert found["edge_cpu_s"] > 0 and found["devices_cpu_s"] > 0 and found["edge_rss_mb"] > 10
