#!/usr/bin/env python3
"""Writes the seed corpus of the parse target: one small frame for each way a frame can be read."""
import pathlib

from scapy.all import (ARP, Dot1Q, Ether, IP, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, Raw, TCP, UDP)

ETHER = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
V4 = IP(src="192.168.1.9", dst="10.1.2.3")
V6 = IPv6(src="2001:db8::9", dst="2001:db8::3")
STAMPS = [("NOP", None), ("NOP", None), ("Timestamp", (1, 2))]
SYN_OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
PORTS = {"sport": 40000, "dport": 443}

FRAMES = {
    "syn_v4": ETHER / V4 / TCP(**PORTS, flags="S", options=SYN_OPTIONS),
    "syn_v6": ETHER / V6 / TCP(**PORTS, flags="S", options=SYN_OPTIONS),
    "ack_stamps": ETHER / V4 / TCP(**PORTS, flags="A", options=STAMPS),
    "sack_aligned": ETHER / V4 / TCP(**PORTS, flags="A", options=STAMPS + [
        ("NOP", None), ("NOP", None), ("SAck", (10, 20, 30, 40, 50, 60))]),
    "sack_odd": ETHER / V4 / TCP(**PORTS, flags="A", options=[("NOP", None), ("SAck", (10, 20))]),
    "data_v4": ETHER / V4 / TCP(**PORTS, flags="PA", options=STAMPS) / Raw(b"odd"),
    "data_vlan_v6": ETHER / Dot1Q(vlan=7) / V6 / TCP(**PORTS, flags="PA") / Raw(b"even"),
    "mptcp": ETHER / V4 / TCP(**PORTS, flags="A", options=[(30, b"\x20\x01")]),
    "ip_options": ETHER / IP(src="1.1.1.1", dst="2.2.2.2", options=b"\x94\x04\0\0") / TCP(**PORTS),
    "fragment_v4": ETHER / IP(src="1.1.1.1", dst="2.2.2.2", flags="MF") / TCP(**PORTS),
    "fragment_v6": ETHER / V6 / IPv6ExtHdrFragment(m=1) / TCP(**PORTS),
    "hop_by_hop": ETHER / V6 / IPv6ExtHdrHopByHop() / TCP(**PORTS),
    "vlan_stack": ETHER / Dot1Q(vlan=7) / Dot1Q(vlan=8) / V4 / TCP(**PORTS),
    "udp": ETHER / V4 / UDP(sport=1, dport=2),
    "arp": ETHER / ARP(hwsrc="02:00:00:00:00:01", psrc="10.0.0.1", pdst="10.0.0.2"),
}
FRAMES["ack_padded"] = bytes(ETHER / V4 / TCP(**PORTS, flags="A")).ljust(60, b"\0")

corpus = pathlib.Path(__file__).parent / "corpus" / "parse"
corpus.mkdir(parents=True, exist_ok=True)
for name, frame in FRAMES.items():
    (corpus / name).write_bytes(bytes(frame))
