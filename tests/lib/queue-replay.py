#!/usr/bin/env python3
"""queue-replay.py RECORD FIRST QUEUE RESULT CUTS SEED PRINTED TAKEN: what a power cut may leave of a queue, for each of CUTS points of a RECORD of tests/lib/queue-calls.c.

FIRST is a copy of the queue from before the record, all of it on the disk; - if there was none. QUEUE is the path it had. At each cut a folder RESULT is
made, and a line "CUT WAY P T" is written to stdout: by then P bytes had been printed to the file PRINTED and T to TAKEN. The next one is made when a line
comes on stdin.

What is on the disk after a cut: every change of a file up to its last fsync before the cut; of the later ones none, or the first few, or any (by
sector), as the way says. Names are on the disk when their folder was synced; later ones as the rest. The WAL index holds rubbish: who opens it first
must make it anew.
"""

import os
import random
import shutil
import stat
import sys


class File:
    def __init__(self, kind, data=b""):
        self.kind = kind
        self.synced = bytearray(data)
        self.pending = []  # changes, in order: ("W" or "L", offset, bytes)
        # Of a folder: who has which name, as programs see it and on the disk.
        self.now = {}
        self.names = {}


def apply(data, change, keep_sector=None, sector=0):
    kind, at, bytes_ = change
    if kind == "L":
        if at < len(data):
            del data[at:]
        else:
            data.extend(bytes(at - len(data)))
        return
    if len(data) < at + len(bytes_):
        data.extend(bytes(at + len(bytes_) - len(data)))
    if keep_sector is None:
        data[at:at + len(bytes_)] = bytes_
        return
    place = at
    end = at + len(bytes_)
    while place < end:
        stop = min(end, (place // sector + 1) * sector)
        if keep_sector():
            data[place:stop] = bytes_[place - at:stop - at]
        place = stop


class Disk:
    def __init__(self, queue):
        self.parent = os.path.dirname(queue)
        self.top = File("folder")
        self.files = {}  # by inode, as it is now: a number is used again
        self.printed = {}  # inode -> bytes
        self.moving = ""

    def find(self, path):
        """The folder of that path and the name in it."""
        folder = self.top
        *before, name = os.path.relpath(path, self.parent).split("/")
        for part in before:
            folder = folder.now[part]
        return folder, name

    def load(self, copy, path):
        """What was on the disk before. The copy has other inodes than the real one, which is still there."""
        kind = "pipe" if stat.S_ISFIFO(os.lstat(copy).st_mode) else "folder" if os.path.isdir(copy) else "file"
        f = File(kind, open(copy, "rb").read() if kind == "file" else b"")
        self.files[os.lstat(path).st_ino] = f
        folder, name = self.find(path)
        folder.now[name] = folder.names[name] = f
        for below in os.listdir(copy) if kind == "folder" else []:
            self.load(copy + "/" + below, path + "/" + below)

    def step(self, kind, inode, at, bytes_, path):
        if kind in "CDPUFT" and not path.startswith(self.parent + "/"):
            return  # a temporary file of SQLite's
        if kind in "CDP":
            folder, name = self.find(path)
            if name not in folder.now:
                self.files[inode] = folder.now[name] = File({"C": "file", "D": "folder", "P": "pipe"}[kind])
        elif kind == "U":
            folder, name = self.find(path)
            del folder.now[name]
        elif kind == "F":
            self.moving = path
        elif kind == "T":
            folder, name = self.find(self.moving)
            moved = folder.now.pop(name)
            folder, name = self.find(path)
            folder.now[name] = moved
        elif kind in "WL":
            if inode in self.files:
                self.files[inode].pending.append((kind, at, bytes_))
        elif kind == "S":
            # A folder that the record has not made is the one around the queue.
            self.sync(self.files.get(inode, self.top))
        elif kind == "O":
            self.printed[inode] = at

    def sync(self, f):
        for change in f.pending:
            apply(f.synced, change)
        f.pending = []
        f.names = dict(f.now)


def data_left(f, way, rng):
    data = bytearray(f.synced)
    count = {"none": 0, "first": rng.randint(0, len(f.pending))}.get(way, len(f.pending))
    part = rng.random()
    for change in f.pending[:count]:
        if not way.startswith("any"):
            apply(data, change)
        elif change[0] == "W":
            apply(data, change, lambda: rng.random() < part, int(way[3:]))
        elif rng.random() < part:
            apply(data, change)
    return data


def names_left(folder, way, rng):
    names = dict(folder.names)
    for name in sorted(set(folder.now) | set(names)):
        if way == "all" or (way != "none" and rng.random() < 0.5):
            names.pop(name, None)
            if name in folder.now:
                names[name] = folder.now[name]
    return names


def build(folder, result, way, rng):
    os.mkdir(result, 0o700)
    for name, f in names_left(folder, way, rng).items():
        to = result + "/" + name
        if f.kind == "folder":
            build(f, to, way, rng)
        elif f.kind == "pipe":
            os.mkfifo(to, 0o600)
        else:
            data = data_left(f, way, rng)
            if name.endswith("-shm"):
                data = rng.randbytes(len(data))
            with open(os.open(to, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                out.write(data)


def read_record(name):
    with open(name, "rb") as f:
        while line := f.readline():
            kind, inode, at, length, path = line.rstrip(b"\n").split(b" ", 4)
            yield kind.decode(), int(inode), int(at), f.read(int(length)), os.fsdecode(path)


def main():
    record, first, queue, result, cuts, seed = sys.argv[1:7]
    told = [os.stat(name).st_ino for name in sys.argv[7:]]
    steps = list(read_record(record))
    rng = random.Random(int(seed))
    ways = ["none", "first", "any512", "any4096", "all"]
    cuts = int(cuts)
    # Half of them anywhere, half right before or behind what is no mere write.
    turns = [n + d for n, s in enumerate(steps) for d in (-1, 0) if s[0] != "W" and n + d >= 0]
    at = {rng.randrange(len(steps)) for _ in range(cuts // 2)} | {rng.choice(turns) for _ in range(cuts - cuts // 2)} | {len(steps) - 1}
    disk = Disk(queue)
    if first != "-":
        disk.load(first, queue)
    for number, step in enumerate(steps):
        disk.step(*step)
        if number not in at:
            continue
        for way in ways:
            shutil.rmtree(result, ignore_errors=True)
            top = names_left(disk.top, way, rng)
            if os.path.basename(queue) in top:
                build(top[os.path.basename(queue)], result, way, rng)
            print(number, way, *[disk.printed.get(inode, 0) for inode in told], flush=True)
            if not sys.stdin.readline():
                return


main()
