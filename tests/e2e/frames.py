"""Raw frames: many kinds to send through the box, and sockets that send and receive them whole."""
import random
import socket
import struct
import time

from lab.netns import inside

MARK = bytes.fromhex("02beef")  # how the sources of our frames begin, to tell them from the kernel's

_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_AUXDATA = 263, 8
_VLAN_VALID, _VLAN_TPID_VALID = 1 << 4, 1 << 6
_OUTGOING = 4


class Wire:
    """An AF_PACKET socket on one interface of a namespace. Received frames come with the VLAN tag
    back in its place, which the kernel takes out of them."""

    def __init__(self, namespace, interface):
        with inside(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
            self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
            self._socket.bind((interface, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, frame):
        self._socket.send(frame)

    def receive(self, count, seconds=3.0, linger=0.2):
        """Marked frames in their order, until there are `count` and a moment more, or time is up."""
        frames, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                frame, ancillary, _, address = self._socket.recvmsg(65536, 256)
            except TimeoutError:
                break
            frame = _retag(frame, ancillary)
            if address[2] == _OUTGOING or frame[6:9] != MARK:
                continue
            frames.append(frame)
            if len(frames) == count:  # a duplicate would come right behind
                deadline = min(deadline, time.monotonic() + linger)
        return frames


def _retag(frame, ancillary):
    for level, kind, data in ancillary:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
            if status & _VLAN_VALID:
                tpid = tpid if status & _VLAN_TPID_VALID else 0x8100
                return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def menagerie(mtu=1500, seed=1):
    """(what it is, frame) of every kind we could think of; each differs, so order can be judged."""
    from scapy.all import (ARP, Dot1AD, Dot1Q, Ether, GRE, ICMP, IP, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, LLC,
                           Raw, SCTP, SNAP, STP, TCP, UDP, fragment)
    rng = random.Random(seed)
    e = {"dst": "02:00:00:00:00:02", "src": "02:be:ef:00:00:01"}
    v4, v6 = {"src": "192.0.2.1", "dst": "198.51.100.7"}, {"src": "2001:db8::1", "dst": "2001:db8::7"}
    tcp = {"sport": 40000, "dport": 443, "seq": 1, "ack": 7, "flags": "A"}

    def load(size):
        return Raw(rng.randbytes(size))

    def tcp_with(options, **more):
        return Ether(**e) / IP(**v4) / TCP(**{**tcp, **more}, options=options) / load(40)

    yield "ARP request", bytes(Ether(**{**e, "dst": "ff:ff:ff:ff:ff:ff"}) / ARP(pdst="192.0.2.9"))
    yield "LLDP", bytes(Ether(**{**e, "dst": "01:80:c2:00:00:0e"}, type=0x88cc) / load(50))
    yield "spanning tree", bytes(Ether(**{**e, "dst": "01:80:c2:00:00:00"}, type=38) / LLC() / STP() / load(8))
    yield "pause", bytes(Ether(**{**e, "dst": "01:80:c2:00:00:01"}, type=0x8808) / load(46))
    yield "LACP", bytes(Ether(**{**e, "dst": "01:80:c2:00:00:02"}, type=0x8809) / load(110))
    yield "SNAP", bytes(Ether(**e, type=60) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(code=0x2000) / load(52))
    yield "unknown ether type", bytes(Ether(**e, type=0x88b5) / load(200))
    yield "IPX-like runt", bytes(Ether(**e, type=0x8137) / load(1))
    yield "header only", bytes(Ether(**e, type=0x88b6))
    yield "UDP", bytes(Ether(**e) / IP(**v4) / UDP(sport=1, dport=2) / load(333))
    yield "UDP, wrong checksum", bytes(Ether(**e) / IP(**v4) / UDP(sport=1, dport=2, chksum=1) / load(33))
    yield "QUIC", bytes(Ether(**e) / IP(**v4) / UDP(sport=50000, dport=443) / load(1200))
    yield "ICMP", bytes(Ether(**e) / IP(**v4) / ICMP() / load(56))
    yield "SCTP", bytes(Ether(**e) / IP(**v4) / SCTP() / load(64))
    yield "GRE with TCP inside", bytes(Ether(**e) / IP(**v4) / GRE() / IP(**v4) / TCP(**tcp) / load(100))
    yield "IP in IP", bytes(Ether(**e) / IP(**v4) / IP(**v4) / TCP(**tcp) / load(100))
    yield "ESP", bytes(Ether(**e) / IP(**v4, proto=50) / load(120))
    for part, piece in enumerate(fragment(IP(**v4, id=77) / UDP(sport=5, dport=6) / load(3900), 1400)):
        yield f"IPv4 fragment {part}", bytes(Ether(**e) / piece)
    for part, piece in enumerate(fragment(IP(**v4, id=78) / TCP(**tcp) / load(2000), 1200)):
        yield f"TCP fragment {part}", bytes(Ether(**e) / piece)
    yield "IPv4 options", bytes(Ether(**e) / IP(**v4, options=[("NOP"), ("NOP"), ("NOP"), ("EOL")]) / TCP(**tcp) / load(9))
    yield "IPv4, wrong checksum", bytes(Ether(**e) / IP(**v4, chksum=0x1234) / TCP(**tcp) / load(9))
    yield "IPv4, wrong version", bytes(Ether(**e) / IP(**v4, version=7) / TCP(**tcp))
    yield "IPv4, length beyond the frame", bytes(Ether(**e) / IP(**v4, len=1400) / TCP(**tcp))
    yield "IPv4, header too short", bytes(Ether(**e) / IP(**v4, ihl=3) / TCP(**tcp))
    yield "IPv4, time to live 0", bytes(Ether(**e) / IP(**v4, ttl=0) / TCP(**tcp))
    yield "IPv6 UDP", bytes(Ether(**e) / IPv6(**v6) / UDP(sport=3, dport=4) / load(700))
    yield "IPv6 TCP", bytes(Ether(**e) / IPv6(**v6) / TCP(**tcp) / load(700))
    yield "IPv6 options, then TCP", bytes(Ether(**e) / IPv6(**v6) / IPv6ExtHdrDestOpt() / TCP(**tcp) / load(20))
    yield "IPv6 fragment", bytes(Ether(**e) / IPv6(**v6) / IPv6ExtHdrFragment(m=1, id=9) / UDP() / load(64))
    yield "IPv6, no next header", bytes(Ether(**e) / IPv6(**v6, nh=59) / load(10))
    yield "VLAN TCP", bytes(Ether(**e) / Dot1Q(vlan=10, prio=5) / IP(**v4) / TCP(**tcp) / load(90))
    yield "VLAN UDP", bytes(Ether(**e) / Dot1Q(vlan=4094) / IP(**v4) / UDP() / load(90))
    yield "VLAN 0", bytes(Ether(**e) / Dot1Q(vlan=0, prio=7) / IP(**v4) / UDP() / load(90))
    yield "QinQ", bytes(Ether(**e, type=0x88a8) / Dot1AD(vlan=20) / Dot1Q(vlan=30) / IP(**v4) / TCP(**tcp) / load(50))
    yield "two 802.1Q tags", bytes(Ether(**e) / Dot1Q(vlan=20) / Dot1Q(vlan=30) / IP(**v4) / TCP(**tcp) / load(50))
    # Two bytes more than the tag: with less, the kernel at either end drops the frame itself.
    yield "tag and hardly anything behind", bytes(Ether(**e) / Dot1Q(vlan=20, type=0x0800) / load(2))
    yield "MPLS", bytes(Ether(**e, type=0x8847) / Raw(bytes.fromhex("0001013f")) / IP(**v4) / TCP(**tcp))
    short = bytes(Ether(**e) / IP(**v4) / TCP(**tcp))
    yield "TCP, padded with zeros", short.ljust(60, b"\0")
    yield "TCP, padded with something", short + rng.randbytes(17)
    yield "TCP, not padded", short
    yield "TCP, wrong checksum", bytes(Ether(**e) / IP(**v4) / TCP(**tcp, chksum=0xdead) / load(77))
    yield "TCP, data offset too small", bytes(Ether(**e) / IP(**v4) / TCP(**tcp, dataofs=3) / load(20))
    yield "TCP, data offset beyond", bytes(Ether(**e) / IP(**v4) / TCP(**tcp, dataofs=15))
    yield "TCP, every flag", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": 0x1ff}) / load(20))
    yield "TCP, no flag", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": 0}) / load(20))
    yield "TCP, urgent", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": "AU"}, urgptr=5) / load(20))
    yield "TCP, CE mark", bytes(Ether(**e) / IP(**v4, tos=3) / TCP(**tcp) / load(20))
    yield "TCP, unknown option", bytes(tcp_with([(253, b"abcd"), (77, b"xy")]))
    yield "TCP, MD5", bytes(tcp_with([(19, b"0" * 16)]))
    yield "TCP, MPTCP", bytes(tcp_with([(30, bytes.fromhex("2000") + b"1234567")]))
    yield "TCP, SACK", bytes(tcp_with([("NOP", None), ("NOP", None), ("SAck", (100, 200, 300, 400))]))
    yield "TCP, option of length 0", short[:46] + b"\x60" + short[47:54] + b"\x08\x00\x01\x01"
    yield "TCP, SYN with data", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": "S"}) / load(99))
    yield "TCP, RST", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": "R"}))
    yield "TCP, FIN", bytes(Ether(**e) / IP(**v4) / TCP(**{**tcp, "flags": "FA"}))
    yield "TCP to itself", bytes(Ether(**e) / IP(src="192.0.2.1", dst="192.0.2.1") / TCP(**{**tcp, "dport": 40000}))
    yield "multicast", bytes(Ether(**{**e, "dst": "01:00:5e:00:00:fb"}) / IP(**v4) / UDP() / load(60))
    yield "largest", bytes(Ether(**e) / IP(**v4) / UDP() / load(mtu - 28))
    yield "largest tagged", bytes(Ether(**e) / Dot1Q(vlan=9) / IP(**v4) / UDP() / load(mtu - 28))
    for number in range(60):
        yield f"noise {number}", bytes.fromhex("020000000002") + MARK + rng.randbytes(rng.randint(8, 1400))


def conversation(seed=1, segments=40):
    """A whole TCP connection as (from_server, frame): handshake, data, close. Valid throughout."""
    from scapy.all import Ether, IP, Raw, TCP
    rng = random.Random(seed)
    ends = {True: ("192.0.2.1", 443, "02:be:ef:00:00:01"), False: ("198.51.100.7", 40000 + seed, "02:be:ef:00:00:02")}
    seq = {True: rng.getrandbits(32), False: rng.getrandbits(32)}

    def frame(by_server, flags, payload=b"", options=()):
        me, peer = ends[by_server], ends[not by_server]
        acked = 0 if flags == "S" else seq[not by_server]
        built = Ether(src=me[2], dst=peer[2]) / IP(src=me[0], dst=peer[0]) / TCP(
            sport=me[1], dport=peer[1], flags=flags, seq=seq[by_server], ack=acked, window=2000, options=list(options))
        seq[by_server] = (seq[by_server] + len(payload) + ("S" in flags) + ("F" in flags)) % 2 ** 32
        return by_server, bytes(built / Raw(payload) if payload else built)

    usual = (("MSS", 1460), ("NOP", None), ("WScale", 7), ("NOP", None), ("NOP", None), ("SAckOK", b""))
    yield frame(False, "S", options=usual)
    yield frame(True, "SA", options=usual)
    yield frame(False, "A")
    yield frame(False, "PA", b"GET / HTTP/1.1\r\n\r\n")
    for _ in range(segments):
        yield frame(True, "A", rng.randbytes(1400))
        yield frame(False, "A")
    yield frame(True, "FA")
    yield frame(False, "FA")
    yield frame(True, "A")
