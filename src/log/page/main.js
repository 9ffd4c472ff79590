/* Sets up the page: events, then the first picture. */

/* Start ---------------------------------------------------------------------------------------------------------- */

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

	lanes.addEventListener('pointerdown', press);
	lanes.addEventListener('pointermove', drag);
	lanes.addEventListener('pointerup', release);
	lanes.addEventListener('pointercancel', () => grab = null);
	lanes.addEventListener('pointerleave', unhover);
	lanes.addEventListener('dblclick', chartKeys.Enter);
	lanes.addEventListener('wheel', wheel, { passive: false });
	lanes.addEventListener('scroll', redraw);
	lanes.addEventListener('keydown', event => byKey(chartKeys, event));
	lanes.addEventListener('focus', () => lanes.matches(':focus-visible') && !grab
		&& goTo(chosen === NONE ? firstInView() : chosen));
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
