"""A VLAN port for kernels without one: `tagger.py TRUNK ACCESS ID` carries frames between an interface
that speaks tagged and one that does not, until it is stopped. Prints `ready`."""
import select
import socket
import struct
import sys

_SOL_PACKET, _PACKET_AUXDATA, _PACKET_IGNORE_OUTGOING = 263, 8, 23
_VLAN_VALID = 1 << 4


def _open(interface):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    opened.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    opened.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    opened.bind((interface, 0))
    opened.setblocking(False)
    return opened


def _tag_of(ancillary):
    for _, kind, data in ancillary:
        if kind == _PACKET_AUXDATA:
            status, tci = struct.unpack_from("=I", data)[0], struct.unpack_from("=H", data, 16)[0]
            return tci & 0xFFF if status & _VLAN_VALID else None
    return None


def _frames(opened):
    for _ in range(64):
        try:
            frame, ancillary, _, _ = opened.recvmsg(65536, 128)
        except BlockingIOError:
            return
        yield frame, _tag_of(ancillary)


def main():
    trunk, access, number = _open(sys.argv[1]), _open(sys.argv[2]), int(sys.argv[3])
    tag = struct.pack("!HH", 0x8100, number)
    print("ready", flush=True)
    while True:
        for readable in select.select([trunk, access], [], [])[0]:
            for frame, seen in _frames(readable):
                try:
                    if readable is access:
                        trunk.send(frame[:12] + tag + frame[12:])
                    elif seen == number:
                        access.send(frame)
                except OSError:  # a full queue drops, as a cable's end does
                    pass


if __name__ == "__main__":
    main()
