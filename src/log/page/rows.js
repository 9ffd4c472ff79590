/* The numbers in the head, the rows of the chart, the jobs at a time, and the view. */

/* Head ----------------------------------------------------------------------------------------------------------- */

/* The part of the slots' time that was used. */
const used = sums => sums.wall > 0 && sums.slots > 0 ? sums.busy / sums.wall / sums.slots : NONE;

/* The numbers in the head: the label, the number (NONE: not shown), its form, and its meaning. */
const SUMS = [
	['jobs', s => s.jobs, whole, 'Attempts to run a task'],
	['failed', s => s.failed, whole, 'Exited with a status other than 0, or could not run'],
	['killed', s => s.killed || NONE, whole, 'Ended by a signal, a timeout, --halt or an interruption'],
	['wall', s => s.wall, seconds, 'From the first start to the last end'],
	['busy', s => s.busy, seconds, 'The sum of the wall times of all jobs'],
	['CPU', s => s.cpu, seconds, 'User and system time of all jobs'],
	['slots used', used, n => Math.round(n * 100) + ' %', 'Busy time as a part of the time of all slots'],
	['no token', s => s.tokens || NONE, seconds, 'Time of slots idle for want of a jobserver token'],
	['no task', s => s.tasks || NONE, seconds, 'Time of slots idle for want of a task'],
	['at least', s => s.bound, seconds,
		'The longest job, or all jobs on all slots: no other order could be faster'],
];

function head() {
	for (const [name, of, show, meaning] of SUMS) {
		const value = of(data.sums), bad = (name === 'failed' || name === 'killed') && value > 0;
		if (value === NONE)
			continue;
		const pair = element('div', undefined, bad ? { class: 'bad', title: meaning } : { title: meaning });
		pair.append(element('dt', name), element('dd', show(value)));
		at('sums').append(pair);
	}
	at('sentence').textContent = data.sentence || '';
	at('sentence').hidden = !data.sentence;
	/* A log with a zero of its own has no date. */
	if (data.first > 1e15)
		at('when').textContent = 'Began ' + new Date(data.first / 1000).toLocaleString('en-GB',
			{ dateStyle: 'medium', timeStyle: 'medium' });
}

/* Rows of the chart ---------------------------------------------------------------------------------------------- */

/*
 * A row is { name, jobs, shown, bad, busy }. `jobs` do not overlap, so their ends are in the order of their starts.
 * `shown` are the jobs that match the filter; bad[n] is how many of the first n of them did not end well, and busy[n]
 * is their total time.
 */
let rows = [];
const matches = new Uint8Array(count).fill(1);
let matching = count;

/*
 * Does job i fit after job `before`? Clocks are not exact, and some logs have only milliseconds; lanes.c has the same
 * rule.
 */
function fits(i, before) {
	const length = stop[before] - start[before];

	return start[i] >= stop[before] - Math.min(1000 + length / 100, length / 2) && stop[i] >= stop[before];
}

/* As few rows as possible, without overlapping jobs in one row. */
function pack(name, jobs) {
	const made = [];

	for (const i of jobs) {
		let row = made.find(r => fits(i, r.jobs[r.jobs.length - 1]));
		if (!row)
			made.push(row = { name, jobs: [] });
		row.jobs.push(i);
	}
	return made;
}

function makeRows() {
	const of = new Map(), outer = [], never = [], untimed = [];

	for (let i = 0; i < count; i++) {
		if (isParent[i])
			outer.push(i);
		else if (lane[i] === 0)
			(kind[i] === 0 || began[i] === NONE ? untimed : never).push(i);
		else if (of.has(lane[i]))
			of.get(lane[i]).push(i);
		else
			of.set(lane[i], [i]);
	}
	rows = pack('make', outer);
	for (const n of [...of.keys()].sort((a, b) => a - b))
		rows.push(...pack(String(n), of.get(n)));
	rows.push(...pack('not run', never), ...pack('untimed', untimed));
}

function filterRows() {
	for (const r of rows) {
		r.shown = Uint32Array.from(r.jobs.filter(i => matches[i]));
		r.bad = new Uint32Array(r.shown.length + 1);
		r.busy = new Float64Array(r.shown.length + 1);
		r.shown.forEach((i, n) => {
			r.bad[n + 1] = r.bad[n] + (kind[i] !== 0);
			r.busy[n + 1] = r.busy[n] + stop[i] - start[i];
		});
	}
}

/*
 * The first n in [low, high) for which is(n) is true; high if there is not one. is() must be true for all after it too.
 */
function first(low, high, is) {
	while (low < high) {
		const middle = (low + high) >> 1;
		if (is(middle))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Jobs at a time ------------------------------------------------------------------------------------------------- */

/* From time[n] on, runs[n] jobs run; area[n] is the sum of jobs times duration before it. */
function makeLevel(wanted) {
	const jobs = [];
	for (let i = 0; i < count; i++)
		if (!isParent[i] && lane[i] !== 0 && wanted(i))
			jobs.push(i);
	const begins = Float64Array.from(jobs, i => start[i]).sort(),
		ends = Float64Array.from(jobs, i => stop[i]).sort();
	const n = jobs.length, time = new Float64Array(2 * n + 1), runs = new Uint32Array(2 * n + 1),
		area = new Float64Array(2 * n + 1);
	let most = 0;

	for (let b = 0, e = 0, k = 1; k <= 2 * n; k++) {
		const begin = b < n && begins[b] < ends[e];
		time[k] = begin ? begins[b++] : ends[e++];
		/* A job without a length ends when it begins. */
		runs[k] = Math.max(b - e, 0);
		area[k] = area[k - 1] + runs[k - 1] * (time[k] - time[k - 1]);
		most = Math.max(most, runs[k]);
	}
	return { time, runs, area, most };
}

function levelIndex(level, t) {
	return first(0, level.time.length, n => level.time[n] > t) - 1;
}

function levelArea(level, t) {
	const n = levelIndex(level, t);
	return n < 0 ? 0 : level.area[n] + level.runs[n] * (t - level.time[n]);
}

let everyLevel, level;

/* View ----------------------------------------------------------------------------------------------------------- */

const AXIS = 22, GUTTER = 56, ROW_MOST = 24, ROW_LEAST = 5, LEAST_SPAN = 20;
const view = { from: 0, to: span };
let hovered = NONE, chosen = NONE, pointer = null, rowHeight = ROW_MOST, due = false;
const size = { width: 0, height: 0, level: 0 };

/* At least 1, also in a window without space or a hidden frame: otherwise the number of ticks would be infinite. */
const scale = () => Math.max(size.width - GUTTER - 8, 1) / (view.to - view.from);
const xOf = t => GUTTER + (t - view.from) * scale();
const timeAt = x => view.from + (x - GUTTER) / scale();

function look(from, to) {
	const margin = span * 0.02, wide = Math.min(Math.max(to - from, LEAST_SPAN), span + 2 * margin);
	const middle = (from + to) / 2;

	view.from = Math.min(Math.max(middle - wide / 2, -margin), span + margin - wide);
	view.to = view.from + wide;
	redraw();
}

const zoom = (factor, t) => look(t - (t - view.from) / factor, t + (view.to - t) / factor);
const move = by => look(view.from + by, view.to + by);
const lookAtAll = () => look(-span * 0.004, span * 1.004);

/* Scrolls to the job if it is not in view, at the same zoom. */
function reveal(i) {
	const wide = view.to - view.from, n = rowOf(i), top = n * rowHeight;

	if (start[i] > view.to || stop[i] < view.from || (stop[i] - start[i] < wide
		&& (start[i] < view.from || stop[i] > view.to)))
		look((start[i] + stop[i] - wide) / 2, (start[i] + stop[i] + wide) / 2);
	if (top < at('lanes').scrollTop)
		at('lanes').scrollTop = top;
	else if (top + rowHeight > at('lanes').scrollTop + size.height - AXIS)
		at('lanes').scrollTop = top + rowHeight - size.height + AXIS;
}
