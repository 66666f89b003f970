"""Kernel sockets in a rig's namespaces, for tests that need more than the probe does."""
import socket
import struct
import threading

from lab.netns import inside


def listening(rig, port, kind=socket.SOCK_STREAM, address=None):
    family = socket.AF_INET6 if address and ":" in address else socket.AF_INET
    with inside(rig.server):
        opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address or rig.SERVER, port))
    if kind == socket.SOCK_STREAM:
        opened.listen(300)
    opened.settimeout(20)
    return opened


def client(rig, kind=socket.SOCK_STREAM, family=socket.AF_INET):
    with inside(rig.client):
        opened = socket.socket(family, kind)
    opened.settimeout(20)
    return opened


def pair(rig, port=7000, address=None):
    """(server end, client end) of one connection."""
    with listening(rig, port, address=address) as waiting:
        near = client(rig, family=waiting.family)
        near.connect((address or rig.SERVER, port))
        far, _ = waiting.accept()
    far.settimeout(20)
    return far, near


def reset(opened):
    """Closes with RST."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    opened.close()


def read_all(opened) -> bytes:
    parts = []
    while part := opened.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def beside(work):
    """Runs `work` in a thread; calling the answer waits for its end and returns what it returned."""
    outcome = []

    def run():
        try:
            outcome.append((work(), None))
        except Exception as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join():
        thread.join(60)
        if not outcome:
            raise TimeoutError("the other end did not finish within 60 s")
        if outcome[0][1]:
            raise outcome[0][1]
        return outcome[0][0]

    return join
