"""What is freed is given back to the system, and many threads share few heaps."""

import subprocess
import sys

from core.memory import _library
from core.paths import ROOT

GLIBC = _library() is not None  # with another C library all is asked as well, and does nothing

# Sixteen threads that are there at once, each of which takes and frees 15 MB in small pieces and
# keeps the last piece, behind which its heap cannot shrink by itself.
WORK = """
import threading, psutil, sys
from ctypes import CDLL, c_int, c_size_t, c_void_p
from core.memory import few_heaps, give_back
if "few" in sys.argv:
    few_heaps()
libc, me = CDLL(None), psutil.Process()
libc.malloc.restype, libc.free.argtypes = c_void_p, [c_void_p]
libc.memset.argtypes = [c_void_p, c_int, c_size_t]
all_there, turn = threading.Barrier(16), threading.Lock()

def run():
    libc.malloc(100)  # a heap
    all_there.wait()
    with turn:
        parts = [libc.malloc(60_000) for _ in range(250)]
        for part in parts:
            libc.memset(part, 1, 60_000)
        for part in parts[:-1]:
            libc.free(part)
    all_there.wait()

before = me.memory_info().rss
threads = [threading.Thread(target=run) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
held = me.memory_info().rss - before
give_back()
print(held, me.memory_info().rss - before)
"""


def held(*words: str) -> tuple[float, float]:
    """MB that a process holds after the work, and after it gave back what is free."""
    command = [sys.executable, "-c", WORK, *words]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    before, after = map(int, told.split())
    return before / 1e6, after / 1e6


def test_what_is_free_is_given_back():
    before, after = held()
    assert before > 100 or not GLIBC
    assert after < 20 or not GLIBC


def test_many_threads_share_few_heaps():
    few, _ = held("few")
    assert few < 60 or not GLIBC
