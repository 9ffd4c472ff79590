/* Everything that draws on the two canvases. */

/* Drawing -------------------------------------------------------------------------------------------------------- */

const chart = at('chart').getContext('2d'), curve = at('level').getContext('2d');
const colours = {};
let patterns = [], letter = 7;

/* A small tile with strokes, drawn over the colour of jobs that did not end well. */
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

	for (const name of ['back', 'raised', 'line', 'grid', 'band', 'ink', 'soft', 'mark', 'faint', 'area', 'peak',
		'onbar', 'ondark', 'mono', ...KINDS.map(k => k.name)])
		colours[name] = style.getPropertyValue('--' + name).trim();
	const tiles = KINDS.map(k => k.dash && tile(k.dash, '#0009'));
	patterns = tiles.map(t => t && chart.createPattern(t, 'repeat'));
	KINDS.forEach((k, n) => {
		document.documentElement.style.setProperty('--fill-' + k.name,
			(tiles[n] ? 'url(' + tiles[n].toDataURL() + ') ' : '') + colours[k.name]);
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
	for (const [canvas, width, height] of [[at('chart'), size.width, size.height],
		[at('level'), size.width, size.level]]) {
		canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
		canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
		canvas.style.width = width + 'px';
		canvas.style.height = height + 'px';
	}
	redraw();
}

/* The distance between ticks: the smallest of these with enough space for labels. */
function tickStep() {
	const wide = 90 / scale();
	let step = 1;

	if (wide > 1e6)
		for (const s of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200,
			86400])
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

/* The part of a text that fits: all of it, or its beginning without the directories of its first word. */
function shorten(text, space) {
	const base = text.length <= space ? text : text.slice(text.split(' ', 1)[0].lastIndexOf('/') + 1);

	return base.length <= space ? base : base.slice(0, space - 1) + '\u2026';
}

/* Labels a bar, if it is wide enough for a part of the label. */
function drawLabel(i, x0, x1, y, height) {
	const from = Math.max(x0, GUTTER) + 4, space = Math.floor((Math.min(x1, size.width) - from - 3) / letter);

	if (space < 4 || height < 11)
		return;
	const text = shorten(shortLabel(i), space);
	if (patterns[kind[i]] && !isParent[i]) {
		chart.fillStyle = colours[KINDS[kind[i]].name];
		chart.fillRect(from - 2, y + height / 2 - 7, text.length * letter + 4, 14);
	}
	const name = KINDS[kind[i]].name, light = name === 'timeout' || (name === 'notrun' && colours.back !== '#fff');
	chart.fillStyle = isParent[i] ? colours.ink : light ? colours.ondark : colours.onbar;
	chart.textAlign = 'left';
	chart.textBaseline = 'middle';
	chart.fillText(text, from, y + height / 2 + 0.5);
}

function drawBar(i, x0, x1, y, height) {
	const k = kind[i], inset = height >= 9 ? 1.5 : height >= 7 ? 1 : 0.5;
	const l = Math.max(x0, GUTTER), w = Math.max(Math.min(x1, size.width) - l - (x1 - x0 > 3 ? 0.75 : 0), 1);

	chart.fillStyle = isParent[i] && k === 0 ? colours.faint : colours[KINDS[k].name];
	chart.globalAlpha = isParent[i] && k !== 0 ? 0.4 : 1;
	chart.fillRect(l, y + inset, w, height - 2 * inset);
	if (patterns[k] && w >= 4 && !isParent[i]) {
		chart.fillStyle = patterns[k];
		chart.fillRect(l, y + inset, w, height - 2 * inset);
	}
	chart.globalAlpha = 1;
	drawLabel(i, x0, x1 - 1, y, height);
}

/*
 * Draws jobs from..to of a row, all in one column of pixels: in the colour of the worst one, or by how much of it they
 * fill.
 */
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

/* Draws a row; counts its jobs in drawn.jobs and its rectangles in drawn.rects. */
function drawRow(r, y, height, drawn) {
	const jobs = r.shown, n = jobs.length;
	let k = first(0, n, m => stop[jobs[m]] >= view.from), next;

	for (; k < n && start[jobs[k]] <= view.to; k = next) {
		const i = jobs[k], x0 = xOf(start[i]), x1 = xOf(stop[i]), pixel = Math.floor(x0);
		next = k + 1;
		drawn.rects++;
		if (x1 - x0 < 1.5 && next < n && start[jobs[next]] < timeAt(pixel + 1)) {
			next = first(next, n, m => start[jobs[m]] >= timeAt(pixel + 1));
			/* Only the last one can extend beyond the column. */
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

/* Where rows are low, only every tenth has space for its name. */
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
	const from = Math.floor(top / rowHeight), to = Math.min(rows.length,
		Math.ceil((top + size.height - AXIS) / rowHeight));

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

/* Draws the mean of each column of pixels as an area and its peak as a line. */
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
	/* For tests, which cannot see the picture. */
	Object.assign(at('lanes').dataset, { records: count, rows: rows.length, bars: drawn.jobs, rects: drawn.rects,
		from: view.from, to: view.to, rowHeight,
		drawMs: (performance.now() - began).toFixed(2), chosen, hovered });
}

function redraw() {
	if (due)
		return;
	due = true;
	requestAnimationFrame(draw);
}
