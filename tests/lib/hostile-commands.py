#!/usr/bin/env python3
"""hostile-commands.py COUNT [SEED]: does a shell survive what `qlog failed` prints for COUNT hostile commands?

The first commands are a fixed list, one for each way in which a command was seen to break, end or change a shell; the
others are made at random from pieces of shell syntax and from random bytes, the same ones for the same SEED (1). Each
command is put into a log, and what qlog prints for it is read by dash and by bash, from a file and from a pipe, with
`echo MARK` behind it. MARK must be printed, and variables, functions, aliases, options, traps, limits, directory,
positional parameters and file descriptors must be the same before and after. Then one script runs all of them.

Prints a line for each failure and a last line `RUNS runs of COMMANDS commands, FAILURES failures`. Uses the qlog that
is first in PATH, and the current directory, for files. Exit status: 0 without a failure, 1 otherwise.
"""

import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys

FIXED = [
    # Without an end.
    "echo $(foo", "echo `foo", "echo ${x", "echo $((1 +", "echo \"a", "echo 'a", "echo a \\", "false &&",
    "false ||", "false |", "if false; then", "while false; do", "for i in 1; do exit 5;", "case x in",
    "case x in x) exit 3", "{ exit 3", "(exit 3", "f() {", "cat <<E", "cat <<'E' ; exit 3", "cat <<-E\n\tx",
    "echo ${x:-$(", "[[ -n x", "((", "until", "echo \"$(echo \"", "echo $'", "select x in a",
    # End the shell.
    "exit 3", "A=1 exit 3", "\\exit 3", ">x exit 3", "'exit' 3", "\"exit\" 3", "ex\"it\" 3", "command exit 3",
    "builtin exit 3", "${CC:?unset}", "echo ${CC?}", "exec false", "\\exec false", "exec 3<nowhere",
    "exec >nowhere/x", "return 3", "logout", "eval exit 3", "{ exit 3; }", "! exit 3", "true && exit 3",
    "time exit 3", "- exit 3", ". ./nowhere", "source ./nowhere", ": ${x=$(exit 3)} && exit", "set -e; false",
    "set -eu -o pipefail; false", "set -n", "trap exit EXIT; false", "readonly PATH; PATH=x", "shift 100",
    "unset IFS; exit", "break", "continue 2", "suspend_nothing; exit 1", "a=$(exit 4) exit", "done", "fi", "esac",
    "}", ")", ";;", "then exit", "&", ";", "|", "&&", "<", ">", "((1", "]]", "!", "%1", "%%", "fg", "bg",
    # Change it.
    "PATH=/nowhere; false", "X=1 cd sub && false", "cd sub", "\\cd sub", "'cd' sub", "pushd sub", "chdir sub",
    "umask 0", "ulimit -c 0", "alias false=true", "unalias -a", "set -- a b", "set -f", "set +m; false",
    "shopt -s extglob", "X=1", "X=1 Y=2", "export X=1", "readonly X", "typeset X=1", "declare -x X=1", "local x",
    "let x=1", "((x=1))", "x+=1", "x[0]=1", "read x", "read -r x y", "mapfile x", "getopts a x -a", "printf -v x 1",
    "unset f", "unset -f f", "f() { :; }", "function f { :; }", "f() (exit 3)", "trap - USR1", "trap '' HUP",
    "hash -r", "enable -n echo", "times", "jobs", "wait", "exec 5>kept", "exec 5<&0", "exec <&-", "exec >&-",
    "coproc cat", "sleep 0 & false", "bind x", "complete -W x y", "history -c", "eval X=1", "command cd sub",
    "command export X=1", "builtin cd sub", "${x:=1}", "echo ${x:=1}", "echo $((x=1))", "IFS=x; false",
    "for x in 1; do false; done", "while read x; do false; done", "OPTIND=7", "sub/", "..", "test -v x", "sched x",
    "r", "fc -l", "disown", "caller 0; exit", "dirs -c", "set -o vi", "set -o posix", "PS1=x",
    # Read what comes next.
    "cat; false", "cat", "cat -", "sh", "bash", "dash -s", "grep x", "head -n 1", "read x; false", "wc -l", "sort",
    "xargs false", "env cat", "sed -n 1p", "cat - <&0", "while read x; do false; done 2>x", "tail -n +2", "tr a b",
    "cmp - sub", "tee x",
    # Mean something else where they are pasted.
    "echo a!b", "echo !!", "echo \"!x\"", "echo 'a!b'", "^a^b", "!echo", "# exit", "echo a # exit", "~/nowhere",
    "=ls", "echo =nowhere", "-x foo", "+x foo", "-", "--", "-c exit", "-- exit", "\"-x\"", " -x", "echo *",
    "echo {a,b}", "*", "?", "[", "[ -e x ]", "[ x", "a=b", "'a=b' c", "''", "'' x", "\"\"", " ", "\t", "\n",
    "\n\nexit 3", "false\nexit 3", "echo 'two\nlines' x", "false \\\n x", "\\", "\\\n", "echo \\", "'it'\\''s'",
    "echo \"$x\" '", "\r", "exit\r", "false \x01 \x1b[1m", "-\x01x", "\x01", "'exit\x01'", "exit \x7f",
    "a b \xff\xc0", "\xff", "\xc2\xa0", "echo \xe2\x80\xae exit", "case", "'time' x", "time", "in", "'in' x",
    "cc -c a.c", "make -C sub all", "sh -c 'exit 3'", "sh -c 'cd sub; exit 3' x", "./nowhere --a=b -c", "nowhere 2",
    "echo 2>x", "nowhere 1 2", "a:b@c,d+e%f/g", "echo " + "a" * 9000, "echo '" + "b" * 9000, "x" * 300, "$(exit 3)",
    "`exit 3`", "$((1/0))", "$nowhere", "$@", "$*", "\"$@\"", "$0", "${0}", "${!x}", "${x@P}", "${x/a/b}",
    "<(exit 3)", "echo >(exit 3)", "a() exit", "false;exit 3", "false&exit 3", "false||exit 3", "true&&exit 3",
    "false|exit 3", "exit|false", "exit;", "exit&", "exit>x", "exit<x", "exit(", "exit#", "2>x exit 3",
    "<sub exit 3", "{fd}>x exit 3", "X=(1 2)", "X[exit]=1", "X=$(exit 3)",
]

PIECES = [
    "exit", "cd", "sub", "X=1", "x", "a", "false", "cat", "read", "set", "--", "-e", "-x", "eval", "exec", "export",
    "unset", "trap", "return", "if", "then", "else", "fi", "for", "in", "do", "done", "while", "case", "esac", "{",
    "}", "(", ")", "((", "))", "[[", "]]", "$(", "`", "${", "$((", "$", "'", "'", "\"", "\"", "\\", "\\", "\n", " ",
    " ", " ", " ", "\t", ";", ";;", "&", "&&", "|", "||", "<", ">", ">x", "<<E", "<<<x", "2>&1", "<&-", ">&-", "!",
    "#", "~", "*", "?", "=", "+", "-", "%", "^", "@", ":", ",", "1", "2", "\r", "\x01", "\x1b[1m", "\x7f",
    "\xc3\xa4", "\xff", "command", "builtin", "alias", "umask", "0", "shift", "local", "f()", "f", "time", "echo",
    "printf",
]

# Sets what is compared afterwards. `state` takes the positional parameters and prints everything that a shell keeps.
PRELUDE = r"""
cd "$W" || exit 9
ulimit -t 5 # a loop that was made by chance
x=1 X=0; export Y='a b'; f() { echo f; }; trap 'echo trapped' USR1; alias b=echo; umask 027; exec 7</dev/null
set -- p 'q r'
state() {
	printf '<%s>' "$@"; echo "$-"; set; alias; trap; pwd; umask; ulimit -a; export -p
	[ -z "${BASH_VERSION-}" ] || { declare -f; shopt; set +o; }
	for n in 0 1 2 3 4 5 6 7 8 9; do if [ -e "/proc/$$/fd/$n" ]; then echo "fd $n"; fi; done
}
"""
BEHIND = "\necho MARK\necho MARK >mark\nstate \"$@\" >after\n"
# Variables that a shell changes by itself.
VOLATILE = re.compile(rb"^(?:declare -[a-z]+ |export )?"
                      rb"(_|n|LINENO|PIPESTATUS|BASH_\w+|RANDOM|SRANDOM|SECONDS|EPOCH\w+|HISTCMD)=.*\n", re.M)
SHELLS = ("dash", "bash")


def random_command(rng):
    if rng.random() < 0.15:
        return bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 30)))
    command = b"".join(rng.choice(PIECES).encode("latin-1") + (b" " if rng.random() < 0.5 else b"")
                       for _ in range(rng.randrange(1, 12)))
    if rng.random() < 0.2:
        joint = rng.choice((b";", b" ", b"|", b"&&", b"\n", b"(", b"'"))
        command = rng.choice(FIXED).encode("latin-1") + joint + command
    return command


def commands(count, seed):
    rng = random.Random(seed)
    made = [command.encode("latin-1") for command in FIXED]
    rng.shuffle(made)
    while len(made) < count:
        command = random_command(rng)
        if command.strip(b" \t\n") != b"":
            made.append(command)
    return made[:count]


def record(seq, command):
    """A line of a jsonl log, with the bytes in hexadecimal where they are not text."""
    job = {"seq": seq, "try": 1, "left": 0, "start_s": seq, "wall_s": 1, "end": "fail", "status": 1}
    try:
        job["command"] = command.decode("utf-8")
    except UnicodeDecodeError:
        job["command"] = command.decode("utf-8", "replace")
        job["command_hex"] = command.hex()
    return json.dumps(job) + "\n"


def pasted(directory, made, terminal=False):
    """What qlog prints for these commands. A terminal gets another form of some."""
    log = os.path.join(directory, "log")
    with open(log, "w", encoding="utf-8") as f:
        f.writelines(record(i + 1, command) for i, command in enumerate(made))
    words = ["qlog", "failed", log]
    if terminal:
        words = ["script", "-qec", f"stty -onlcr; qlog failed '{log}'", "/dev/null"]
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout


def run_shell(shell, way, directory, body):
    """Runs a script with these commands in it. Returns None, or what went wrong."""
    work = os.path.join(directory, "work")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "sub"))
    prelude = PRELUDE
    if shell == "bash" and way == "pipe":
        prelude += "set -o history -H\n" # as where a user types
    script = (prelude + "state \"$@\" >before\n").encode() + body + BEHIND.encode()
    environment = {"PATH": os.environ["PATH"], "W": work, "HOME": work, "LC_ALL": "C.UTF-8", "HISTFILE": ""}
    words = [shell]
    if way == "file":
        path = os.path.join(directory, "script")
        with open(path, "wb") as f:
            f.write(script)
        words.append(path)
    try:
        done = subprocess.run(words, input=script if way == "pipe" else b"", stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=environment, timeout=60, check=False,
                              start_new_session=True)
    except subprocess.TimeoutExpired:
        return "still runs after 60 s"
    if b"MARK\n" not in done.stdout or not os.path.exists(os.path.join(work, "mark")):
        return "MARK is missing"
    states = []
    for name in ("before", "after"):
        with open(os.path.join(work, name), "rb") as f:
            states.append(VOLATILE.sub(b"", f.read()))
    return None if states[0] == states[1] else "the shell has changed"


def check(directory, made, terminal):
    """Tries these commands in each shell, each way. Returns the number of runs and the failures."""
    runs, failures = 0, []
    os.makedirs(directory, exist_ok=True)
    body = pasted(directory, made, terminal)
    for shell in SHELLS:
        for way in ("file", "pipe"):
            runs += 1
            wrong = run_shell(shell, way, directory, body)
            if wrong is not None:
                which = made if len(made) < 2 else len(made)
                failures.append(f"{shell} from a {way}: {wrong}: {which} -> {body[:200]}")
    return runs, failures


def main():
    made = commands(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        # The form for a terminal differs only where there are control bytes.
        control = re.compile(rb"[^ -~\n\t]")
        work = [(f"{i}", [c], False) for i, c in enumerate(made)]
        work += [(f"t{i}", [c], True) for i, c in enumerate(made) if control.search(c)]
        work.append(("all", made, False))
        results = list(pool.map(lambda w: check(os.path.join(os.getcwd(), w[0]), w[1], w[2]), work))
    failures = [failure for _, found in results for failure in found]
    for failure in failures:
        print(failure)
    print(f"{sum(runs for runs, _ in results)} runs of {len(made)} commands, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
