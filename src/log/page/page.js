/*
 * The page that qlog html writes: a chart of the jobs by lane, the number of jobs at a time below it, and a table.
 *
 * Jobs are numbers 0 to count - 1, in the order of their starts; what is known of them is in columns, one typed array each. Times are microseconds since the
 * first start. What the log does not tell is NONE. Nothing is drawn but in draw(), which runs once for however many changes since the last picture.
 */
const NONE = -1;
const data = JSON.parse(document.getElementById('data').textContent);
const count = data.count;
const at = id => document.getElementById(id);

/* How a job can end: `ends` are the words of a record. */
const KINDS = [
	{ name: 'ok', ends: ['ok'], dash: null },
	{ name: 'fail', ends: ['fail'], dash: 'rising', title: 'failed' },
	{ name: 'signal', ends: ['signal'], dash: 'crossed', title: 'killed' },
	{ name: 'timeout', ends: ['timeout'], dash: 'level', title: 'timeout' },
	{ name: 'notrun', ends: ['notrun', 'invalid'], dash: 'falling', title: 'not run' },
	{ name: 'stopped', ends: ['halted', 'interrupted'], dash: 'upright', title: 'stopped' },
];
/* Where what is shown is not the word of the record. */
const END_TITLES = { fail: 'failed', signal: 'killed', notrun: 'not run' };
const SIGNALS = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 4: 'ILL', 6: 'ABRT', 8: 'FPE', 9: 'KILL', 11: 'SEGV', 13: 'PIPE', 14: 'ALRM', 15: 'TERM' };

/* Columns ----------------------------------------------------------------------------------------------------------- */

function column(name, nothing) {
	return Float64Array.from(data[name] || new Float64Array(count).fill(nothing));
}

const began = column('start_us', NONE), wall = column('wall_us', NONE), lane = column('lane', 0), outcome = column('outcome', 0);
const user = column('user_us', NONE), sys = column('sys_us', NONE), queued = column('queued_us', NONE), token = column('token_us', NONE);
const rss = column('maxrss_kib', NONE), out = column('out_bytes', NONE), err = column('err_bytes', NONE);
const seq = column('seq', 0), attempt = column('attempt', 0), left = column('left', 0), pid = column('pid', 0), parent = column('parent', 0), file = column('file', 0);
const exit = column('status', 0), signal = column('signal', 0), holds = column('holds', 0);
const start = began.map(b => Math.max(b, 0)); /* a job without a known start is shown at the beginning */
const end = i => data.words.outcome[outcome[i]];
const commands = data.command, targets = data.target;
const kind = Uint8Array.from(outcome, o => KINDS.findIndex(k => k.ends.includes(data.words.outcome[o])));
/* What has no lane has no place in time: a length would give each a row of its own. */
const stop = Float64Array.from(start, (s, i) => lane[i] > 0 ? s + Math.max(wall[i], 0) : s);
const cpu = Float64Array.from(user, (u, i) => u === NONE || sys[i] === NONE ? NONE : u + sys[i]);
/* Who holds others sits in a lane, but takes no slot. */
const slot = i => holds[i] ? 0 : lane[i];
const took = i => lane[i] > 0 ? wall[i] : NONE;
const span = Math.max(stop.reduce((a, b) => Math.max(a, b), 0), 1000);

const target = i => targets ? targets[i] : '';
const label = i => visible(target(i) || commands[i]);

/* How much of their beginning all commands have in common, in whole words and folders: a bar has no room for it. */
function commonLength() {
	let n = count > 1 ? commands[0].length : 0;

	for (const c of commands) {
		let same = 0;
		if (c.startsWith(commands[0].slice(0, n)))
			continue;
		while (same < n && c[same] === commands[0][same])
			same++;
		n = same;
	}
	while (n > 0 && !' /'.includes(commands[0][n - 1]))
		n--;
	return n;
}

const common = commonLength();
/* As much of it as leaves a cell of the table with nothing to tell. */
const tooCommon = common > 24 ? common : 0;
const shortLabel = i => visible(target(i) || commands[i].slice(common, common + 400));

/* Words ------------------------------------------------------------------------------------------------------------- */

/* Characters that cannot be seen, or that turn others round, as a shell's $'...' has them. */
function visible(text) {
	return text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, c => {
		const known = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }[c];
		const hex = c.charCodeAt(0).toString(16);
		return known || (hex.length <= 2 ? '\\x' + hex.padStart(2, '0') : '\\u' + hex.padStart(4, '0'));
	});
}

const whole = n => n.toLocaleString('en');

function seconds(us) {
	if (us === NONE)
		return '';
	if (us < 60e6)
		return (us / 1e6).toFixed(us < 10e6 ? 3 : us < 100e6 ? 2 : 1) + ' s';
	const s = Math.floor(us / 1e6), pad = n => String(n).padStart(2, '0');
	if (s < 3600)
		return Math.floor(s / 60) + ' min ' + pad(s % 60) + ' s';
	return Math.floor(s / 3600) + ' h ' + pad(Math.floor(s / 60) % 60) + ' min ' + pad(s % 60) + ' s';
}

function bytes(n) {
	const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let u = 0;

	if (n === NONE)
		return '';
	for (; n >= 1024 && u < units.length - 1; u++)
		n /= 1024;
	return (u === 0 ? n : n.toFixed(n < 10 ? 2 : 1)) + ' ' + units[u];
}

const kib = n => n === NONE ? '' : bytes(n * 1024);

/* A moment of the run, as a tick of the axis that far from the next one shows it. */
function moment(us, step) {
	const sign = us < 0 ? '-' : '', s = Math.abs(us) / 1e6;
	const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step / 1e6) + 1e-9)));

	if (s < 60 && span < 600e6)
		return sign + s.toFixed(decimals) + ' s';
	const rest = (s % 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, '0');
	const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
	return sign + (h ? h + ':' + String(m).padStart(2, '0') : m) + ':' + rest;
}

const whenBegan = i => began[i] === NONE ? '' : moment(start[i], 1000);

function ending(i) {
	const word = end(i);

	if (word === 'fail')
		return exit[i] > 0 ? 'exit ' + exit[i] : 'failed';
	if (word === 'signal')
		return 'signal ' + (SIGNALS[signal[i]] || signal[i]);
	return END_TITLES[word] || word;
}

/* A new element with text and attributes. */
function element(name, text, attributes) {
	const e = document.createElement(name);

	if (text !== undefined)
		e.textContent = text;
	for (const key in attributes || {})
		e.setAttribute(key, attributes[key]);
	return e;
}

/* Head -------------------------------------------------------------------------------------------------------------- */

/* Of the slots' time, how much was used. */
const used = sums => sums.wall > 0 && sums.slots > 0 ? sums.busy / sums.wall / sums.slots : NONE;

/* What the head says: the words below the number, the number (NONE: nothing is said), and what it means. */
const SUMS = [
	['jobs', s => s.jobs, whole, 'Attempts to run a task'],
	['failed', s => s.failed, whole, 'Ended with another status than 0, or could not be run'],
	['killed', s => s.killed || NONE, whole, 'Ended by a signal, a time-out, --halt or an interruption'],
	['wall', s => s.wall, seconds, 'From the first start to the last end'],
	['busy', s => s.busy, seconds, 'The time of all jobs together'],
	['CPU', s => s.cpu, seconds, 'User and system time of all jobs'],
	['slots used', used, n => Math.round(n * 100) + ' %', 'Busy time, of the time that all slots had'],
	['no token', s => s.tokens || NONE, seconds, 'Slots that stood idle for want of a token of the jobserver'],
	['no task', s => s.tasks || NONE, seconds, 'Slots that stood idle for want of a task'],
	['at least', s => s.bound, seconds, 'The longest job, or all jobs on all slots: no order of them could have been faster'],
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
	at('held').textContent = data.sentence || '';
	at('held').hidden = !data.sentence;
	/* A log with a zero of its own tells no date. */
	if (data.first > 1e15)
		at('when').textContent = 'Began ' + new Date(data.first / 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/* Rows of the chart --------------------------------------------------------------------------------------------------- */

/*
 * A row is { name, jobs, shown, bad, busy }: `jobs` do not overlap, so their ends are in the order of their starts; `shown` are those that the filter leaves;
 * of them bad[n] is how many of the first n did not end well, and busy[n] how long these took.
 */
let rows = [];
const matches = new Uint8Array(count).fill(1);
let matching = count;

/* Does job i fit behind job `before`? Clocks are not exact, and some logs have milliseconds only: as log-lanes.c has it. */
function fits(i, before) {
	const length = stop[before] - start[before];

	return start[i] >= stop[before] - Math.min(1000 + length / 100, length / 2) && stop[i] >= stop[before];
}

/* As few rows as keep jobs apart that ran at the same time. */
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
		if (holds[i])
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

/* The first n in [low, high) for which `is` holds, which it then does for all behind; high if for none. */
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

/* Jobs at a time ------------------------------------------------------------------------------------------------------ */

/* From time[n] on so many run; area[n] is the sum of jobs and time before it. */
function makeLevel(wanted) {
	const jobs = [];
	for (let i = 0; i < count; i++)
		if (!holds[i] && lane[i] !== 0 && wanted(i))
			jobs.push(i);
	const begins = Float64Array.from(jobs, i => start[i]).sort(), ends = Float64Array.from(jobs, i => stop[i]).sort();
	const n = jobs.length, time = new Float64Array(2 * n + 1), runs = new Uint32Array(2 * n + 1), area = new Float64Array(2 * n + 1);
	let most = 0;

	for (let b = 0, e = 0, k = 1; k <= 2 * n; k++) {
		const begin = b < n && begins[b] < ends[e];
		time[k] = begin ? begins[b++] : ends[e++];
		/* A job without a length ends as it begins. */
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

/* What is looked at ----------------------------------------------------------------------------------------------------- */

const AXIS = 22, GUTTER = 56, ROW_MOST = 24, ROW_LEAST = 5, LEAST_SPAN = 20;
const view = { from: 0, to: span };
let hovered = NONE, chosen = NONE, pointer = null, rowHeight = ROW_MOST, due = false;
const size = { width: 0, height: 0, level: 0 };

/* Also in a window that leaves no room, or in a frame that is not shown: ticks would never end. */
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

/* So that the job can be seen: moved there if it is not in view, as near as before. */
function reveal(i) {
	const wide = view.to - view.from, n = rowOf(i), top = n * rowHeight;

	if (start[i] > view.to || stop[i] < view.from || (stop[i] - start[i] < wide && (start[i] < view.from || stop[i] > view.to)))
		look((start[i] + stop[i] - wide) / 2, (start[i] + stop[i] + wide) / 2);
	if (top < at('lanes').scrollTop)
		at('lanes').scrollTop = top;
	else if (top + rowHeight > at('lanes').scrollTop + size.height - AXIS)
		at('lanes').scrollTop = top + rowHeight - size.height + AXIS;
}

/* Drawing --------------------------------------------------------------------------------------------------------------- */

const chart = at('chart').getContext('2d'), curve = at('level').getContext('2d');
const colours = {};
let patterns = [], letter = 7;

/* A small tile with strokes, to lie over the colour of what did not end well. */
function tile(dash, ink) {
	const c = document.createElement('canvas'), strokes = {
		rising: [[0, 6, 6, 0], [-1, 1, 1, -1], [5, 7, 7, 5]],
		falling: [[0, 0, 6, 6], [-1, 5, 1, 7], [5, -1, 7, 1]],
		crossed: [[0, 6, 6, 0], [0, 0, 6, 6]],
		level: [[0, 3, 6, 3]],
		upright: [[3, 0, 3, 6]],
	}[dash];

	c.width = c.height = 6;
	const g = c.getContext('2d');
	g.strokeStyle = ink;
	g.lineWidth = 1.2;
	for (const [x0, y0, x1, y1] of strokes) {
		g.beginPath();
		g.moveTo(x0, y0);
		g.lineTo(x1, y1);
		g.stroke();
	}
	return c;
}

function takeColours() {
	const style = getComputedStyle(document.documentElement);

	for (const name of ['back', 'raised', 'line', 'grid', 'band', 'ink', 'soft', 'mark', 'faint', 'area', 'peak', 'onbar', 'ondark', 'mono', ...KINDS.map(k => k.name)])
		colours[name] = style.getPropertyValue('--' + name).trim();
	const tiles = KINDS.map(k => k.dash && tile(k.dash, '#0009'));
	patterns = tiles.map(t => t && chart.createPattern(t, 'repeat'));
	KINDS.forEach((k, n) => {
		document.documentElement.style.setProperty('--fill-' + k.name, (tiles[n] ? 'url(' + tiles[n].toDataURL() + ') ' : '') + colours[k.name]);
	});
	chart.font = '11px ' + colours.mono;
	letter = chart.measureText('0'.repeat(100)).width / 100;
	redraw();
}

function measure() {
	const most = Math.max(120, Math.round(innerHeight * 0.48)), box = at('lanes');
	const need = Math.max(rows.length, 1);

	rowHeight = Math.min(ROW_MOST, Math.max(ROW_LEAST, Math.floor((most - AXIS) / need)));
	size.height = Math.min(AXIS + need * rowHeight + 4, most);
	box.style.height = size.height + 2 + 'px';
	at('height').style.height = Math.max(0, need * rowHeight + AXIS + 4 - size.height) + 'px';
	size.width = box.clientWidth;
	size.level = at('curve').clientHeight;
	for (const [canvas, width, height] of [[at('chart'), size.width, size.height], [at('level'), size.width, size.level]]) {
		canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
		canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
		canvas.style.width = width + 'px';
		canvas.style.height = height + 'px';
	}
	redraw();
}

/* Between ticks: the least of these that leaves room for their labels. */
function tickStep() {
	const wide = 90 / scale();
	let step = 1;

	if (wide > 1e6)
		for (const s of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400])
			if (s * 1e6 >= wide)
				return s * 1e6;
	while (step < wide)
		step *= String(step)[0] === '2' ? 2.5 : 2;
	return step;
}

function drawTicks(g, height, labels) {
	const step = tickStep();

	g.fillStyle = colours.soft;
	g.textBaseline = 'middle';
	g.textAlign = 'center';
	for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
		const x = Math.round(xOf(t));
		if (x < GUTTER)
			continue;
		g.fillStyle = colours.grid;
		g.fillRect(x, labels ? AXIS - 5 : 0, 1, height);
		g.fillStyle = colours.soft;
		if (labels && x < size.width - 20)
			g.fillText(moment(t, step), x, AXIS / 2 - 1);
	}
}

/* So much of a text as has room: all of it, or its beginning without the folders of its first word. */
function shorten(text, room) {
	const base = text.length <= room ? text : text.slice(text.split(' ', 1)[0].lastIndexOf('/') + 1);

	return base.length <= room ? base : base.slice(0, room - 1) + '\u2026';
}

/* The text of a bar that is wide enough for some of it. */
function drawLabel(i, x0, x1, y, height) {
	const from = Math.max(x0, GUTTER) + 4, room = Math.floor((Math.min(x1, size.width) - from - 3) / letter);

	if (room < 4 || height < 11)
		return;
	const text = shorten(shortLabel(i), room);
	if (patterns[kind[i]] && !holds[i]) {
		chart.fillStyle = colours[KINDS[kind[i]].name];
		chart.fillRect(from - 2, y + height / 2 - 7, text.length * letter + 4, 14);
	}
	chart.fillStyle = holds[i] ? colours.ink : KINDS[kind[i]].name === 'timeout' || (KINDS[kind[i]].name === 'notrun' && colours.back !== '#fff') ? colours.ondark : colours.onbar;
	chart.textAlign = 'left';
	chart.textBaseline = 'middle';
	chart.fillText(text, from, y + height / 2 + 0.5);
}

function drawBar(i, x0, x1, y, height) {
	const k = kind[i], inset = height >= 9 ? 1.5 : height >= 7 ? 1 : 0.5;
	const l = Math.max(x0, GUTTER), w = Math.max(Math.min(x1, size.width) - l - (x1 - x0 > 3 ? 0.75 : 0), 1);

	chart.fillStyle = holds[i] && k === 0 ? colours.faint : colours[KINDS[k].name];
	chart.globalAlpha = holds[i] && k !== 0 ? 0.4 : 1;
	chart.fillRect(l, y + inset, w, height - 2 * inset);
	if (patterns[k] && w >= 4 && !holds[i]) {
		chart.fillStyle = patterns[k];
		chart.fillRect(l, y + inset, w, height - 2 * inset);
	}
	chart.globalAlpha = 1;
	drawLabel(i, x0, x1 - 1, y, height);
}

/* Jobs from..to of a row, all in one column of pixels: the worst of them shows, else how much of the column they fill. */
function drawMany(r, from, to, x, y, height) {
	const inset = height >= 7 ? 1.5 : 0.5, filled = (r.busy[to] - r.busy[from]) * scale();
	let worst = kind[r.shown[from]];

	if (r.bad[to] > r.bad[from]) {
		const n = first(from, to, k => r.bad[k + 1] > r.bad[from]);
		worst = kind[r.shown[n]];
	}
	chart.fillStyle = colours[KINDS[worst].name];
	chart.globalAlpha = worst ? 1 : Math.min(1, Math.max(0.4, filled));
	chart.fillRect(x, y + (worst ? 0.5 : inset), worst ? 1.5 : 1, height - (worst ? 1 : 2 * inset));
	chart.globalAlpha = 1;
}

/* Returns how many of its jobs are in view; adds the rectangles to drawn.rects. */
function drawRow(r, y, height, drawn) {
	const jobs = r.shown, n = jobs.length;
	let k = first(0, n, m => stop[jobs[m]] >= view.from), next;

	for (; k < n && start[jobs[k]] <= view.to; k = next) {
		const i = jobs[k], x0 = xOf(start[i]), x1 = xOf(stop[i]), pixel = Math.floor(x0);
		next = k + 1;
		drawn.rects++;
		if (x1 - x0 < 1.5 && next < n && start[jobs[next]] < timeAt(pixel + 1)) {
			next = first(next, n, m => start[jobs[m]] >= timeAt(pixel + 1));
			/* Only the last of them can go on beyond the column. */
			if (xOf(stop[jobs[next - 1]]) - xOf(start[jobs[next - 1]]) >= 1.5)
				next--;
		}
		if (next > k + 1)
			drawMany(r, k, next, pixel, y, height);
		else
			drawBar(i, x0, Math.max(x1, x0 + 1), y, height);
		drawn.jobs += next - k;
	}
}

/* Where rows are low, only each tenth has room for its name. */
function drawName(r, before, y) {
	if ((before && before.name === r.name) || (rowHeight < 10 && Number(r.name) % 10 !== 0))
		return;
	chart.fillStyle = colours.soft;
	chart.textAlign = 'right';
	chart.textBaseline = 'middle';
	chart.fillText(r.name, GUTTER - 7, y + rowHeight / 2 + 0.5);
}

function outline(i, colour, y) {
	const x0 = Math.max(xOf(start[i]), GUTTER), x1 = Math.min(Math.max(xOf(stop[i]), x0 + 2), size.width);

	if (x1 < GUTTER || x0 > size.width)
		return;
	chart.strokeStyle = colour;
	chart.lineWidth = 2;
	chart.strokeRect(x0 - 1, y, x1 - x0 + 2, rowHeight);
}

function rowOf(i) {
	return rows.findIndex(r => {
		const n = first(0, r.jobs.length, m => r.jobs[m] >= i);
		return r.jobs[n] === i;
	});
}

const yOf = n => AXIS + n * rowHeight - at('lanes').scrollTop;

function drawChart(drawn) {
	const g = chart, top = at('lanes').scrollTop;
	const from = Math.floor(top / rowHeight), to = Math.min(rows.length, Math.ceil((top + size.height - AXIS) / rowHeight));

	g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
	g.fillStyle = colours.back;
	g.fillRect(0, 0, size.width, size.height);
	g.font = '11px ' + colours.mono;
	g.save();
	g.beginPath();
	g.rect(0, AXIS, size.width, size.height - AXIS);
	g.clip();
	for (let n = from; n < to; n++)
		if (n % 2 === 1) {
			g.fillStyle = colours.band;
			g.fillRect(GUTTER, yOf(n), size.width, rowHeight);
		}
	g.restore();
	drawTicks(g, size.height, true);
	g.save();
	g.beginPath();
	g.rect(0, AXIS, size.width, size.height - AXIS);
	g.clip();
	for (let n = from; n < to; n++) {
		drawName(rows[n], n > from ? rows[n - 1] : null, yOf(n));
		drawRow(rows[n], yOf(n), rowHeight, drawn);
	}
	if (chosen !== NONE)
		outline(chosen, colours.mark, yOf(rowOf(chosen)));
	if (hovered !== NONE && hovered !== chosen)
		outline(hovered, colours.ink, yOf(rowOf(hovered)));
	g.restore();
	drawPointer(g, size.height);
}

function drawPointer(g, height) {
	if (!pointer || pointer.x < GUTTER)
		return;
	g.fillStyle = colours.soft;
	g.globalAlpha = 0.5;
	g.fillRect(Math.round(pointer.x), 0, 1, height);
	g.globalAlpha = 1;
}

/* The mean of each column of pixels as an area; its peak as a line. */
function drawLevel() {
	const g = curve, base = size.level - 4, most = Math.max(everyLevel.most, 1), high = base - 14;
	const yAt = n => base - n / most * high;

	g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
	g.fillStyle = colours.back;
	g.fillRect(0, 0, size.width, size.level);
	g.font = '11px ' + colours.mono;
	drawTicks(g, size.level, false);
	const peaks = new Path2D(), means = new Path2D();
	means.moveTo(GUTTER, base);
	let n = Math.max(levelIndex(level, timeAt(GUTTER)), 0), before = levelArea(level, timeAt(GUTTER));
	for (let x = GUTTER; x < size.width; x++) {
		const t = timeAt(x + 1), area = levelArea(level, t), mean = (area - before) * scale();
		let peak = level.runs[n];
		for (; n + 1 < level.time.length && level.time[n + 1] <= t; n++)
			peak = Math.max(peak, level.runs[n + 1]);
		means.lineTo(x, yAt(mean));
		means.lineTo(x + 1, yAt(mean));
		peaks.lineTo(x + 0.5, yAt(peak));
		before = area;
	}
	means.lineTo(size.width, base);
	g.fillStyle = colours.area;
	g.fill(means);
	g.strokeStyle = colours.peak;
	g.lineWidth = 1.25;
	g.stroke(peaks);
	drawLevelAxis(g, base, yAt(everyLevel.most));
	drawPointer(g, size.level);
}

function drawLevelAxis(g, base, top) {
	g.fillStyle = colours.soft;
	g.textAlign = 'right';
	g.textBaseline = 'middle';
	g.fillText(String(everyLevel.most), GUTTER - 7, top);
	g.fillText('0', GUTTER - 7, base - 4);
	g.fillText('jobs', GUTTER - 7, (top + base) / 2 - 2);
	if (!pointer || pointer.x < GUTTER)
		return;
	const t = timeAt(pointer.x), n = levelIndex(level, t), side = pointer.x > size.width - 150;
	g.textAlign = side ? 'right' : 'left';
	g.fillStyle = colours.ink;
	g.fillText((n < 0 ? 0 : level.runs[n]) + ' at ' + moment(t, tickStep() / 100), pointer.x + (side ? -6 : 6), 8);
}

function draw() {
	const drawn = { jobs: 0, rects: 0 }, began = performance.now();

	due = false;
	drawChart(drawn);
	drawLevel();
	/* What is in the picture, for who cannot look at it. */
	Object.assign(at('lanes').dataset, { records: count, rows: rows.length, bars: drawn.jobs, rects: drawn.rects, from: view.from, to: view.to, rowHeight,
		drawMs: (performance.now() - began).toFixed(2), chosen, hovered });
}

function redraw() {
	if (due)
		return;
	due = true;
	requestAnimationFrame(draw);
}

/* The pointer ------------------------------------------------------------------------------------------------------------- */

/* The job drawn at a point of the chart, and how many more are in that column of pixels. One that did not end well is found first. */
function hit(x, y) {
	const row = rows[Math.floor((y - AXIS + at('lanes').scrollTop) / rowHeight)], reach = 2 / scale(), t = timeAt(x);

	if (!row || y < AXIS || x < GUTTER)
		return { job: NONE, more: 0 };
	const jobs = row.shown, low = first(0, jobs.length, m => stop[jobs[m]] >= t - reach), high = first(low, jobs.length, m => start[jobs[m]] > t + reach);
	if (low === high)
		return { job: NONE, more: 0 };
	const inside = first(low, high, m => stop[jobs[m]] >= t), exact = inside < high && start[jobs[inside]] <= t ? inside : low;
	const wide = stop[jobs[exact]] - start[jobs[exact]] > 2 * reach;
	const bad = row.bad[high] > row.bad[low] ? first(low, high, m => row.bad[m + 1] > row.bad[low]) : exact;
	return wide ? { job: jobs[exact], more: 0 } : { job: jobs[bad], more: high - low - 1 };
}

function summary(i) {
	const parts = [ending(i)];

	if (took(i) !== NONE)
		parts.push(seconds(took(i)));
	if (began[i] !== NONE)
		parts.push('at ' + moment(start[i], 1000));
	if (slot(i) > 0)
		parts.push('slot ' + slot(i));
	return parts.join(' \u00b7 ');
}

const nameOf = i => seq[i] > 0 ? 'Job ' + whole(seq[i]) + (attempt[i] > 1 ? ', try ' + attempt[i] : '') : 'Job';

function showTip(i, more, x, y) {
	const tip = at('tip');

	tip.hidden = i === NONE;
	tip.dataset.job = i;
	if (i === NONE)
		return;
	tip.replaceChildren(element('b', label(i).slice(0, 300)), nameOf(i) + ' \u00b7 ' + summary(i) + (more > 0 ? ' \u00b7 and ' + whole(more) + ' more here' : ''));
	const box = tip.getBoundingClientRect();
	tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 6)) + 'px';
	tip.style.top = (y + 20 + box.height > innerHeight ? y - box.height - 10 : y + 20) + 'px';
}

/* Where a job's bar is on the screen, for its tip when no pointer is there. */
function showTipAt(i) {
	const box = at('chart').getBoundingClientRect(), x = Math.max(GUTTER, Math.min(xOf(start[i]), size.width - 40));

	showTip(i, 0, box.left + x, box.top + yOf(rowOf(i)) + rowHeight - 16);
}

function hover(event) {
	const box = at('chart').getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top, found = hit(x, y);

	pointer = { x, y };
	hovered = found.job;
	at('lanes').classList.toggle('over', hovered !== NONE);
	showTip(found.job, found.more, event.clientX, event.clientY);
	redraw();
}

function unhover() {
	pointer = null;
	hovered = NONE;
	at('tip').hidden = true;
	redraw();
}

let held = null;

function hold(event) {
	if (event.button !== 0 || event.clientX > at('lanes').getBoundingClientRect().left + at('lanes').clientWidth)
		return;
	held = { x: event.clientX, y: event.clientY, moved: false };
	at('lanes').setPointerCapture(event.pointerId);
}

function drag(event) {
	if (!held) {
		hover(event);
		return;
	}
	const dx = event.clientX - held.x, dy = event.clientY - held.y;
	if (!held.moved && Math.hypot(dx, dy) < 4)
		return;
	unhover();
	at('lanes').classList.add('held');
	move(-dx / scale());
	at('lanes').scrollTop -= dy;
	held = { x: event.clientX, y: event.clientY, moved: true };
}

function release(event) {
	const clicked = held && !held.moved;

	held = null;
	at('lanes').classList.remove('held');
	if (!clicked)
		return;
	const box = at('chart').getBoundingClientRect();
	choose(hit(event.clientX - box.left, event.clientY - box.top).job, true);
}

function wheel(event) {
	const box = at('chart').getBoundingClientRect(), unit = event.deltaMode === 1 ? 30 : 1;

	event.preventDefault();
	if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
		move((event.deltaX || event.deltaY) * unit / scale());
	else
		zoom(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * unit)) / 300), timeAt(Math.max(GUTTER, event.clientX - box.left)));
}

/* The chosen job ------------------------------------------------------------------------------------------------------------ */

function facts(i) {
	const known = [['Ended', ending(i)], ['Target', visible(target(i))], ['Began', whenBegan(i)], ['Took', seconds(took(i))], ['User time', seconds(user[i])],
		['System time', seconds(sys[i])], ['Waited before', seconds(queued[i])], ['for a token', seconds(token[i])], ['Memory', kib(rss[i])],
		['Printed', bytes(out[i])], ['to stderr', bytes(err[i])], ['Slot', positive(slot(i))], ['Process', pid[i] || ''],
		['Started by', parent[i] || ''], ['Tries left', left[i] && kind[i] ? left[i] : '']];

	if (data.first > 1e15 && began[i] !== NONE)
		known[2][1] += ', ' + new Date((data.first + start[i]) / 1000).toLocaleTimeString('en-GB');
	if (data.files > 1)
		known.push(['Log', file[i] + 1]);
	return known.filter(([, value]) => value !== '');
}

function fillRecord(i) {
	at('record').hidden = i === NONE;
	at('record').dataset.job = i;
	if (i === NONE)
		return;
	at('which').textContent = nameOf(i) + (holds[i] ? ', which started others' : '');
	at('command').hidden = at('copy').hidden = commands[i] === '';
	at('command').textContent = commands[i].split('\n').map(visible).join('\n');
	at('copy').textContent = 'Copy the command';
	at('facts').replaceChildren(...facts(i).flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
}

function choose(i, inTable) {
	chosen = i;
	fillRecord(i);
	if (i !== NONE && inTable)
		revealRow(i);
	fillTable();
	redraw();
}

/* By the keyboard: shown at its bar, and said. */
function goTo(i) {
	if (i === NONE || i === undefined)
		return;
	choose(i, true);
	reveal(i);
	showTipAt(i);
	at('said').textContent = nameOf(i) + ', ' + summary(i) + ', ' + label(i).slice(0, 200);
}

function leave() {
	at('tip').hidden = true;
	choose(NONE, false);
}

function copy() {
	const text = commands[chosen], done = () => at('copy').textContent = 'Copied';

	/* Not every browser lets a page from a disk do that. */
	(navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject()).then(done, () => {
		const range = document.createRange();
		range.selectNodeContents(at('command'));
		getSelection().removeAllRanges();
		getSelection().addRange(range);
		at('copy').textContent = 'Selected: copy it with Ctrl+C';
	});
}

/* The next job of the filter in that direction, by start. */
function neighbour(i, step) {
	for (i += step; i >= 0 && i < count; i += step)
		if (matches[i])
			return i;
	return NONE;
}

function firstInView() {
	for (let i = 0; i < count; i++)
		if (matches[i] && stop[i] >= view.from)
			return i;
	return NONE;
}

const chartKeys = {
	'+': () => zoom(1.5, (view.from + view.to) / 2),
	'=': () => zoom(1.5, (view.from + view.to) / 2),
	'-': () => zoom(1 / 1.5, (view.from + view.to) / 2),
	'0': lookAtAll,
	ArrowLeft: () => move((view.from - view.to) / 8),
	ArrowRight: () => move((view.to - view.from) / 8),
	ArrowDown: () => goTo(chosen === NONE ? firstInView() : neighbour(chosen, 1)),
	ArrowUp: () => goTo(chosen === NONE ? firstInView() : neighbour(chosen, -1)),
	Home: () => goTo(neighbour(-1, 1)),
	End: () => goTo(neighbour(count, -1)),
	PageDown: () => at('lanes').scrollBy(0, size.height - AXIS - rowHeight),
	PageUp: () => at('lanes').scrollBy(0, AXIS + rowHeight - size.height),
	Enter: () => chosen !== NONE && look(start[chosen] - (stop[chosen] - start[chosen]) / 2, stop[chosen] + (stop[chosen] - start[chosen]) / 2),
	Escape: leave,
};

function byKey(keys, event) {
	if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
		return;
	event.preventDefault();
	keys[event.key]();
}

/* Filter ------------------------------------------------------------------------------------------------------------------- */

const allowed = new Set(KINDS.keys());

function filter() {
	const words = at('text').value.toLowerCase().split(/\s+/).filter(w => w);

	matching = 0;
	for (let i = 0; i < count; i++) {
		const text = words.length ? (target(i) + ' ' + commands[i]).toLowerCase() : '';
		matches[i] = allowed.has(kind[i]) && words.every(w => text.includes(w));
		matching += matches[i];
	}
	level = matching === count ? everyLevel : makeLevel(i => matches[i]);
	filterRows();
	if (chosen !== NONE && !matches[chosen])
		leave();
	at('shown').textContent = matching === count ? '' : whole(matching) + ' of ' + whole(count) + ' jobs';
	sortTable();
	redraw();
}

/* A box for each way to end that there is; it is the legend too. */
function makeKinds() {
	const of = KINDS.map(() => 0);

	kind.forEach(k => of[k]++);
	KINDS.forEach((k, n) => {
		if (of[n] === 0)
			return;
		const box = element('input', undefined, { type: 'checkbox', value: k.name }), shown = element('label');
		box.checked = true;
		box.addEventListener('change', () => {
			if (box.checked)
				allowed.add(n);
			else
				allowed.delete(n);
			filter();
		});
		shown.append(box, swatch(n), k.title || k.name, element('output', whole(of[n])));
		at('kinds').append(shown);
	});
}

function swatch(k) {
	const s = element('span', undefined, { class: 'swatch', 'aria-hidden': 'true' });
	s.style.background = 'var(--fill-' + KINDS[k].name + ')';
	return s;
}

/* Table ---------------------------------------------------------------------------------------------------------------------- */

const HEIGHT = 24, MOST_PIXELS = 15e6; /* browsers know no taller element than about that */
const hasCommands = commands.some(c => c !== '');
const positive = n => n > 0 ? n : '';
/* `of` is what it sorts by, `show` its text, width in pixels (0: the rest). One of which nothing is known is left out. */
const COLUMNS = [
	{ name: '#', of: i => seq[i], show: i => positive(seq[i]), width: 64, number: true, known: () => seq.some(n => n > 0) },
	{ name: 'Try', of: i => attempt[i], show: i => positive(attempt[i]), width: 48, number: true, known: () => attempt.some(n => n > 1) },
	{ name: 'Slot', of: slot, show: i => positive(slot(i)), width: 54, number: true, known: () => true },
	{ name: 'Ended', of: i => kind[i] * 1e6 + exit[i] * 1e3 + signal[i], show: ending, width: 118, known: () => true },
	{ name: 'Began', of: i => began[i], show: whenBegan, width: 92, number: true, known: () => true },
	{ name: 'Took', of: i => took(i), show: i => seconds(took(i)), width: 96, number: true, known: () => wall.some(n => n !== NONE) },
	{ name: 'CPU', of: i => cpu[i], show: i => seconds(cpu[i]), width: 96, number: true, known: () => cpu.some(n => n !== NONE) },
	{ name: 'Waited', of: i => queued[i], show: i => seconds(queued[i]), width: 96, number: true, known: () => queued.some(n => n !== NONE) },
	{ name: 'Token', of: i => token[i], show: i => seconds(token[i]), width: 86, number: true, known: () => token.some(n => n > 0) },
	{ name: 'Memory', of: i => rss[i], show: i => kib(rss[i]), width: 86, number: true, known: () => rss.some(n => n !== NONE) },
	{ name: 'Target', of: i => target(i), show: i => visible(target(i)), width: hasCommands ? 150 : 0, text: true, known: () => targets !== undefined },
	{ name: 'Command', of: i => commands[i], show: i => (tooCommon ? '\u2026 ' : '') + visible(commands[i].slice(tooCommon, tooCommon + 500)), width: 0, text: true, known: () => hasCommands || targets === undefined },
].filter(c => c.known());

let order = new Uint32Array(0), sorted = { by: COLUMNS.findIndex(c => c.name === 'Began'), down: false }, paper = false;

function sortTable() {
	const { of } = COLUMNS[sorted.by], sign = sorted.down ? -1 : 1, jobs = new Uint32Array(matching);
	let n = 0;

	for (let i = 0; i < count; i++)
		if (matches[i])
			jobs[n++] = i;
	const keys = Array.from({ length: count }, (_, i) => matches[i] ? of(i) : 0);
	order = jobs.sort((a, b) => keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b);
	COLUMNS.forEach((c, k) => at('heads').children[k].setAttribute('aria-sort', k !== sorted.by ? 'none' : sorted.down ? 'descending' : 'ascending'));
	COLUMNS.forEach((c, k) => at('heads').children[k].firstChild.textContent = c.name + (k !== sorted.by ? '' : sorted.down ? ' \u25be' : ' \u25b4'));
	at('rows').scrollTop = 0;
	fillTable();
}

function makeHeads() {
	COLUMNS.forEach((c, k) => {
		const head = element('th', undefined, { scope: 'col', class: c.number ? 'number' : '' }), button = element('button', c.name, { type: 'button' });
		button.addEventListener('click', () => {
			sorted = { by: k, down: sorted.by === k ? !sorted.down : Boolean(c.number && c.name !== '#' && c.name !== 'Began') };
			sortTable();
		});
		if (c.name === 'Command' && tooCommon)
			button.title = 'All begin with: ' + visible(commands[0].slice(0, tooCommon));
		head.append(button);
		at('heads').append(head);
		at('widths').append(element('col', undefined, c.width ? { style: 'width:' + c.width + 'px' } : {}));
	});
}

function makeRow(n) {
	const i = order[n], row = element('tr', undefined, { id: 'row' + i, 'aria-rowindex': n + 2, 'aria-selected': i === chosen });

	row.dataset.job = i;
	for (const c of COLUMNS) {
		const cell = element('td', c.show(i), { class: c.number ? 'number' : c.text ? 'text' : '' });
		if (c.name === 'Ended')
			cell.prepend(swatch(kind[i]));
		row.append(cell);
	}
	return row;
}

function spacer(height) {
	const row = element('tr', undefined, { class: 'spacer', 'aria-hidden': 'true' }), cell = element('td', '', { colspan: COLUMNS.length });

	row.style.height = cell.style.height = height + 'px';
	row.append(cell);
	return row;
}

/* How the table's rows lie in its scrolled height, which is less than their sum when they are very many. */
function tableWindow() {
	const box = at('rows'), fit = Math.max(1, Math.floor((box.clientHeight - 28) / HEIGHT)), tall = Math.min(order.length * HEIGHT, MOST_PIXELS);
	const farthest = Math.max(1, tall - fit * HEIGHT), last = Math.max(0, order.length - fit);
	const top = Math.min(last, Math.floor(Math.min(1, box.scrollTop / farthest) * last));

	return { fit, tall, farthest, last, top };
}

/* The rows that can be seen, and a few more; all, on paper, up to a bound. */
function fillTable() {
	const w = tableWindow(), body = at('body');
	const from = paper ? 0 : Math.max(0, w.top - 8), to = Math.min(order.length, paper ? 500 : w.top + w.fit + 8), shown = [];

	for (let n = from; n < to; n++)
		shown.push(makeRow(n));
	const above = paper || order.length * HEIGHT <= MOST_PIXELS ? from * HEIGHT : Math.max(0, at('rows').scrollTop - (w.top - from) * HEIGHT);
	const below = paper ? 0 : Math.max(0, w.tall - above - shown.length * HEIGHT);
	body.replaceChildren(spacer(above), ...shown, spacer(below));
	body.dataset.first = order.length ? order[0] : NONE;
	if (order.length === 0) {
		const none = element('tr', undefined, { id: 'none' });
		none.append(element('td', count === 0 ? 'There are no jobs in the log.' : 'No job matches the filter.', { colspan: COLUMNS.length }));
		body.replaceChildren(none);
	}
	document.querySelector('table').setAttribute('aria-rowcount', order.length + 1);
}

function revealRow(i) {
	const w = tableWindow(), n = order.indexOf(i);

	if (n === -1 || (n >= w.top && n < w.top + w.fit))
		return;
	at('rows').scrollTop = w.last === 0 ? 0 : Math.ceil(Math.max(0, Math.min(w.last, n < w.top ? n : n - w.fit + 1)) / w.last * w.farthest);
}

/* By the keyboard in the table: the row so far from the chosen one. */
function step(by) {
	const n = order.indexOf(chosen), to = Math.min(order.length - 1, Math.max(0, n === -1 ? 0 : n + by));

	if (order.length > 0)
		goTo(order[to]);
	at('tip').hidden = true;
}

const tableKeys = {
	ArrowDown: () => step(1),
	ArrowUp: () => step(-1),
	PageDown: () => step(tableWindow().fit - 1),
	PageUp: () => step(1 - tableWindow().fit),
	Home: () => step(-Infinity),
	End: () => step(Infinity),
	Enter: chartKeys.Enter,
	Escape: leave,
};

/* All together ----------------------------------------------------------------------------------------------------------------- */

function printing(on) {
	paper = on;
	document.documentElement.classList.toggle('paper', on);
	takeColours();
	measure();
	fillTable();
	draw();
}

function listen() {
	const lanes = at('lanes');

	lanes.addEventListener('pointerdown', hold);
	lanes.addEventListener('pointermove', drag);
	lanes.addEventListener('pointerup', release);
	lanes.addEventListener('pointercancel', () => held = null);
	lanes.addEventListener('pointerleave', unhover);
	lanes.addEventListener('dblclick', chartKeys.Enter);
	lanes.addEventListener('wheel', wheel, { passive: false });
	lanes.addEventListener('scroll', redraw);
	lanes.addEventListener('keydown', event => byKey(chartKeys, event));
	lanes.addEventListener('focus', () => lanes.matches(':focus-visible') && !held && goTo(chosen === NONE ? firstInView() : chosen));
	lanes.addEventListener('blur', () => at('tip').hidden = true);
	at('curve').addEventListener('pointermove', event => {
		pointer = { x: event.clientX - at('level').getBoundingClientRect().left };
		redraw();
	});
	at('curve').addEventListener('pointerleave', unhover);
	at('curve').addEventListener('wheel', wheel, { passive: false });
	at('closer').addEventListener('click', chartKeys['+']);
	at('farther').addEventListener('click', chartKeys['-']);
	at('all').addEventListener('click', lookAtAll);
	at('text').addEventListener('input', filter);
	at('rows').addEventListener('scroll', fillTable);
	at('rows').addEventListener('keydown', event => event.target === at('rows') && byKey(tableKeys, event));
	at('body').addEventListener('click', event => {
		const row = event.target.closest('tr[data-job]');
		if (row)
			goTo(Number(row.dataset.job));
		at('tip').hidden = true;
	});
	at('close').addEventListener('click', leave);
	at('copy').addEventListener('click', copy);
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', takeColours);
	addEventListener('beforeprint', () => printing(true));
	addEventListener('afterprint', () => printing(false));
	new ResizeObserver(measure).observe(document.body);
	new ResizeObserver(fillTable).observe(at('rows'));
}

head();
makeRows();
everyLevel = makeLevel(() => true);
at('curve').setAttribute('aria-label', 'Jobs at a time, ' + everyLevel.most + ' at most');
makeKinds();
makeHeads();
takeColours();
measure();
filter();
lookAtAll();
listen();
