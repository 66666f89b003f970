"""The box is a wire for what it does not look after."""
from frames import Wire, conversation, menagerie
from harness import expect, test
from lab.rig import Rig


def _compare(kind_and_frame, got, way):
    for number, (kind, sent) in enumerate(kind_and_frame):
        expect(number < len(got), f"{way}: '{kind}' did not arrive ({len(got)} of {len(kind_and_frame)} did)")
        expect(got[number] == sent, f"{way}: '{kind}' became\n{got[number].hex()}\nfrom\n{sent.hex()}")
    expect(len(got) == len(kind_and_frame), f"{way}: {len(got)} frames from {len(kind_and_frame)}")


def _both_ways(rig, kinds):
    with Wire(rig.server, "h0") as lan, Wire(rig.far, "m1") as wan:
        for sender, receiver, way in ((lan, wan, "lan to wan"), (wan, lan, "wan to lan")):
            for _, frame in kinds:
                sender.send(frame)
            _compare(kinds, receiver.receive(len(kinds)), way)


@test("in bypass every kind of frame comes out bit for bit as it went in, in order, both ways")
def bypass_is_exact(folder):
    with Rig(folder, box="bypass") as rig:
        _both_ways(rig, list(menagerie()))


@test("in observe mode every kind of frame comes out bit for bit as it went in")
def observe_is_exact(folder):
    with Rig(folder, box="observe") as rig:
        _both_ways(rig, list(menagerie()))


@test("in auto mode nothing is changed that is not a tracked TCP flow")
def auto_leaves_the_rest(folder):
    with Rig(folder, box="auto") as rig:
        # Segments of a connection whose handshake nobody saw count as the rest; a SYN does not.
        _both_ways(rig, [(k, f) for k, f in menagerie() if "SYN" not in k])


@test("frames of 9000 bytes pass bit for bit")
def jumbo_is_exact(folder):
    with Rig(folder, box="bypass", mtu=9000) as rig:
        _both_ways(rig, list(menagerie(mtu=9000)))


@test("a whole TCP connection passes bypass and observe bit for bit")
def connection_is_exact(folder):
    for mode in ("bypass", "observe"):
        with Rig(folder / mode, box=mode) as rig, Wire(rig.server, "h0") as lan, Wire(rig.far, "m1") as wan:
            for number, (by_server, frame) in enumerate(conversation()):
                (lan if by_server else wan).send(frame)
                got = (wan if by_server else lan).receive(1, 2, 0.005)
                expect(got == [frame], f"{mode}: frame {number} became {[g.hex() for g in got]} from {frame.hex()}")
