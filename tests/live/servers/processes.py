"""Looking at processes from outside, by the kernel's own tables: their children, and where they listen."""

import array
import os
import socket
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> set[int]:
    """The processes below *pid*, at any depth."""
    found: set[int] = set()
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found |= {child, *children(child)}
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet collected by its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def _sockets(pid: int) -> set[str]:
    """The numbers of the sockets that the process *pid* has open; none when it has just ended."""
    links: list[str] = []
    try:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):  # closed since it was listed
                links.append(os.readlink(entry))
    except FileNotFoundError:
        return set()
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}


def listening(pid: int) -> set[str]:
    """The addresses on which the process *pid* and those below it listen for TCP."""
    sockets = set().union(*(_sockets(one) for one in {pid, *children(pid)}))
    addresses: set[str] = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if columns[3] == "0A" and columns[9] in sockets:
                packed = array.array("I", bytes.fromhex(columns[1].partition(":")[0]))
                packed.byteswap()
                addresses.add(socket.inet_ntop(family, packed.tobytes()))
    return addresses
