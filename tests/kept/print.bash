# What make and ../kept.bats print of the kept files, with the programs in PATH. Files are made in the current
# directory.
# shellcheck shell=bash

# print_log LOG: what qlog prints, without sentences, whose words may change, and without `qlog failed`, which quotes
# more than it did.
print_log() {
	local verb
	local -x LC_ALL=C

	qlog summary "$1" | sed '/\.$/d; s/; [0-9]* [^;]* left out below$//'
	qlog summary --json "$1" | sed 's/,"sentence":.*//'
	for verb in slowest 'timeline --width 60' trace; do
		echo "== $verb"
		# shellcheck disable=SC2086 # words
		qlog $verb "$1" | sed '/^\[*{"ph":"M"/d'
	done
	echo '== diff'
	qlog diff "$1" "$1"
	echo '== html'
	qlog html -o page.html "$1"
	grep -o '"sums":{[^}]*}' page.html
	rm page.html
}

# print_resumed LOG: what --resume and --resume-failed run of the tasks that the log has, and how that ends.
print_resumed() {
	local option

	for option in --resume --resume-failed; do
		echo "== $option"
		cp "$1" "again.${1##*.}"
		{
			cat tasks
			# One that was halted, and one that is new.
			printf '%s\0' 'echo >started; read x <go' 'exit 9'
		} | qpool -q -0 -j1 "$option" -l "again.${1##*.}" -R 2>/dev/null | cut -f 1,11,18
		rm -f "again.${1##*.}" started
	done
}

# The tasks of the queue, without what time and processes decide, and without error texts, whose words may change.
list_queue() {
	qctl list queue | cut -f 1-4,7,9
}

# print_queue: what qctl prints of the queue in queue.tgz, and does with it.
print_queue() {
	local id

	tar --no-same-owner -xzf queue.tgz
	list_queue
	# These texts are kept in the queue.
	qctl list queue | cut -f 1,8 | grep $'^[235]\t'
	qctl stats queue
	for id in 1 2 3 4; do
		echo "== result $id"
		qctl result -n queue "$id" 2>&1 | cksum
		echo "status ${PIPESTATUS[0]}"
		qctl result --record queue "$id" | cut -f 1-4,11-13,16-
	done
	echo '== retry'
	qctl retry queue
	list_queue
	echo '== get'
	qctl get -n -c 100 queue
	list_queue
	rm -rf queue
}

# print_statuses: for each line "STATUS<tab>COMMAND" of its input, the line with the present status of the command. Each
# command runs in an empty directory. KEPT names the directory of the kept files.
print_statuses() {
	local command status

	while IFS=$'\t' read -r _ command; do
		rm -rf empty
		mkdir empty
		status=0
		(cd empty && exec sh -c "$command" </dev/null >out 2>&1) || status=$?
		printf '%s\t%s\n' "$status" "$command"
	done
	rm -rf empty
}
