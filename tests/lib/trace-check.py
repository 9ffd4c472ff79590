#!/usr/bin/env python3
"""trace-check.py TRACE RECORDS [LOG.jsonl]: is it a trace by the rules of the Trace Event Format, with so many records, and are they those of the log, to the last digit?

Says what is wrong, a line each, and exits 1; else prints how many events of each kind there are, and the highest value of each counter.
"""
import collections
import json
import sys

# The names that the format has for colours: those that may be used here.
COLOURS = {'good', 'bad', 'terrible', 'grey', 'yellow', 'olive', 'black', 'white'}
ENDS = {'ok', 'fail', 'signal', 'timeout', 'notrun', 'invalid', 'halted', 'interrupted'}
wrong = []


def demand(good, *what):
    if not good:
        wrong.append(' '.join(str(part) for part in what))


def is_whole(n):
    return isinstance(n, int) and not isinstance(n, bool)


def no_twins(pairs):
    demand(len({key for key, _ in pairs}) == len(pairs), 'a member twice:', pairs)
    return dict(pairs)


def check_event(event):
    """What every event must have."""
    demand(event.get('ph') in ('X', 'M', 'C'), 'a kind that is not expected:', event)
    for key in ('ts', 'pid', 'tid'):
        demand(is_whole(event.get(key)), 'without', key, event)
    demand(event.get('ts', -1) >= 0, 'before the beginning:', event)
    demand(event.get('pid', 0) > 0 and event.get('tid', 0) > 0, 'the idle process:', event)
    demand(isinstance(event.get('name'), str) and isinstance(event.get('args'), dict), 'without a name or args:', event)


def check_record(event):
    demand(is_whole(event.get('dur')) and event['dur'] >= 0, 'without its length:', event)
    demand(event.get('cat') in ENDS and event['cat'] == event['args'].get('end'), 'without its end:', event)
    demand('cname' not in event or event['cname'] in COLOURS, 'an unknown colour:', event)
    demand(('cname' in event) == (event.get('cat') != 'ok'), 'a colour for what went well, or none for what did not:', event)
    demand(event['name'] != '' or event['args'].get('command') == '', 'a bar without a name:', event)
    demand('command' in event['args'] and 'left' in event['args'], 'no whole record:', event)
    called = event['args'].get('target') or event['args'].get('command', '')
    demand(event['name'] == called or (event['name'].endswith('\u2026') and called.startswith(event['name'][:-1])), 'not called by its name:', event)


def check_nesting(records):
    """On each thread, in the order of the file: one that begins within another ends within it."""
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
    """Each thread that is used has a name, no two the same, and a place; each process a name."""
    named = collections.defaultdict(dict)
    for event in events:
        if event['ph'] == 'M':
            demand((event['pid'], event['tid']) not in named[event['name']], 'named twice:', event)
            named[event['name']][event['pid'], event['tid']] = event['args'].get('name', event['args'].get('sort_index'))
    used = {(event['pid'], event['tid']) for event in events if event['ph'] == 'X'}
    demand(used == set(named['thread_name']), 'threads without a name, or names without a thread:', used ^ set(named['thread_name']))
    demand(used == set(named['thread_sort_index']), 'threads without a place')
    demand(len(set(named['thread_name'].values())) == len(used), 'two threads of one name')
    demand({pid for pid, _ in used} <= {pid for pid, _ in named['process_name']}, 'a process without a name')


def check_counters(events):
    """Each goes forward in time, changes each time, and ends with 0. Returns the highest values."""
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
        demand(value == 0, name, 'ends with', value)
    return highest


def check_same(records, log):
    """Numbers stay text, so that each digit counts."""
    with open(log, encoding='utf-8') as f:
        wanted = [json.loads(line, parse_float=str) for line in f]
    for record in wanted:
        record.pop('shell', None)
    demand(sorted(map(str, map(sorted, (record.items() for record in wanted)))) ==
           sorted(map(str, map(sorted, (event['args'].items() for event in records)))), 'not the records of the log')


def main():
    with open(sys.argv[1], 'rb') as f:
        lines = f.read()
    demand(lines.startswith(b'[{"') and lines.endswith(b'\n]\n'), 'not an array whose first event Perfetto sees')
    events = json.loads(lines.decode('utf-8'), object_pairs_hook=no_twins, parse_float=str)
    demand(lines.count(b'\n') == len(events) + 1, 'not an event a line')
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
