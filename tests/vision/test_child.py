"""The child process: asked, limited, killed, replaced, and gone when its parent is."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vision.child import Child

WORKER = """
import os, sys, time
from vision import child

def answer(request):
    verb, _, rest = request.partition(b" ")
    if verb == b"late":
        time.sleep(60)
    if verb == b"busy":
        child.cpu_deadline(0.1)
        while True:
            pass
    if verb == b"die":
        os._exit(3)
    if verb == b"hide":
        os.closerange(3, 100)
        time.sleep(60)
    if verb == b"grow":
        return [bytes(2 * 1024**3)]
    if verb == b"write":
        try:
            with open(rest, "wb") as stream:
                stream.write(b"x" * 10)
            return [b"written"]
        except OSError as error:
            return [type(error).__name__.encode()]
    if verb == b"print":
        print("noise", flush=True)
    return [verb, b" ", rest]

child.serve(answer, 1024**3)
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "worker_of_tests.py").write_text(WORKER)
    monkeypatch.syspath_prepend(tmp_path)
    each = Child("worker_of_tests")
    yield each
    each.close()


def ask(worker: Child, *request: bytes, limit_s: float = 10.0, most: int = 1 << 28) -> bytes:
    return bytes(worker.ask(request, limit_s, most))


def test_parts_are_joined_and_long_ones_cross_both_ways(worker: Child) -> None:
    long = os.urandom(5_000_000)
    assert ask(worker, b"echo ", long[:10], long[10:]) == b"echo " + long
    assert ask(worker, b"echo ") == b"echo "


def test_the_process_stays_warm(worker: Child) -> None:
    worker.start()
    first = worker._process
    assert ask(worker, b"echo 1") == b"echo 1"
    assert worker._process is first
    assert worker.cpu_seconds() > 0


@pytest.mark.parametrize(
    ("request_", "error"),
    [(b"late", TimeoutError), (b"busy", TimeoutError), (b"die", EOFError), (b"grow", EOFError), (b"hide", EOFError)],
)
def test_a_child_that_does_not_answer_is_replaced(worker: Child, request_: bytes, error: type[Exception]) -> None:
    worker.start()
    first = worker._process
    started = time.monotonic()
    with pytest.raises(error):
        ask(worker, request_, limit_s=0.5 if request_ == b"late" else 10)
    assert time.monotonic() - started < 5
    assert first is not None
    assert first.poll() is not None
    assert ask(worker, b"echo again") == b"echo again"


def test_a_child_that_does_not_read_is_given_up(worker: Child) -> None:
    worker.start()
    assert worker._process is not None
    worker._process.send_signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        ask(worker, bytes(10_000_000), limit_s=0.3)


def test_an_answer_that_is_too_long_is_not_taken(worker: Child) -> None:
    with pytest.raises(OSError, match="too long"):
        ask(worker, b"echo ", bytes(1000), most=100)
    assert ask(worker, b"echo", most=100) == b"echo "


def test_what_a_library_prints_is_no_answer(worker: Child) -> None:
    assert ask(worker, b"print 1") == b"print 1"


def test_it_writes_no_file_and_sees_no_environment(
    worker: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWORK_TEST_SECRET", "Quillfeather")
    assert ask(worker, b"write ", str(tmp_path / "made").encode()) == b"OSError"
    assert worker._process is not None
    folder = Path("/proc") / str(worker._process.pid)
    assert "Quillfeather" not in (folder / "environ").read_text()
    limits = {line[:26].strip(): line[26:].split()[0] for line in (folder / "limits").read_text().splitlines()}
    assert (limits["Max file size"], limits["Max core file size"]) == ("0", "0")
    assert int(limits["Max address space"]) < 16 * 1024**3


def test_threads_get_their_own_answers(worker: Child) -> None:
    wrong = []

    def run(name: bytes) -> None:
        wrong.extend(name for _ in range(20) if ask(worker, b"echo ", name * 1000) != b"echo " + name * 1000)

    threads = [threading.Thread(target=run, args=(b"%d" % each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_interrupted_request_leaves_no_answer_for_the_next(worker: Child) -> None:
    worker.start()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            ask(worker, b"late")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert ask(worker, b"echo 2") == b"echo 2"


def test_closing_ends_a_request_of_another_thread(worker: Child) -> None:
    worker.start()
    seen: list[BaseException] = []

    def run() -> None:
        try:
            ask(worker, b"late", limit_s=30)
        except EOFError as error:
            seen.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.2)
    worker.close()
    thread.join(5)
    assert len(seen) == 1


def test_a_module_that_does_not_start_is_told() -> None:
    with pytest.raises(ChildProcessError, match="does not start"):
        Child("no_module_of_this_name").start()


PARENT = """
import os, signal, sys, time
from vision.child import Child
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
worker = Child("worker_of_tests")
worker.start()
print(worker._process.pid, flush=True)
if sys.argv[1] == "fork":
    first = worker._process.pid
    if os.fork() == 0:
        assert bytes(worker.ask([b"echo f"], 10, 100)) == b"echo f"
        assert worker._process.pid != first
        worker.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
    assert bytes(worker.ask([b"echo p"], 10, 100)) == b"echo p"
    assert worker._process.pid == first
else:
    time.sleep(60)
worker.close()
"""


def parent(tmp_path: Path, how: str) -> subprocess.Popen[str]:
    (tmp_path / "worker_of_tests.py").write_text(WORKER)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, how],
        env={"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_fork_does_not_talk_to_its_parents_child(tmp_path: Path) -> None:
    _, said = (each := parent(tmp_path, "fork")).communicate(timeout=60)
    assert (each.returncode, said) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_child_goes_with_its_parent_and_says_nothing(tmp_path: Path, how: signal.Signals) -> None:
    with parent(tmp_path, "wait") as each:
        assert each.stdout is not None
        assert each.stderr is not None
        child = int(each.stdout.readline())
        os.killpg(each.pid, how)
        each.wait(10)
        until = time.monotonic() + 10
        while _lives(child) and time.monotonic() < until:
            time.sleep(0.02)
        assert not _lives(child)
        assert "worker_of_tests" not in each.stderr.read()


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
