"""Captures of 64-byte TCP frames with the handshakes of their flows, one file a port, made by hand:
a packet library would take minutes for a hundred thousand flows."""
import random
import struct
from pathlib import Path

_GLOBAL = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_FRAME = 60  # 64 on the wire with its check sequence


def _sum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _frame(source, destination, flags, seq, ack, options=b""):
    """An IPv4 TCP frame without payload, checksums right, padded to the least Ethernet carries."""
    (src, sport, smac), (dst, dport, dmac) = source, destination
    length = 40 + len(options)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0x4000, 64, 6, 0, src, dst)
    ip = ip[:10] + struct.pack("!H", 0xFFFF - _sum(ip)) + ip[12:]
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (20 + len(options)) // 4 << 4, flags, 4096, 0, 0) + options
    pseudo = src + dst + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", 0xFFFF - _sum(pseudo + tcp)) + tcp[18:]
    return (dmac + smac + b"\x08\x00" + ip + tcp).ljust(_FRAME, b"\0")


_LAG = 256  # frames by which each step of a handshake trails the one before, on the other port


def _conversation(number, rng):
    """The four frames a flow needs: SYN, SYN-ACK, ACK of the client, ACK of the server."""
    client = (bytes([10, 1 + (number >> 16), number >> 8 & 255, number & 255]), 20000 + number % 30000,
              bytes.fromhex("020000000001"))
    server = (bytes([192, 0, 2, 1 + number % 200]), 443, bytes.fromhex("020000000002"))
    c, s = rng.getrandbits(31), rng.getrandbits(31)
    usual = bytes.fromhex("020405b4" "01030307" "01010402")
    return (_frame(client, server, 0x02, c, 0, usual), _frame(server, client, 0x12, s, c + 1, usual),
            _frame(client, server, 0x10, c + 1, s + 1), _frame(server, client, 0x10, s + 1, c + 1))


def write(folder: Path, flows: int, acks_each: int, seed=1):
    """(lan, wan): the server's frames and the client's, equally many, so that two ports read in turn
    stay in step. Each begins with the handshakes; then come ACKs of all flows in random order."""
    paths = folder / f"lan-{flows}.pcap", folder / f"wan-{flows}.pcap"
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    talks = [_conversation(number, rng) for number in range(flows)]
    first = _frame((b"\x0a\0\0\1", 1, b"\2" * 6), (b"\x0a\0\0\2", 1, b"\4" * 6), 0, 0, 0)  # of no flow

    def at(index, part):
        return talks[index][part] if 0 <= index < flows else first

    lan, wan = [], []
    for i in range(flows + 3 * _LAG):
        wan += [at(i, 0), at(i - 2 * _LAG, 2)]
        lan += [at(i - _LAG, 1), at(i - 3 * _LAG, 3)]
    for frames, part in ((lan, 3), (wan, 2)):
        acks = [talk[part] for talk in talks for _ in range(acks_each)]
        rng.shuffle(acks)
        frames += acks
    for path, frames in zip(paths, (lan, wan)):
        with open(path, "wb") as out:
            out.write(_GLOBAL)
            for frame in frames:
                out.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
    return paths


def plain(folder: Path, size: int, count: int):
    """(a, b): `count` TCP frames of one size (check sequence not counted), one flow, for who only forwards."""
    client = (b"\x0a\0\0\1", 20000, bytes.fromhex("020000000001"))
    server = (b"\x0a\0\0\2", 443, bytes.fromhex("020000000002"))
    paths = folder / f"a-{size}.pcap", folder / f"b-{size}.pcap"
    for path, ends in zip(paths, ((client, server), (server, client))):
        frame = _frame(*ends, 0x10, 1, 1).ljust(size, b"\0")
        record = struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
        path.write_bytes(_GLOBAL + record * count)
    return paths
