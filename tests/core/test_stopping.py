"""A process that is asked to stop does, by whichever signal, at whatever moment."""

import signal
import subprocess
import sys
import time

import pytest

from core.paths import ROOT

STUCK = f"""
import os, sys, time, threading
sys.path.insert(0, {str(ROOT)!r})
from core import stopping
stop = stopping.Stop()
stop.listen()
stop.at_the_end(lambda: os.write(1, b"tidied\\n"))  # print may be at work when a signal comes
threading.Thread(target=time.sleep, args=(60,)).start()  # computes, and cannot be interrupted
"""
SERVING = """
stop.not_at_once()
print("serves", flush=True)
stop.wait()
print("finishes", flush=True)
"""


def start(code):
    return subprocess.Popen(
        [sys.executable, "-c", STUCK + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_end_it_whatever_still_computes(number):
    process = start(SERVING + "stop.end()")
    assert process.stdout.readline() == "serves\n"
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "finishes\ntidied\n")


def test_the_second_signal_does_not_wait():
    process = start(SERVING + "time.sleep(60)")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "finishes\n"
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (128 + signal.SIGTERM, "tidied\n")


def test_what_does_not_finish_is_left_behind_in_time():
    process = start("stopping.WITHIN = 0.5\n" + SERVING + "time.sleep(60)")
    process.stdout.readline()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "finishes\ntidied\n")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("last", ["", "stop.at_the_end(lambda: 1 / 0)\n"])
def test_who_is_asked_to_stop_before_it_serves_stops_at_once_whatever_fails(last):
    process = start(f"{last}print('begins', flush=True)\ntime.sleep(60)")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "tidied\n")
