#!/usr/bin/env python3
"""queue-replay.py RECORD FIRST QUEUE RESULT CUTS SEED PRINTED TAKEN: makes what a power cut may leave of a
queue.

It does so for CUTS points of a RECORD of tests/lib/queue-calls.c. FIRST is a copy of the queue from before the
record, all of it on the disk; - if it did not exist. QUEUE is the path it had. For each cut it makes a directory
RESULT and writes a line "CUT WAY P T" to standard output: by then P bytes had been printed to the file PRINTED
and T to TAKEN. It makes the next one when it reads a line from standard input.

After a cut the disk has each change of a file up to its last fsync before the cut; of the later changes none,
or the first few, or any (by sector), depending on WAY. Names are on the disk when their directory was synced;
later ones like changes. The WAL index has random bytes: the first process that opens it has to rebuild it.
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
        # Of a directory: the files by name, as programs see them and on the disk.
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
    if not keep_sector:
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
        self.top = File("directory")
        self.files = {}  # inode -> file; the kernel uses inode numbers again
        self.printed = {}  # inode -> bytes
        self.moving = ""

    def find(self, path):
        """Returns the directory in which the path is, and the name in it."""
        directory = self.top
        *before, name = os.path.relpath(path, self.parent).split("/")
        for part in before:
            directory = directory.now[part]
        return directory, name

    def load(self, copy, path):
        """Loads what was on the disk before. Inodes are those of the original, which still exists, not of the copy."""
        kind = "pipe" if stat.S_ISFIFO(os.lstat(copy).st_mode) else "directory" if os.path.isdir(copy) else "file"
        f = File(kind, open(copy, "rb").read() if kind == "file" else b"")
        self.files[os.lstat(path).st_ino] = f
        directory, name = self.find(path)
        directory.now[name] = directory.names[name] = f
        for below in os.listdir(copy) if kind == "directory" else []:
            self.load(copy + "/" + below, path + "/" + below)

    def step(self, kind, inode, at, bytes_, path):
        if kind in "CDPUFT" and not path.startswith(self.parent + "/"):
            return  # a temporary file of SQLite
        if kind in "CDP":
            directory, name = self.find(path)
            if name not in directory.now:
                self.files[inode] = directory.now[name] = File({"C": "file", "D": "directory", "P": "pipe"}[kind])
        elif kind == "U":
            directory, name = self.find(path)
            del directory.now[name]
        elif kind == "F":
            self.moving = path
        elif kind == "T":
            directory, name = self.find(self.moving)
            moved = directory.now.pop(name)
            directory, name = self.find(path)
            directory.now[name] = moved
        elif kind in "WL":
            if inode in self.files:
                self.files[inode].pending.append((kind, at, bytes_))
        elif kind == "S":
            # A directory that the record has not created is the parent of the queue.
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


def names_left(directory, way, rng):
    names = dict(directory.names)
    for name in sorted(set(directory.now) | set(names)):
        if way == "all" or (way != "none" and rng.random() < 0.5):
            names.pop(name, None)
            if name in directory.now:
                names[name] = directory.now[name]
    return names


def build(directory, result, way, rng):
    os.mkdir(result, 0o700)
    for name, f in names_left(directory, way, rng).items():
        to = result + "/" + name
        if f.kind == "directory":
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
    outputs = [os.stat(name).st_ino for name in sys.argv[7:]]
    steps = list(read_record(record))
    rng = random.Random(int(seed))
    ways = ["none", "first", "any512", "any4096", "all"]
    cuts = int(cuts)
    # Half of them anywhere, half right before or after calls other than writes.
    turns = [n + d for n, s in enumerate(steps) for d in (-1, 0) if s[0] != "W" and n + d >= 0]
    at = {rng.randrange(len(steps)) for _ in range(cuts // 2)}
    at |= {rng.choice(turns) for _ in range(cuts - cuts // 2)} | {len(steps) - 1}
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
            print(number, way, *[disk.printed.get(inode, 0) for inode in outputs], flush=True)
            if not sys.stdin.readline():
                return


main()
