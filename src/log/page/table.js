/* The filter and the table. */

/* Filter --------------------------------------------------------------------------------------------------------- */

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

/* A box for each way to end that occurs; also the legend. */
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

/* Table ---------------------------------------------------------------------------------------------------------- */

const HEIGHT = 24, MOST_PIXELS = 15e6; /* about the height of the tallest element that browsers support */
const hasCommands = commands.some(c => c !== '');
const positive = n => n > 0 ? n : '';
/* `of` is the sort key, `show` the text, width in pixels (0: the rest). A column without known values is left out. */
const COLUMNS = [
	{ name: '#', of: i => seq[i], show: i => positive(seq[i]), width: 64, number: true,
		known: () => seq.some(n => n > 0) },
	{ name: 'Try', of: i => attempt[i], show: i => positive(attempt[i]), width: 48, number: true,
		known: () => attempt.some(n => n > 1) },
	{ name: 'Slot', of: slot, show: i => positive(slot(i)), width: 54, number: true, known: () => true },
	{ name: 'Ended', of: i => kind[i] * 1e6 + exit[i] * 1e3 + signal[i], show: ending, width: 118,
		known: () => true },
	{ name: 'Began', of: i => began[i], show: whenBegan, width: 92, number: true, known: () => true },
	{ name: 'Took', of: i => took(i), show: i => seconds(took(i)), width: 96, number: true,
		known: () => wall.some(n => n !== NONE) },
	{ name: 'CPU', of: i => cpu[i], show: i => seconds(cpu[i]), width: 96, number: true,
		known: () => cpu.some(n => n !== NONE) },
	{ name: 'Waited', of: i => queued[i], show: i => seconds(queued[i]), width: 96, number: true,
		known: () => queued.some(n => n !== NONE) },
	{ name: 'Token', of: i => token[i], show: i => seconds(token[i]), width: 86, number: true,
		known: () => token.some(n => n > 0) },
	{ name: 'Memory', of: i => rss[i], show: i => kib(rss[i]), width: 86, number: true,
		known: () => rss.some(n => n !== NONE) },
	{ name: 'Target', of: i => target(i), show: i => visible(target(i)), width: hasCommands ? 150 : 0, text: true,
		known: () => targets !== undefined },
	{ name: 'Command', of: i => commands[i], show: i => (tooCommon ? '\u2026 ' : '')
		+ visible(commands[i].slice(tooCommon, tooCommon + 500)), width: 0, text: true,
		known: () => hasCommands || targets === undefined },
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
	COLUMNS.forEach((c, k) => at('heads').children[k].setAttribute('aria-sort', k !== sorted.by ? 'none'
		: sorted.down ? 'descending' : 'ascending'));
	COLUMNS.forEach((c, k) => at('heads').children[k].firstChild.textContent = c.name
		+ (k !== sorted.by ? '' : sorted.down ? ' \u25be' : ' \u25b4'));
	at('rows').scrollTop = 0;
	fillTable();
}

function makeHeads() {
	COLUMNS.forEach((c, k) => {
		const head = element('th', undefined, { scope: 'col', class: c.number ? 'number' : '' }),
			button = element('button', c.name, { type: 'button' });
		button.addEventListener('click', () => {
			sorted = { by: k, down: sorted.by === k ? !sorted.down
				: Boolean(c.number && c.name !== '#' && c.name !== 'Began') };
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
	const i = order[n], row = element('tr', undefined, { id: 'row' + i, 'aria-rowindex': n + 2,
		'aria-selected': i === chosen });

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
	const row = element('tr', undefined, { class: 'spacer', 'aria-hidden': 'true' }),
		cell = element('td', '', { colspan: COLUMNS.length });

	row.style.height = cell.style.height = height + 'px';
	row.append(cell);
	return row;
}

/* Where the rows are in the scrolled height of the table, which is less than their sum if there are very many. */
function tableWindow() {
	const box = at('rows'), fit = Math.max(1, Math.floor((box.clientHeight - 28) / HEIGHT)),
		tall = Math.min(order.length * HEIGHT, MOST_PIXELS);
	const farthest = Math.max(1, tall - fit * HEIGHT), last = Math.max(0, order.length - fit);
	const top = Math.min(last, Math.floor(Math.min(1, box.scrollTop / farthest) * last));

	return { fit, tall, farthest, last, top };
}

/* Makes the visible rows and a few more; on paper all, up to a limit. */
function fillTable() {
	const w = tableWindow(), body = at('body');
	const from = paper ? 0 : Math.max(0, w.top - 8), to = Math.min(order.length, paper ? 500 : w.top + w.fit + 8),
		shown = [];

	for (let n = from; n < to; n++)
		shown.push(makeRow(n));
	const above = paper || order.length * HEIGHT <= MOST_PIXELS ? from * HEIGHT
		: Math.max(0, at('rows').scrollTop - (w.top - from) * HEIGHT);
	const below = paper ? 0 : Math.max(0, w.tall - above - shown.length * HEIGHT);
	body.replaceChildren(spacer(above), ...shown, spacer(below));
	body.dataset.first = order.length ? order[0] : NONE;
	if (order.length === 0) {
		const none = element('tr', undefined, { id: 'none' });
		none.append(element('td', count === 0 ? 'The log has no jobs.' : 'No job matches the filter.',
			{ colspan: COLUMNS.length }));
		body.replaceChildren(none);
	}
	document.querySelector('table').setAttribute('aria-rowcount', order.length + 1);
}

function revealRow(i) {
	const w = tableWindow(), n = order.indexOf(i);

	if (n === -1 || (n >= w.top && n < w.top + w.fit))
		return;
	at('rows').scrollTop = w.last === 0 ? 0 : Math.ceil(Math.max(0,
		Math.min(w.last, n < w.top ? n : n - w.fit + 1)) / w.last * w.farthest);
}

/* Selects a row of the table by its distance from the chosen one. */
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
