#!/usr/bin/env python3
"""Checks a trace: does it follow the Trace Event Format, and does it have RECORDS records, those of the log?

    trace-check.py TRACE RECORDS [LOG.jsonl]

Compares numbers digit by digit. Prints each error on a line and exits 1; otherwise prints the number of events of each
kind and the highest value of each counter.
"""
import collections
import json
import sys

# The colour names of the format that qlog uses.
COLOURS = {'good', 'bad', 'terrible', 'grey', 'yellow', 'olive', 'black', 'white'}
ENDS = {'ok', 'fail', 'signal', 'timeout', 'notrun', 'invalid', 'halted', 'interrupted'}
wrong = []


def demand(good, *what):
    if not good:
        wrong.append(' '.join(str(part) for part in what))


def is_whole(n):
    return isinstance(n, int) and not isinstance(n, bool)


def no_twins(pairs):
    demand(len({key for key, _ in pairs}) == len(pairs), 'duplicate member:', pairs)
    return dict(pairs)


def check_event(event):
    """Checks what is common to all events."""
    demand(event.get('ph') in ('X', 'M', 'C'), 'unexpected kind:', event)
    for key in ('ts', 'pid', 'tid'):
        demand(is_whole(event.get(key)), 'missing', key, event)
    demand(event.get('ts', -1) >= 0, 'negative time:', event)
    demand(event.get('pid', 0) > 0 and event.get('tid', 0) > 0, 'pid or tid 0:', event)
    demand(isinstance(event.get('name'), str) and isinstance(event.get('args'), dict), 'missing name or args:', event)


def check_record(event):
    demand(is_whole(event.get('dur')) and event['dur'] >= 0, 'missing duration:', event)
    demand(event.get('cat') in ENDS and event['cat'] == event['args'].get('end'), 'missing outcome:', event)
    demand('cname' not in event or event['cname'] in COLOURS, 'unknown colour:', event)
    demand(('cname' in event) == (event.get('cat') != 'ok'), 'a colour for a success, or no colour for a failure:',
        event)
    demand(event['name'] != '' or event['args'].get('command') == '', 'empty name:', event)
    demand('command' in event['args'] and 'left' in event['args'], 'incomplete record:', event)
    called = event['args'].get('target') or event['args'].get('command', '')
    demand(event['name'] == called or (event['name'].endswith('\u2026') and called.startswith(event['name'][:-1])),
        'name differs from target and command:', event)


def check_nesting(records):
    """On each thread, in file order, an event that begins within another one also ends within it."""
    threads = collections.defaultdict(list)
    for event in records:
        threads[event['pid'], event['tid']].append((event['ts'], event['ts'] + event['dur']))
    for thread, times in threads.items():
        last = None
        stack = []
        for begin, end in times:
            demand(last is None or begin >= last, 'thread', thread, 'goes back in time at', begin)
            last = begin
            while stack and stack[-1] <= begin:
                stack.pop()
            demand(not stack or end <= stack[-1], 'thread', thread, 'has a partial overlap at', begin)
            stack.append(end)


def check_names(events):
    """Each thread that is used has a unique name and a sort index, and each process a name."""
    named = collections.defaultdict(dict)
    for event in events:
        if event['ph'] == 'M':
            demand((event['pid'], event['tid']) not in named[event['name']], 'named twice:', event)
            named[event['name']][event['pid'], event['tid']] = event['args'].get('name',
                event['args'].get('sort_index'))
    used = {(event['pid'], event['tid']) for event in events if event['ph'] == 'X'}
    demand(used == set(named['thread_name']), 'threads without a name, or names without a thread:',
        used ^ set(named['thread_name']))
    demand(used == set(named['thread_sort_index']), 'threads without a sort index')
    demand(len(set(named['thread_name'].values())) == len(used), 'two threads with the same name')
    demand({pid for pid, _ in used} <= {pid for pid, _ in named['process_name']}, 'a process without a name')


def check_counters(events):
    """Each counter moves forward in time, changes each time, and ends at 0. Returns the highest values."""
    last, highest = {}, {}
    for event in events:
        if event['ph'] != 'C':
            continue
        for key, value in event['args'].items():
            name = event['name'] + ' ' + key
            demand(is_whole(value) and value >= 0, 'not a count:', event)
            demand(name not in last or last[name][0] < event['ts'], 'goes back in time:', event)
            demand(name not in last or last[name][1] != value, 'does not change:', event)
            last[name] = (event['ts'], value)
            highest[name] = max(highest.get(name, 0), value)
    for name, (_, value) in last.items():
        demand(value == 0, name, 'ends at', value)
    return highest


def check_same(records, log):
    """Compares numbers as text, so that each digit counts."""
    with open(log, encoding='utf-8') as f:
        wanted = [json.loads(line, parse_float=str) for line in f]
    for record in wanted:
        record.pop('shell', None)
    demand(sorted(map(str, map(sorted, (record.items() for record in wanted)))) ==
           sorted(map(str, map(sorted, (event['args'].items() for event in records)))), 'not the records of the log')


def main():
    with open(sys.argv[1], 'rb') as f:
        lines = f.read()
    demand(lines.startswith(b'[{"') and lines.endswith(b'\n]\n'), 'not an array whose first event Perfetto finds')
    events = json.loads(lines.decode('utf-8'), object_pairs_hook=no_twins, parse_float=str)
    demand(lines.count(b'\n') == len(events) + 1, 'not one event per line')
    for line in lines.split(b'\n'):
        demand(not any(byte < 0x20 or byte == 0x7f for byte in line), 'a control byte in', line)
    for event in events:
        check_event(event)
    records = [event for event in events if event['ph'] == 'X']
    for event in records:
        check_record(event)
    demand(len(records) == int(sys.argv[2]), len(records), 'records for', sys.argv[2])
    if len(sys.argv) > 3:
        check_same(records, sys.argv[3])
    check_nesting(records)
    check_names(events)
    highest = check_counters(events)
    if wrong:
        sys.exit('\n'.join(wrong[:20]))
    for kind, count in sorted(collections.Counter(event['ph'] for event in events).items()):
        print(kind, count)
    for name, value in sorted(highest.items()):
        print(name, value)


main()
