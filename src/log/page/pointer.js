/* The pointer on the charts, and the chosen job. */

/* The pointer ---------------------------------------------------------------------------------------------------- */

/*
 * The job drawn at a point of the chart, and how many more are in its column of pixels. Jobs that did not end well go
 * first.
 */
function hit(x, y) {
	const row = rows[Math.floor((y - AXIS + at('lanes').scrollTop) / rowHeight)], reach = 2 / scale(),
		t = timeAt(x);

	if (!row || y < AXIS || x < GUTTER)
		return { job: NONE, more: 0 };
	const jobs = row.shown, low = first(0, jobs.length, m => stop[jobs[m]] >= t - reach),
		high = first(low, jobs.length, m => start[jobs[m]] > t + reach);
	if (low === high)
		return { job: NONE, more: 0 };
	const inside = first(low, high, m => stop[jobs[m]] >= t), exact = inside < high && start[jobs[inside]] <= t
		? inside : low;
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
	tip.replaceChildren(element('b', label(i).slice(0, 300)), nameOf(i) + ' \u00b7 ' + summary(i)
		+ (more > 0 ? ' \u00b7 and ' + whole(more) + ' more here' : ''));
	const box = tip.getBoundingClientRect();
	tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 6)) + 'px';
	tip.style.top = (y + 20 + box.height > innerHeight ? y - box.height - 10 : y + 20) + 'px';
}

/* Shows the tip at the job's bar, for use without a pointer. */
function showTipAt(i) {
	const box = at('chart').getBoundingClientRect(), x = Math.max(GUTTER, Math.min(xOf(start[i]), size.width - 40));

	showTip(i, 0, box.left + x, box.top + yOf(rowOf(i)) + rowHeight - 16);
}

function hover(event) {
	const box = at('chart').getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top,
		found = hit(x, y);

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

let grab = null; /* a press of the button on the chart: where it began, and whether it moved since */

function press(event) {
	if (event.button !== 0 || event.clientX > at('lanes').getBoundingClientRect().left + at('lanes').clientWidth)
		return;
	grab = { x: event.clientX, y: event.clientY, moved: false };
	at('lanes').setPointerCapture(event.pointerId);
}

function drag(event) {
	if (!grab) {
		hover(event);
		return;
	}
	const dx = event.clientX - grab.x, dy = event.clientY - grab.y;
	if (!grab.moved && Math.hypot(dx, dy) < 4)
		return;
	unhover();
	at('lanes').classList.add('grabbed');
	move(-dx / scale());
	at('lanes').scrollTop -= dy;
	grab = { x: event.clientX, y: event.clientY, moved: true };
}

function release(event) {
	const clicked = grab && !grab.moved;

	grab = null;
	at('lanes').classList.remove('grabbed');
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
		zoom(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * unit)) / 300),
			timeAt(Math.max(GUTTER, event.clientX - box.left)));
}

/* The chosen job ------------------------------------------------------------------------------------------------- */

function facts(i) {
	const known = [['Ended', ending(i)], ['Target', visible(target(i))], ['Began', whenBegan(i)],
		['Took', seconds(took(i))], ['User time', seconds(user[i])],
		['System time', seconds(sys[i])], ['Waited before', seconds(queued[i])],
			['for a token', seconds(token[i])], ['Memory', kib(rss[i])],
		['Printed', bytes(out[i])], ['to stderr', bytes(err[i])], ['Slot', positive(slot(i))],
			['Process', pid[i] || ''],
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
	at('which').textContent = nameOf(i) + (isParent[i] ? ', parent job' : '');
	at('command').hidden = at('copy').hidden = commands[i] === '';
	at('command').textContent = commands[i].split('\n').map(visible).join('\n');
	at('copy').textContent = 'Copy the command';
	at('facts').replaceChildren(...facts(i).flatMap(([name, value]) => [element('dt', name),
		element('dd', value)]));
}

function choose(i, inTable) {
	chosen = i;
	fillRecord(i);
	if (i !== NONE && inTable)
		revealRow(i);
	fillTable();
	redraw();
}

/* Selects a job by the keyboard: shows it at its bar and announces it. */
function goTo(i) {
	if (i === NONE || i === undefined)
		return;
	choose(i, true);
	reveal(i);
	showTipAt(i);
	at('announced').textContent = nameOf(i) + ', ' + summary(i) + ', ' + label(i).slice(0, 200);
}

function leave() {
	at('tip').hidden = true;
	choose(NONE, false);
}

function copy() {
	const text = commands[chosen], done = () => at('copy').textContent = 'Copied';

	/* Some browsers do not let a page from a disk do this. */
	(navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject()).then(done, () => {
		const range = document.createRange();
		range.selectNodeContents(at('command'));
		getSelection().removeAllRanges();
		getSelection().addRange(range);
		at('copy').textContent = 'Selected: copy it with Ctrl+C';
	});
}

/* The next matching job in one direction, by start. */
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
	Enter: () => chosen !== NONE && look(start[chosen] - (stop[chosen] - start[chosen]) / 2, stop[chosen]
		+ (stop[chosen] - start[chosen]) / 2),
	Escape: leave,
};

function byKey(keys, event) {
	if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
		return;
	event.preventDefault();
	keys[event.key]();
}
