"""gimbal-probe PROGRAM: exit codes and messages of the command line."""
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = sys.argv[1]
SMALL = ["rpc", "--local", "--requests", "20", "--connections", "2"]

# (what it shows, arguments, exit code, what standard output and error together must hold)
CASES = [
    ("help has examples", ["tokens", "--help"], 0, "gimbal-probe tokens --connect"),
    ("a clean run", SMALL, 0, "request [ms]"),
    ("a run over IPv6", [*SMALL[:2], "::1", *SMALL[2:]], 0, "request [ms]"),
    ("a requirement not met", [*SMALL, "--require", "rpc.p50<1us"], 1, "rpc.p50<1us"),
    ("a malformed requirement", [*SMALL, "--require", "nonsense"], 2, "--require nonsense"),
    ("no subcommand", [], 2, "subcommand"),
    ("no server", ["rpc"], 2, "--connect"),
    ("two servers", [*SMALL, "--connect", "127.0.0.1:1"], 2, "--connect"),
    ("no address", ["rpc", "--connect", "nowhere"], 2, "ADDR:PORT"),
    ("a name instead of a number", ["rpc", "--connect", "example.org:80"], 2, "not a numeric address"),
    ("a rate of zero", [*SMALL, "--rate", "0"], 2, "--rate"),
    ("an unknown size", [*SMALL, "--request-bytes", "huge"], 2, "lognormal:MEDIAN,P99"),
    ("an unknown option", [*SMALL, "--sped", "1"], 2, "--sped"),
    ("nobody listens", ["rpc", "--connect", "127.0.0.1:1"], 1, "127.0.0.1:1: cannot connect: Connection refused"),
    ("an unknown congestion control", [*SMALL, "--cc", "nonsense"], 1, "--cc nonsense"),
    ("a file that cannot be written", [*SMALL, "--json", "/nonexistent/a.json"], 1, "/nonexistent/a.json"),
    ("a server on a foreign address", ["server", "--listen", "192.0.2.1:5201"], 1, "cannot bind"),
]


def run(arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def check_server_stops():
    """Prints `ready`, ends cleanly on SIGTERM."""
    server = subprocess.Popen([PROGRAM, "server", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    ready = server.stderr.readline().strip()
    server.terminate()
    return ready == "ready" and server.wait(10) == 0


def check_json():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        code, _ = run([*SMALL, "--json", str(path), "--name", "mine"])
        text = path.read_text()
        return code == 0 and '"format":"gimbal-probe/1"' in text and '"name":"mine"' in text


def main():
    failed = []
    for name, arguments, code, expected in CASES:
        got, text = run(arguments)
        if got != code or expected not in text:
            failed.append(f"{name}: exit {got}, expected {code} and '{expected}':\n{text}")
    for name, check in (("the server stops cleanly", check_server_stops), ("the JSON file", check_json)):
        if not check():
            failed.append(name)
    print("\n".join(failed) if failed else f"{len(CASES) + 2} cases passed")
    return 1 if failed else 0


sys.exit(main())
