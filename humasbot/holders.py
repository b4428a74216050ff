"""Who holds a claim: a name from which anybody on the same machine can tell whether its process still lives."""

import os
import secrets
from pathlib import Path


def worker_name() -> str:
    """This process: machine, pid namespace, number and start, and a word of its own."""
    return "/".join((*_machine(), str(os.getpid()), _look(os.getpid())[1], secrets.token_hex(4)))


def is_here(worker: str) -> bool:
    """Whether the holder is of this machine and pid namespace, so that :func:`is_dead` is the whole truth of it."""
    boot, namespace, *_ = (*worker.split("/"), "", "")
    return bool(boot) and (boot, namespace) == _machine()


def is_dead(worker: str) -> bool:
    """Whether the holder surely lives no more: same machine and pid namespace, and no such process."""
    _, _, pid, started, *_ = (*worker.split("/"), "", "", "", "")
    if not is_here(worker) or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's, and alive
        pass
    state, began = _look(int(pid))
    # Where /proc hides the processes of other users (hidepid, systemd's ProtectProc) there is nothing to compare.
    return state in ("Z", "X") or bool(began and started and began != started)


def _machine() -> tuple[str, str]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        return "", ""


def _look(pid: int) -> tuple[str, str]:
    """The state of a process and the moment it began, as the kernel writes them; empty where that is hidden."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = line.rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return "", ""
