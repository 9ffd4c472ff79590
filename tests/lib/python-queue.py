#!/usr/bin/env python3
"""The same scenario with Python's multiprocessing and with qctl and qpool -Q.

    python-queue.py python|qctl SCENARIO

prints what happened, in words of multiprocessing's. tests/pool/python.bats compares. A scenario knows nothing of who serves it: it sees a Queue and a Pool
with the methods that multiprocessing gives them. A job is a line for sh; its answer is what it printed, or how it failed.
"""

import atexit
import multiprocessing
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

SHORT = 0.05  # for what must not come
LONG = 60  # for what must


class Failed(Exception):
    """A job ended otherwise than with 0."""


def run_line(line):
    done = subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Failed(done.returncode if done.returncode > 0 else 128 - done.returncode)
    return done.stdout.decode()


# -- multiprocessing ------------------------------------------------------------------------------------------------------


def read_some(q, count, pipe):
    pipe.send([q.get() for _ in range(count)])


class PythonReader:
    """Another process that gets so many."""

    def __init__(self, context, q, count):
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=read_some, args=(q, count, end), daemon=True)
        self.process.start()

    def values(self):
        assert self.pipe.poll(LONG)
        self.process.join()
        return self.pipe.recv()


class PythonQueue:
    def __init__(self, size=0):
        self.context = multiprocessing.get_context("fork")
        self.q = self.context.JoinableQueue(size)

    def __getattr__(self, name):
        return getattr(self.q, name)

    def reader(self, count):
        return PythonReader(self.context, self.q, count)

    def empty_after_put(self):
        """What was put is on its way, in a thread, for a moment."""
        end = time.monotonic() + LONG
        while self.q.empty() and time.monotonic() < end:
            time.sleep(0.001)
        return self.q.empty()

    def hold(self):
        return self.q.get()

    def done(self, _held):
        self.q.task_done()

    def is_joined(self, wait=4 * SHORT):
        thread = threading.Thread(target=self.q.join, daemon=True)
        thread.start()
        thread.join(wait)
        return not thread.is_alive()

    def join(self):
        return self.is_joined(LONG)


class PythonPool:
    def __init__(self, slots):
        self.pool = multiprocessing.get_context("fork").Pool(slots)

    def apply(self, line):
        return self.pool.apply(run_line, (line,))

    def apply_async(self, line):
        return self.pool.apply_async(run_line, (line,))

    def map(self, lines):
        return "".join(self.pool.map(run_line, lines))

    def imap(self, lines):
        return "".join(self.pool.imap(run_line, lines))

    def __getattr__(self, name):
        return getattr(self.pool, name)


# -- qctl -----------------------------------------------------------------------------------------------------------------


def qctl(verb, *words, given=""):
    done = subprocess.run(["qctl", verb, *words], input=given.encode(), stdout=subprocess.PIPE, timeout=LONG, check=False)
    return done.returncode, done.stdout.decode()


def waiting(block, timeout):
    return ["-n"] if not block else [] if timeout is None else ["-t", str(timeout)]


def yes_or_no(verb, *words):
    status, _ = qctl(verb, *words)
    assert status in (0, 1), f"{verb}: {status}"
    return status == 0


class QctlReader:
    def __init__(self, name, count):
        # One after the other: -c takes what is there and no more.
        self.process = subprocess.Popen(
            ["sh", "-c", 'i=0; while [ $i -lt "$2" ]; do qctl get "$1" || exit; i=$((i + 1)); done', "sh", name, str(count)], stdout=subprocess.PIPE
        )

    def values(self):
        return self.process.communicate(timeout=LONG)[0].decode().splitlines()


class QctlQueue:
    def __init__(self, size=0):
        self.name = tempfile.mkdtemp(dir=".") + "/q"
        assert qctl("create", "-m", str(size), self.name) == (0, "")

    def put(self, x, block=True, timeout=None):
        status, _ = qctl("put", *waiting(block, timeout), self.name, x)
        if status == 1:
            raise queue.Full
        if status == 3:
            raise ValueError("closed")
        assert status == 0, status

    def put_nowait(self, x):
        self.put(x, False)

    def get(self, block=True, timeout=None, held=()):
        status, out = qctl("get", *held, *waiting(block, timeout), self.name)
        if status == 1:
            raise queue.Empty
        assert status == 0, status
        return out[:-1]

    def get_nowait(self):
        return self.get(False)

    def qsize(self):
        return int(qctl("size", self.name)[1])

    def empty(self):
        return yes_or_no("empty", self.name)

    empty_after_put = empty

    def full(self):
        return yes_or_no("full", self.name)

    def close(self):
        assert qctl("close", self.name)[0] == 0

    def reader(self, count):
        return QctlReader(self.name, count)

    def hold(self):
        return self.get(held=["--hold"]).split("\t")[0]

    def done(self, held):
        status, _ = qctl("done", self.name, held)
        if status == 3:
            raise ValueError("lost")
        assert status == 0, status

    def is_joined(self):
        return yes_or_no("join", "-n", self.name)

    def join(self):
        return yes_or_no("join", "-t", str(LONG), self.name)


class QctlResult:
    def __init__(self, name, task):
        self.words = [name, task]

    def ready(self):
        return yes_or_no("ready", *self.words)

    def successful(self):
        return yes_or_no("successful", *self.words)

    def wait(self, timeout=None):
        yes_or_no("wait", *waiting(True, timeout), *self.words)

    def get(self, timeout=None):
        status, out = qctl("result", *waiting(True, timeout), *self.words)
        if status == 125:
            raise multiprocessing.TimeoutError
        if status != 0:
            raise Failed(status)
        return out


class QctlPool:
    def __init__(self, slots):
        self.name = tempfile.mkdtemp(dir=".") + "/q"
        assert qctl("create", self.name)[0] == 0
        self.process = subprocess.Popen(["qpool", "-q", "-Q", self.name, "-j", str(slots)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        atexit.register(self.process.kill)

    def apply(self, line):
        status, out = qctl("apply", self.name, line)
        if status != 0:
            raise Failed(status)
        return out

    def apply_async(self, line):
        return QctlResult(self.name, qctl("put", self.name, line)[1].strip())

    def map(self, lines):
        status, out = qctl("map", self.name, given="".join(line + "\n" for line in lines))
        if status == 123:
            raise Failed
        assert status == 0, status
        return out

    imap = map

    def close(self):
        assert qctl("close", self.name)[0] == 0

    def terminate(self):
        assert qctl("terminate", self.name)[0] == 0

    def join(self):
        self.process.wait(LONG)


# -- Scenarios ------------------------------------------------------------------------------------------------------------


def tell(what, fn, *args, **named):
    """What it gives, or raises."""
    try:
        answer = repr(fn(*args, **named))
    except (queue.Full, queue.Empty, ValueError, multiprocessing.TimeoutError) as e:
        answer = type(e).__name__
    except Failed as e:
        answer = " ".join(["Failed", *map(str, e.args)])
    print(f"{what}: {answer}", flush=True)


def put(make):
    q = make.Queue(2)
    tell("put", q.put, "a")
    tell("put", q.put_nowait, "b c")
    tell("put_nowait, full", q.put_nowait, "d")
    tell("put with a time-out, full", q.put, "d", timeout=SHORT)
    tell("get", q.get)
    tell("put_nowait, room", q.put_nowait, "e")
    tell("get", q.get)
    tell("get", q.get)


def get(make):
    q = make.Queue()
    tell("get_nowait, empty", q.get_nowait)
    tell("get with a time-out, empty", q.get, timeout=SHORT)
    q.put("a")
    tell("get", q.get)
    tell("get_nowait, empty again", q.get_nowait)


def wakes(make):
    q = make.Queue(1)
    reader = q.reader(3)
    for task in ("a", "", "c"):
        tell("put when there is room", q.put, task, timeout=LONG)
    tell("another process got", reader.values)


def qsize(make):
    q = make.Queue()
    tell("at first", q.qsize)
    for task in ("a", "b", "c"):
        q.put(task)
    tell("after three", q.qsize)
    q.get()
    tell("and a get", q.qsize)


def empty(make):
    q = make.Queue(1)
    tell("empty at first", q.empty)
    tell("full at first", q.full)
    q.put("a")
    tell("empty after a put", q.empty_after_put)
    tell("full after a put", q.full)
    q.get()
    tell("empty after a get", q.empty)
    tell("full after a get", q.full)


def close(make):
    q = make.Queue()
    reader = q.reader(2)
    q.put("a")
    q.put("b")
    tell("close", q.close)
    tell("close again", q.close)
    tell("put", q.put, "c")
    tell("put_nowait", q.put_nowait, "c")
    tell("another process got", reader.values)


def join(make):
    q = make.Queue()
    tell("join of none", q.join)
    q.put("a")
    q.put("b")
    first = q.hold()
    second = q.hold()
    tell("is joined, two held", q.is_joined)
    tell("task_done", q.done, first)
    tell("is joined, one held", q.is_joined)
    tell("task_done", q.done, second)
    tell("join", q.join)
    tell("task_done once more", q.done, second)


def apply(make):
    p = make.Pool(2)
    tell("apply", p.apply, "echo a; echo 'b  c'")
    tell("apply of nothing", p.apply, ":")
    tell("apply, exit 3", p.apply, "echo a; exit 3")
    tell("apply, a signal", p.apply, "kill -KILL $$")
    p.close()
    p.join()


def apply_async(make):
    p = make.Pool(2)
    os.mkfifo("go")
    r = p.apply_async("cat go")
    tell("ready", r.ready)
    tell("wait", r.wait, SHORT)
    tell("get", r.get, SHORT)
    tell("ready still", r.ready)
    with open("go", "w", encoding="ascii") as go:
        go.write("went\n")
    tell("wait", r.wait)
    tell("ready", r.ready)
    tell("successful", r.successful)
    tell("get", r.get)
    tell("get again", r.get)
    r = p.apply_async("exit 4")
    tell("wait", r.wait)
    tell("ready", r.ready)
    tell("successful", r.successful)
    tell("get", r.get)
    p.close()
    p.join()


def map_(make):
    p = make.Pool(2)
    tell("map", p.map, [f"echo {i}" for i in range(20)])
    tell("map of none", p.map, [])
    tell("imap", p.imap, [f"echo {i}" for i in range(20)])
    try:
        p.map(["echo a", "exit 3", "echo b"])
        print("none failed")
    except Failed:
        print("map: one failed")
    p.close()
    p.join()


def terminate(make):
    p = make.Pool(1)
    os.mkfifo("begun")
    os.mkfifo("go")
    r = p.apply_async("echo >begun; exec cat go")
    with open("begun", encoding="ascii") as begun:
        begun.readline()
    tell("terminate", p.terminate)
    tell("join", p.join)
    tell("ready", r.ready)
    # What Python leaves behind ends.
    go = os.open("go", os.O_RDWR)
    os.write(go, b"\n")
    os.close(go)


def drain(make):
    p = make.Pool(2)
    rs = [p.apply_async(f"echo {i}") for i in range(5)]
    tell("close", p.close)
    tell("join", p.join)
    tell("all ready", lambda: [r.ready() for r in rs])
    tell("all", lambda: [r.get() for r in rs])


class Python:
    Queue = PythonQueue
    Pool = PythonPool


class Qctl:
    Queue = QctlQueue
    Pool = QctlPool


if __name__ == "__main__":
    scenarios = {f.__name__.rstrip("_"): f for f in (put, get, wakes, qsize, empty, close, join, apply, apply_async, map_, terminate, drain)}
    scenarios[sys.argv[2]]({"python": Python, "qctl": Qctl}[sys.argv[1]])
