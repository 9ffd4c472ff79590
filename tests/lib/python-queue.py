#!/usr/bin/env python3
"""Runs a scenario with Python's multiprocessing, or with qctl and qpool -Q.

    python-queue.py python|qctl SCENARIO

Prints what happened, in the words of multiprocessing; tests/pool/python.bats compares the two. A scenario does not know
the implementation: it uses a Queue and a Pool with the methods of multiprocessing. A job is a line for sh, and its
result is what it printed, or how it failed.
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

SHORT = 0.05  # seconds, for what must not happen
LONG = 60  # seconds, for what must happen


class Failed(Exception):
    """The exit status of a job was not 0."""


def run_line(line):
    done = subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Failed(done.returncode if done.returncode > 0 else 128 - done.returncode)
    return done.stdout.decode()


# -- multiprocessing -------------------------------------------------------------------------------------------------


def read_some(q, count, pipe):
    pipe.send([q.get() for _ in range(count)])


class PythonReader:
    """Another process, which gets `count` values."""

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
        """A put is asynchronous: a thread delivers the value a moment later."""
        end = time.monotonic() + LONG
        while self.q.empty() and time.monotonic() < end:
            time.sleep(0.001)
        return self.q.empty()

    def hold(self):
        return self.q.get()

    def done(self, _lease):
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


# -- qctl ------------------------------------------------------------------------------------------------------------


def qctl(verb, *words, given=""):
    done = subprocess.run(["qctl", verb, *words], input=given.encode(), stdout=subprocess.PIPE, timeout=LONG,
        check=False)
    return done.returncode, done.stdout.decode()


def waiting(block, timeout):
    return ["-n"] if not block else [] if timeout is None else ["-t", str(timeout)]


def yes_or_no(verb, *words):
    status, _ = qctl(verb, *words)
    assert status in (0, 1), f"{verb}: {status}"
    return status == 0


class QctlReader:
    def __init__(self, name, count):
        # One get after the other, because get -c returns as soon as it has one task.
        self.process = subprocess.Popen(
            ["sh", "-c", 'i=0; while [ $i -lt "$2" ]; do qctl get "$1" || exit; i=$((i + 1)); done', "sh", name,
                str(count)],
            stdout=subprocess.PIPE,
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

    def get(self, block=True, timeout=None, options=()):
        status, out = qctl("get", *options, *waiting(block, timeout), self.name)
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
        return self.get(options=["--hold"]).split("\t")[0]

    def done(self, lease):
        status, _ = qctl("done", self.name, lease)
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
        self.process = subprocess.Popen(["qpool", "-q", "-Q", self.name, "-j", str(slots)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
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


# -- Scenarios -------------------------------------------------------------------------------------------------------


def report(what, fn, *args, **named):
    """Prints what the call returns or raises."""
    try:
        answer = repr(fn(*args, **named))
    except (queue.Full, queue.Empty, ValueError, multiprocessing.TimeoutError) as e:
        answer = type(e).__name__
    except Failed as e:
        answer = " ".join(["Failed", *map(str, e.args)])
    print(f"{what}: {answer}", flush=True)


def put(make):
    q = make.Queue(2)
    report("put", q.put, "a")
    report("put", q.put_nowait, "b c")
    report("put_nowait, full", q.put_nowait, "d")
    report("put with a time-out, full", q.put, "d", timeout=SHORT)
    report("get", q.get)
    report("put_nowait, free space", q.put_nowait, "e")
    report("get", q.get)
    report("get", q.get)


def get(make):
    q = make.Queue()
    report("get_nowait, empty", q.get_nowait)
    report("get with a time-out, empty", q.get, timeout=SHORT)
    q.put("a")
    report("get", q.get)
    report("get_nowait, empty again", q.get_nowait)


def wakes(make):
    q = make.Queue(1)
    reader = q.reader(3)
    for task in ("a", "", "c"):
        report("put, with free space later", q.put, task, timeout=LONG)
    report("another process got", reader.values)


def qsize(make):
    q = make.Queue()
    report("at first", q.qsize)
    for task in ("a", "b", "c"):
        q.put(task)
    report("after three", q.qsize)
    q.get()
    report("and a get", q.qsize)


def empty(make):
    q = make.Queue(1)
    report("empty at first", q.empty)
    report("full at first", q.full)
    q.put("a")
    report("empty after a put", q.empty_after_put)
    report("full after a put", q.full)
    q.get()
    report("empty after a get", q.empty)
    report("full after a get", q.full)


def close(make):
    q = make.Queue()
    reader = q.reader(2)
    q.put("a")
    q.put("b")
    report("close", q.close)
    report("close again", q.close)
    report("put", q.put, "c")
    report("put_nowait", q.put_nowait, "c")
    report("another process got", reader.values)


def join(make):
    q = make.Queue()
    report("join, empty queue", q.join)
    q.put("a")
    q.put("b")
    first = q.hold()
    second = q.hold()
    report("is joined, two leases", q.is_joined)
    report("task_done", q.done, first)
    report("is joined, one lease", q.is_joined)
    report("task_done", q.done, second)
    report("join", q.join)
    report("task_done once more", q.done, second)


def apply(make):
    p = make.Pool(2)
    report("apply", p.apply, "echo a; echo 'b  c'")
    report("apply of nothing", p.apply, ":")
    report("apply, exit 3", p.apply, "echo a; exit 3")
    report("apply, a signal", p.apply, "kill -KILL $$")
    p.close()
    p.join()


def apply_async(make):
    p = make.Pool(2)
    os.mkfifo("go")
    r = p.apply_async("cat go")
    report("ready", r.ready)
    report("wait", r.wait, SHORT)
    report("get", r.get, SHORT)
    report("ready still", r.ready)
    with open("go", "w", encoding="ascii") as go:
        go.write("went\n")
    report("wait", r.wait)
    report("ready", r.ready)
    report("successful", r.successful)
    report("get", r.get)
    report("get again", r.get)
    r = p.apply_async("exit 4")
    report("wait", r.wait)
    report("ready", r.ready)
    report("successful", r.successful)
    report("get", r.get)
    p.close()
    p.join()


def map_(make):
    p = make.Pool(2)
    report("map", p.map, [f"echo {i}" for i in range(20)])
    report("map, empty list", p.map, [])
    report("imap", p.imap, [f"echo {i}" for i in range(20)])
    try:
        p.map(["echo a", "exit 3", "echo b"])
        print("map: no job failed")
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
    report("terminate", p.terminate)
    report("join", p.join)
    report("ready", r.ready)
    # Ends the job that Python leaves behind.
    go = os.open("go", os.O_RDWR)
    os.write(go, b"\n")
    os.close(go)


def drain(make):
    p = make.Pool(2)
    rs = [p.apply_async(f"echo {i}") for i in range(5)]
    report("close", p.close)
    report("join", p.join)
    report("all ready", lambda: [r.ready() for r in rs])
    report("all", lambda: [r.get() for r in rs])


class Python:
    Queue = PythonQueue
    Pool = PythonPool


class Qctl:
    Queue = QctlQueue
    Pool = QctlPool


if __name__ == "__main__":
    scenarios = {f.__name__.rstrip("_"): f
        for f in (put, get, wakes, qsize, empty, close, join, apply, apply_async, map_, terminate, drain)}
    scenarios[sys.argv[2]]({"python": Python, "qctl": Qctl}[sys.argv[1]])
