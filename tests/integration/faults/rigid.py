"""The real daemon, whose file system becomes read-only at one exact moment, with its files open.

So ext4 does after a fault of the disk (``errors=remount-ro``): whatever would change a file answers EROFS from then on.
``mount -o remount,ro`` is refused while files are open for writing, so the process forbids it to itself, in all of its
threads at once, by a filter of seccomp(2). Sockets and pipes go on, so that the network and the log work.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import default

SIGNAL = signal.SIGUSR1
MOMENT = "hanya-baca"
"""What it says on standard error at that moment."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# By linux/audit.h, and asm/unistd.h of each machine. Changing calls, calls that open (and which argument holds the
# flags), and seccomp(2) itself. fsync(2) is none of them: it has nothing to write. Neither is write(2), which sockets
# and pipes need, too: SQLite writes by pwrite64(2), and nothing that is not open yet can be opened for writing.
_MACHINES: dict[str, tuple[int, tuple[int, ...], dict[int, int], int]] = {
    "x86_64": (
        0xC000003E,
        # pwrite64, truncate, ftruncate, rename, mkdir, rmdir, creat, link, unlink, symlink, chmod, fchmod, mkdirat,
        # unlinkat, renameat, linkat, symlinkat, fchmodat, fallocate, pwritev, renameat2, copy_file_range, pwritev2
        (18, 76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 258, 263, 264, 265, 266, 268, 285, 296, 316, 326, 328),
        {2: 1, 257: 2},  # open, openat
        317,
    ),
    "aarch64": (
        0xC00000B7,
        # mkdirat, unlinkat, symlinkat, linkat, renameat, truncate, ftruncate, fallocate, fchmod, fchmodat, pwrite64,
        # pwritev, renameat2, copy_file_range, pwritev2
        (34, 35, 36, 37, 38, 45, 46, 47, 52, 53, 68, 70, 276, 285, 287),
        {56: 2},  # openat
        277,
    ),
}  # fmt: skip
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _FLAG_TSYNC = 38, 1, 1
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06


def able() -> bool:
    """Whether this system lets a process do that to itself."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    # SECCOMP_GET_ACTION_AVAIL changes nothing.
    action = ctypes.c_uint32(_ERRNO)
    return not ctypes.CDLL(None).syscall(_MACHINES[platform.machine()][3], 2, 0, ctypes.byref(action))


def freeze() -> None:
    """From now on no thread of this process changes a file. There is no way back, for its children neither."""
    architecture, changing, opening, seccomp = _MACHINES[platform.machine()]
    steps = _filter(architecture, changing, opening)
    code = ctypes.create_string_buffer(b"".join(steps))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    program = Program(len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(
        seccomp, _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(program)
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


def _filter(architecture: int, changing: tuple[int, ...], opening: dict[int, int]) -> list[bytes]:
    """The filter's steps: code, jump where it holds, jump where not, value (linux/filter.h)."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    refuse, allow = step(_RETURN, _ERRNO | errno.EROFS), step(_RETURN, _ALLOW)
    steps = [step(_LOAD, 4), step(_EQUAL, architecture, yes=1), allow, step(_LOAD, 0)]
    for number in changing:
        steps += [step(_EQUAL, number, no=1), refuse]
    for number, argument in opening.items():
        flags = 16 + 8 * argument  # the lower half: both machines are little-endian
        steps += [
            step(_EQUAL, number, no=4),
            step(_LOAD, flags),
            step(_ANY_BIT, _WRITING, no=1),
            refuse,
            allow,
        ]
    return [*steps, allow]


def live(moment: str, *command: str) -> None:
    """One life of the daemon: read-only from :data:`SIGNAL` on; with the *moment* ``"claim"`` right before the commit
    that would make its first claim true.
    """
    done = threading.Lock()

    def now(*_: Any) -> None:
        if done.acquire(blocking=False):
            freeze()
            os.write(2, f"{MOMENT}\n".encode())

    signal.signal(SIGNAL, now)
    execute, commit = default.DefaultDialect.do_execute, default.DefaultDialect.do_commit
    claiming = threading.local()

    def do_execute(dialect: Any, cursor: Any, statement: str, *more: Any) -> None:
        if statement.lstrip().startswith("INSERT INTO humasbot_attempt"):
            claiming.now = True
        execute(dialect, cursor, statement, *more)

    def do_commit(dialect: Any, connection: Any) -> None:
        if moment == "claim" and getattr(claiming, "now", False):
            now()
        commit(dialect, connection)

    default.DefaultDialect.do_execute = do_execute  # type: ignore[method-assign]  # the fault itself
    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault itself
    from humasbot import daemon
    from humasbot.cli import main as humasbot

    daemon.JOBS = tuple(replace(job, every=min(job.every, timedelta(seconds=0.5))) for job in daemon.JOBS)
    sys.argv = ["humasbot", *command]
    humasbot()
