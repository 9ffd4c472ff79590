/*
 * The page that qlog html writes: a chart of the jobs by lane, below it a chart of the number of jobs at a time, and a
 * table.
 *
 * The build joins the scripts in this directory: data.js, rows.js, draw.js, pointer.js, table.js, main.js.
 *
 * Jobs are numbers from 0 to count - 1, in the order of their starts. Their values are in columns, one typed array
 * each. Times are in microseconds since the first start. NONE means unknown. Only draw() draws; it runs once for
 * any number of changes.
 */
const NONE = -1;
const data = JSON.parse(document.getElementById('data').textContent);
const count = data.count;
const at = id => document.getElementById(id);

/* The ways in which a job can end; `ends` are the outcomes in records. */
const KINDS = [
	{ name: 'ok', ends: ['ok'], dash: null },
	{ name: 'fail', ends: ['fail'], dash: 'rising', title: 'failed' },
	{ name: 'signal', ends: ['signal'], dash: 'crossed', title: 'killed' },
	{ name: 'timeout', ends: ['timeout'], dash: 'level', title: 'timeout' },
	{ name: 'notrun', ends: ['notrun', 'invalid'], dash: 'falling', title: 'not run' },
	{ name: 'stopped', ends: ['halted', 'interrupted'], dash: 'upright', title: 'stopped' },
];
/* The outcomes that are shown under another name. */
const END_TITLES = { fail: 'failed', signal: 'killed', notrun: 'not run' };
const SIGNALS = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 4: 'ILL', 6: 'ABRT', 8: 'FPE', 9: 'KILL', 11: 'SEGV', 13: 'PIPE',
	14: 'ALRM', 15: 'TERM' };

/* Columns -------------------------------------------------------------------------------------------------------- */

function column(name, nothing) {
	return Float64Array.from(data[name] || new Float64Array(count).fill(nothing));
}

const began = column('start_us', NONE), wall = column('wall_us', NONE), lane = column('lane', 0),
	outcome = column('outcome', 0);
const user = column('user_us', NONE), sys = column('sys_us', NONE), queued = column('queued_us', NONE),
	token = column('token_us', NONE);
const rss = column('maxrss_kib', NONE), out = column('out_bytes', NONE), err = column('err_bytes', NONE);
const seq = column('seq', 0), attempt = column('attempt', 0), left = column('left', 0), pid = column('pid', 0),
	parent = column('parent', 0), file = column('file', 0);
const exit = column('status', 0), signal = column('signal', 0), isParent = column('is_parent', 0);
const start = began.map(b => Math.max(b, 0)); /* a job without a known start is shown at the beginning */
const end = i => data.words.outcome[outcome[i]];
const commands = data.command, targets = data.target;
const kind = Uint8Array.from(outcome, o => KINDS.findIndex(k => k.ends.includes(data.words.outcome[o])));
/* A job without a lane has no place in time: with a length, each would get a row of its own. */
const stop = Float64Array.from(start, (s, i) => lane[i] > 0 ? s + Math.max(wall[i], 0) : s);
const cpu = Float64Array.from(user, (u, i) => u === NONE || sys[i] === NONE ? NONE : u + sys[i]);
/* A parent job is in a lane but does not use a slot. */
const slot = i => isParent[i] ? 0 : lane[i];
const took = i => lane[i] > 0 ? wall[i] : NONE;
const span = Math.max(stop.reduce((a, b) => Math.max(a, b), 0), 1000);

const target = i => targets ? targets[i] : '';
const label = i => visible(target(i) || commands[i]);

/* The length of the beginning that all commands share, in whole words and directories; a bar has no space for it. */
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
/* The same if it is long enough to hide the rest in a cell of the table, else 0. */
const tooCommon = common > 24 ? common : 0;
const shortLabel = i => visible(target(i) || commands[i].slice(common, common + 400));

/* Words ---------------------------------------------------------------------------------------------------------- */

/* Writes characters that are invisible, or that change the direction of text, as in a shell's $'...'. */
function visible(text) {
	return text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
		c => {
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

/* A moment of the run, with the decimals that ticks at this distance need. */
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
