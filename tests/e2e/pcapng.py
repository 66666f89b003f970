"""Reads what the emulator writes: pcapng with one comment per packet, little endian."""
import struct
from dataclasses import dataclass
from pathlib import Path

_ENHANCED_PACKET, _COMMENT = 6, 1


@dataclass(frozen=True)
class Frame:
    port: str
    at_ns: int
    data: bytes
    comment: str


def frames(path: Path):
    """Every whole packet of the file; one cut in half by a full disk ends it."""
    raw, at, out = path.read_bytes(), 0, []
    while at + 12 <= len(raw):
        kind, length = struct.unpack_from("<II", raw, at)
        if length < 12 or at + length > len(raw):
            break
        if kind == _ENHANCED_PACKET:
            out.append(_packet(raw[at + 8:at + length - 4]))
        at += length
    return out


def _packet(body):
    port, high, low, captured, _ = struct.unpack_from("<5I", body)
    options, comment = 20 + (captured + 3) // 4 * 4, ""
    while options + 4 <= len(body):
        code, size = struct.unpack_from("<HH", body, options)
        if code == 0:
            break
        if code == _COMMENT:
            comment = body[options + 4:options + 4 + size].decode()
        options += 4 + (size + 3) // 4 * 4
    return Frame("ab"[port], high << 32 | low, body[20:20 + captured], comment)
