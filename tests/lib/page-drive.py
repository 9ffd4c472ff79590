#!/usr/bin/env python3
"""Acts like a reader of the page in a headless Chromium, and reports what is wrong.

    page-drive.py PAGE SCENARIO [JSONL]

JSONL is the log from which the page was made. Exits with 0; with 1 and a line for each error; with 77 and a line if no
browser is available. In every scenario, the page must not use the network, and the console must stay empty.
"""
import base64
import json
import os
import shutil
import sys
import time

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print('python3-selenium is not installed')
    sys.exit(77)

wrong = []


def demand(good, *what):
    if not good:
        wrong.append(' '.join(str(part) for part in what))


def start(width, height):
    options = Options()
    for word in ('--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                 '--disable-background-networking', '--force-device-scale-factor=1', f'--window-size={width},{height}'):
        options.add_argument(word)
    if os.geteuid() == 0:
        options.add_argument('--no-sandbox')
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    driver = webdriver.Chrome(service=Service(shutil.which('chromedriver')), options=options)
    driver.set_script_timeout(60)
    driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
        {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False})
    return driver


# A copy of a canvas whose pixels can be read.
COPY = '''
    const copyOf = from => {
        const to = document.createElement('canvas'), g = to.getContext('2d', { willReadFrequently: true });
        to.width = from.width;
        to.height = from.height;
        g.drawImage(from, 0, 0);
        return g;
    };'''


class Page:
    """The page as a reader uses it: look, point and type."""

    def __init__(self, driver, path, jobs):
        self.driver = driver
        self.jobs = jobs
        self.url = 'file://' + os.path.abspath(path)
        self.theme('light')
        driver.get(self.url)
        self.settle()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def settle(self):
        """Waits for two frames, until a change is drawn."""
        self.driver.execute_async_script('const done = arguments[0];'
            'requestAnimationFrame(() => requestAnimationFrame(() => done()))')

    def theme(self, name):
        self.driver.execute_cdp_cmd('Emulation.setEmulatedMedia',
            {'features': [{'name': 'prefers-color-scheme', 'value': name}]})

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run('return document.querySelector(arguments[0]).textContent', selector)

    def shown(self, selector):
        return self.find(selector).is_displayed()

    def chart(self):
        """Returns what the page reports to have drawn."""
        self.settle()
        return self.run('return Object.assign({}, document.getElementById("lanes").dataset)')

    def bars(self):
        return int(self.chart()['bars'])

    def view(self):
        chart = self.chart()
        return float(chart['from']), float(chart['to'])

    def keys(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()
        self.settle()

    def point(self, x, y, *more):
        """Moves the mouse to a point of the chart, relative to its upper left corner, then calls `more`."""
        box = self.run('const b = document.getElementById("chart").getBoundingClientRect(); return [b.left, b.top]')
        chain = ActionChains(self.driver)
        chain.w3c_actions.pointer_action.move_to_location(int(box[0] + x), int(box[1] + y))
        for step in more:
            step(chain)
        chain.perform()
        self.settle()

    def place(self, job):
        """Returns the point where the middle of a job's bar should be, by its times and slot."""
        chart = self.chart()
        first = min(j['start_s'] for j in self.jobs)
        middle = (job['start_s'] - first + job['wall_s'] / 2) * 1e6
        width = self.run('return document.getElementById("chart").clientWidth') - 64
        scale = width / (float(chart['to']) - float(chart['from']))
        return 56 + (middle - float(chart['from'])) * scale, 22 + (job['slot'] - 0.5) * float(chart['rowHeight'])

    def swept(self):
        """Returns the jobs that the pointer finds anywhere in the chart."""
        return self.run('''
            const lanes = document.getElementById('lanes'), found = new Set();
            const box = document.getElementById('chart').getBoundingClientRect();
            for (let n = 0; n < Number(lanes.dataset.rows); n++)
                for (let x = 56; x < box.width; x += 1) {
                    const y = box.top + 22 + (n + 0.5) * Number(lanes.dataset.rowHeight);
                    const at = { clientX: box.left + x, clientY: y, bubbles: true };
                    lanes.dispatchEvent(new PointerEvent('pointermove', at));
                    if (!document.getElementById('tip').hidden)
                        found.add(Number(document.getElementById('tip').dataset.job));
                }
            lanes.dispatchEvent(new PointerEvent('pointerleave'));
            return [...found].sort((a, b) => a - b);''')

    def painted(self):
        """Counts the bars in the picture: runs of pixels along each row that do not have the background colour."""
        self.settle()
        return self.run(COPY + '''
            const lanes = document.getElementById('lanes'), chart = document.getElementById('chart'), g = copyOf(chart);
            const style = getComputedStyle(document.documentElement), ground = new Set();
            const probe = copyOf(document.createElement('canvas'));
            for (const name of ['back', 'band', 'grid']) {
                probe.fillStyle = style.getPropertyValue('--' + name);
                probe.fillRect(0, 0, 1, 1);
                ground.add(probe.getImageData(0, 0, 1, 1).data.join());
            }
            let runs = 0;
            for (let n = 0; n < Number(lanes.dataset.rows); n++) {
                const y = Math.round(22 + n * Number(lanes.dataset.rowHeight)) + 3;
                const line = g.getImageData(0, y, chart.width, 1).data;
                for (let x = 56, inside = false; x < chart.width; x++) {
                    const bar = !ground.has(line.slice(4 * x, 4 * x + 4).join());
                    runs += bar && !inside;
                    inside = bar;
                }
            }
            return runs;''')

    def rows(self):
        """Returns the jobs in the filled part of the table, by the first cell of each row."""
        return self.run("return [...document.querySelectorAll('#body tr[data-job]')]"
                        ".map(r => r.firstChild.textContent)")

    def matching(self):
        return int(self.find('table').get_attribute('aria-rowcount')) - 1


def bars(page):
    """There is a bar for each record: by the count of the page, by the pointer, and in the picture."""
    jobs = len(page.jobs)
    demand(page.bars() == jobs, 'it says that it drew', page.bars(), 'of', jobs)
    demand(page.swept() == list(range(jobs)), 'the pointer finds', page.swept())
    demand(page.painted() == jobs, 'there are', page.painted(), 'bars in the picture, of', jobs)
    demand(page.matching() == jobs, 'the table has', page.matching())


def hover(page):
    """The pointer shows a record at the place of its times; a click keeps it open."""
    demand(not page.shown('#tip'), 'a tip without a pointer')
    for job in page.jobs:
        page.point(*page.place(job))
        tip = page.text('#tip')
        demand(page.shown('#tip') and job['command'] in tip, 'over job', job['seq'], 'the tip says', tip)
        demand(f'{job["wall_s"]:.3f} s' in tip and f'slot {job["slot"]}' in tip, 'the time and slot of job',
            job['seq'], 'are not in', tip)
        demand({'ok': 'ok', 'fail': f'exit {job["status"]}', 'signal': 'signal',
            'timeout': 'timeout'}[job['end']] in tip, 'how job', job['seq'], 'ended is not in', tip)
    page.point(page.place(page.jobs[0])[0], 10)
    demand(not page.shown('#tip'), 'a tip where no bar is')
    page.point(*page.place(page.jobs[1]), lambda chain: chain.click())
    demand(page.shown('#record') and page.text('#command') == page.jobs[1]['command'], 'a click shows',
        page.text('#command'))
    demand(f'Job {page.jobs[1]["seq"]}' in page.text('#which') and '0.500 s' in page.text('#facts'), 'the record is',
        page.text('#facts'))
    page.find('#close').click()
    demand(not page.shown('#record'), 'the record is not closed')


def keyboard(page):
    for _ in range(40):
        page.keys(Keys.TAB)
        if page.run('return document.activeElement.id') == 'lanes':
            break
    demand(page.run('return document.activeElement.id') == 'lanes', 'the chart cannot be reached by Tab')
    demand(page.shown('#tip') and page.jobs[0]['command'] in page.text('#tip'), 'at the first job the tip says',
        page.text('#tip'))
    demand(page.jobs[0]['command'] in page.text('#announced') and page.jobs[0]['command'] == page.text('#command'),
        'the first job is not announced, or not shown')
    page.keys(Keys.ARROW_DOWN)
    demand(page.jobs[1]['command'] in page.text('#tip'), 'at the next job the tip says', page.text('#tip'))
    page.keys(Keys.END)
    demand(page.jobs[-1]['command'] in page.text('#announced'), 'at the last job it says', page.text('#announced'))
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.HOME)
    demand(page.jobs[0]['command'] in page.text('#announced'), 'back at the first job it says', page.text('#announced'))
    whole = page.view()
    page.keys('+')
    demand(whole[0] < page.view()[0] < page.view()[1] < whole[1], '+ zooms from', whole, 'to', page.view())
    closer = page.view()
    page.keys(Keys.ARROW_RIGHT)
    demand(page.view()[0] > closer[0] and abs(page.view()[1] - page.view()[0] - closer[1] + closer[0]) < 1,
        'the right arrow moves from', closer, 'to', page.view())
    page.keys(Keys.ARROW_LEFT, '-')
    demand(abs(page.view()[1] - whole[1]) < 0.01 * whole[1], '- zooms to', page.view(), 'not', whole)
    page.keys(Keys.ENTER)
    demand(page.view()[1] - page.view()[0] < 4 * page.jobs[0]['wall_s'] * 1e6, 'Enter zooms to', page.view())
    page.keys('0', Keys.ESCAPE)
    demand(page.view() == whole and not page.shown('#tip') and not page.shown('#record'), '0 and Escape lead to',
        page.view())
    page.find('#rows').click()
    page.run('document.getElementById("rows").focus()')
    page.keys(Keys.HOME, Keys.ARROW_DOWN)
    demand(page.text('#command') == page.jobs[1]['command'], 'in the table the second job is', page.text('#command'))


def names(page):
    """Every control has an accessible name."""
    tree = page.driver.execute_cdp_cmd('Accessibility.getFullAXTree', {})['nodes']
    for node in tree:
        role = node.get('role', {}).get('value')
        if role in ('button', 'checkbox', 'searchbox', 'textbox', 'application', 'img', 'image',
            'columnheader') and not node.get('ignored'):
            demand(node.get('name', {}).get('value', '').strip(), 'a', role, 'without a name')
    roles = [node.get('role', {}).get('value') for node in tree]
    demand('application' in roles and roles.count('columnheader') > 5 and roles.count('checkbox') > 1,
        'the roles are', sorted(set(map(str, roles))))


def filters(page):
    def type_text(text):
        page.find('#text').clear()
        page.find('#text').send_keys(text or 'x' + Keys.BACKSPACE)
        page.settle()

    def see(expected, what):
        numbers = [j['seq'] for j in page.jobs if expected(j)]
        places = [n for n, j in enumerate(page.jobs) if expected(j)]
        demand(page.bars() == len(numbers) and page.swept() == places and page.painted() == len(places), what,
            'leaves', page.bars(), page.swept(), page.painted(), 'not', places)
        demand(page.matching() == len(numbers) and sorted(map(int, page.rows())) == numbers, what,
            'leaves in the table', page.rows(), 'not', numbers)

    see(lambda j: True, 'no filter')
    type_text('WORD 2')
    see(lambda j: 'word' in j['command'] and '2' in j['command'], 'a text')
    demand(page.text('#shown') != '', 'how many are left is not announced')
    type_text('no such thing')
    see(lambda j: False, 'a text that nothing has')
    demand('No job' in page.text('#body'), 'an empty table says', page.text('#body'))
    type_text('')
    see(lambda j: True, 'a text that was taken away')
    page.find('#kinds input[value=ok]').click()
    see(lambda j: j['end'] != 'ok', 'without ok')
    page.find('#kinds input[value=fail]').click()
    see(lambda j: j['end'] not in ('ok', 'fail'), 'without ok and failed')
    type_text('word')
    see(lambda j: j['end'] not in ('ok', 'fail') and 'word' in j['command'], 'both')


def head_of(page, name):
    return next(h for h in page.driver.find_elements(By.CSS_SELECTOR, '#heads th') if h.text.startswith(name))


def sorting(page):
    def by(name, jobs, direction):
        head_of(page, name).find_element(By.TAG_NAME, 'button').click()
        got, expected = page.rows(), [str(j['seq']) for j in jobs]
        demand(got == expected[:len(got)] and len(got) >= min(10, len(expected)), name, direction, 'gives', got[:8],
            'not', expected[:8])
        demand(head_of(page, name).get_attribute('aria-sort') == direction, name, 'says',
            head_of(page, name).get_attribute('aria-sort'))

    jobs = page.jobs
    by('Took', sorted(jobs, key=lambda j: -j['wall_s']), 'descending')
    by('Took', sorted(jobs, key=lambda j: j['wall_s']), 'ascending')
    by('Command', sorted(jobs, key=lambda j: j['command']), 'ascending')
    by('#', sorted(jobs, key=lambda j: j['seq']), 'ascending')
    demand(len(page.rows()) < 100, 'all', len(page.rows()), 'rows are made, though few are seen')
    page.run('const r = document.getElementById("rows"); r.scrollTop = r.scrollHeight')
    page.settle()
    demand(page.rows()[-1] == str(jobs[-1]['seq']), 'at its end the table has', page.rows()[-1])
    demand(page.rows()[0] != '1', 'the first row is still there')


def zooming(page):
    whole = page.view()
    x, y = page.place(page.jobs[2])
    box = page.run('const b = document.getElementById("chart").getBoundingClientRect(); return [b.left, b.top]')

    def roll(by):
        page.driver.execute_cdp_cmd('Input.dispatchMouseEvent',
            {'type': 'mouseWheel', 'x': box[0] + x, 'y': box[1] + y, 'deltaX': 0, 'deltaY': by})
        page.settle()

    roll(-240)
    near = page.view()
    demand(near[1] - near[0] < 0.6 * (whole[1] - whole[0]), 'the wheel zooms from', whole, 'to', near)
    demand(abs(page.place(page.jobs[2])[0] - x) < 3, 'what was below the pointer is at', page.place(page.jobs[2])[0],
        'not', x)
    demand(page.bars() < len(page.jobs), 'bars that cannot be seen are drawn')
    page.point(x, y, lambda chain: chain.click_and_hold(), lambda chain: chain.move_by_offset(-100, 0),
        lambda chain: chain.release())
    demand(abs(page.place(page.jobs[2])[0] - x + 100) < 3, 'dragged by -100, it is at', page.place(page.jobs[2])[0],
        'from', x)
    demand(not page.shown('#record'), 'a drag counts as a click')
    page.find('#farther').click()
    demand(page.view()[1] - page.view()[0] > near[1] - near[0], 'the button - leads to', page.view())
    page.find('#closer').click()
    page.find('#all').click()
    demand(page.view() == whole, 'All leads to', page.view(), 'not', whole)
    demand(page.run('return document.scrollingElement.scrollTop') == 0, 'the wheel moved the page')


def looks(page):
    """Light and dark, narrow, on paper."""
    pixel = COPY + 'return [...copyOf(document.getElementById("chart")).getImageData(2, 3, 1, 1).data].slice(0, 3)'
    demand(min(page.run(pixel)) > 200, 'light is', page.run(pixel))
    page.theme('dark')
    page.settle()
    demand(max(page.run(pixel)) < 60 and page.painted() == len(page.jobs), 'dark is', page.run(pixel), page.painted())
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
        {'width': 380, 'height': 700, 'deviceScaleFactor': 2, 'mobile': False})
    page.settle()
    demand(page.run('return document.scrollingElement.scrollWidth') <= 380, 'a narrow window is overrun:',
        page.run('return document.scrollingElement.scrollWidth'))
    demand(page.bars() == len(page.jobs), 'in a narrow window are', page.bars(), 'bars')
    page.run(COPY + 'addEventListener("beforeprint", () => window.printed = ['
             'document.querySelectorAll("#body tr[data-job]").length, '
             'copyOf(document.getElementById("chart")).getImageData(2, 3, 1, 1).data[0]])')
    paper = page.driver.execute_cdp_cmd('Page.printToPDF', {'printBackground': True})
    demand(base64.b64decode(paper['data']).startswith(b'%PDF'), 'nothing is printed')
    demand(page.run('return window.printed[0]') == len(page.jobs), 'on paper are', page.run('return window.printed'))
    demand(page.run('return window.printed[1]') > 200, 'paper is dark')


def hostile(page):
    """A command cannot end an element or run a script; it is shown unchanged, with invisible characters marked."""
    expected = json.loads(os.environ['SHOWN'])
    demand(page.run('return document.querySelectorAll("script").length') == 2, 'there are more scripts')
    demand(page.run('return document.querySelectorAll("img, iframe, object, b:not(#tip b)").length') == 0,
        'a command became an element')
    for n, text in enumerate(expected):
        page.run('document.querySelector("#body tr[data-job=\'%d\']").click()' % n)
        demand(page.text('#command') == text, 'job', n, 'is shown as', ascii(page.text('#command')), 'not', ascii(text))
    demand(page.run('return window.broken') is None, 'a command was run')


def empty(page):
    demand(page.bars() == 0 and 'no jobs' in page.text('#body'), 'an empty log shows', page.text('#body'))
    page.keys(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ARROW_DOWN, Keys.END, '+', '0', Keys.ENTER)
    page.point(100, 30, lambda chain: chain.click())
    demand(not page.shown('#record'), 'a record of no job')


def untimed(page):
    """A log without times and slots: all jobs are shown at the beginning, and nothing is invented."""
    demand(page.bars() == len(page.jobs) and page.chart()['rows'] == '1', 'there are', page.bars(), 'bars in',
        page.chart()['rows'], 'rows')
    cells = page.run('return [...document.querySelectorAll("#body tr[data-job] td")].map(c => c.textContent)')
    demand(cells == ['', 'ok', '', 'one', '', 'failed', '', 'two'], 'the table has', cells)
    page.run('document.querySelector("#body tr[data-job]").click()')
    demand(page.text('#facts') == 'Endedok', 'the record has', page.text('#facts'))


def unstarted(page):
    """A job with an unknown start has no place in time, even if its duration is known: it would need its own row."""
    demand(page.bars() == len(page.jobs) and page.chart()['rows'] == '1', 'there are', page.bars(), 'bars in',
        page.chart()['rows'], 'rows')


def shut(page):
    """A window or frame too small for any bar: the page is still drawn, and quickly."""
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
        {'width': 40, 'height': 300, 'deviceScaleFactor': 1, 'mobile': False})
    page.settle()
    demand(page.run('return document.getElementById("chart").clientWidth') < 64, 'the chart is not narrow')
    page.settle()
    demand(page.bars() == len(page.jobs), 'there are', page.bars(), 'bars')


def nested(page):
    """A parent job has a faint row of its own above the slots, and is not counted among the jobs at a time."""
    chart = page.chart()
    demand(chart['rows'] == '3' and page.bars() == len(page.jobs) == page.painted(), 'there are', chart['rows'],
        'rows with', page.painted(), 'bars')
    demand(page.swept() == list(range(len(page.jobs))), 'the pointer finds', page.swept())
    page.point(300, 22 + 0.5 * float(chart['rowHeight']))
    demand('make -C' in page.text('#tip') and 'slot' not in page.text('#tip'), 'the first row has', page.text('#tip'))
    colour = page.run(COPY + '''
        const probe = copyOf(document.createElement('canvas')), chart = document.getElementById('chart');
        probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--faint');
        probe.fillRect(0, 0, 1, 1);
        return [probe.getImageData(0, 0, 1, 1).data.join(),
            copyOf(chart).getImageData(chart.width - 200, 34, 1, 1).data.join()];''')
    demand(colour[0] == colour[1], 'who holds others is drawn in', colour[1], 'not', colour[0])
    label = page.run('return document.getElementById("curve").getAttribute("aria-label")')
    demand(label == 'Jobs at a time, 2 at most', 'at a time are',
           page.run('return document.getElementById("curve").getAttribute("aria-label")'))


def many(page):
    """Measures a redraw, beside drawing the same number of rectangles alone."""
    count = int(page.chart()['records'])
    floor = page.run('''
        const g = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const began = performance.now();
        g.canvas.width = 1200; g.canvas.height = 400;
        for (let i = 0; i < arguments[0]; i++) {
            g.fillStyle = i % 9 ? '#345' : '#543';
            g.fillRect(i % 1200, i % 391, 1, 9);
        }
        g.getImageData(0, 0, 1, 1);
        return performance.now() - began;''', count)
    page.run('document.getElementById("lanes").focus()')
    times = []
    for key in '++++--0-+0' * 3:
        page.keys(key)
        times.append(float(page.chart()['drawMs']))
    times.sort()
    demand(page.bars() == count, 'in view are', page.bars(), 'of', count)
    print(f'redraw of {count} jobs: median {times[len(times) // 2]} ms, longest {times[-1]} ms;'
          f' {count} rectangles alone: {floor:.1f} ms')
    demand(times[len(times) // 2] <= floor + 10, 'a redraw takes', times[len(times) // 2],
        'ms; as many bare rectangles', floor)


def quiet(driver, url):
    """The console is empty and the network was not used."""
    for entry in driver.get_log('browser'):
        wrong.append('the console says: ' + entry['message'])
    for entry in driver.get_log('performance'):
        message = json.loads(entry['message'])['message']
        if message['method'] == 'Network.requestWillBeSent':
            asked = message['params']['request']['url']
            if asked != url and not asked.startswith('data:'):
                wrong.append('it asks for ' + asked)


SCENARIOS = {f.__name__: f
    for f in (bars, hover, keyboard, names, filters, sorting, zooming, looks, hostile, empty, untimed, unstarted,
    shut, nested, many)}


def main():
    path, scenario = sys.argv[1:3]
    jobs = []
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding='utf-8') as log:
            jobs = [json.loads(line) for line in log]
    for program in ('chromium', 'chromedriver'):
        if shutil.which(program) is None:
            print(program, 'is not installed')
            return 77
    driver = start(1200, 860)
    try:
        page = Page(driver, path, jobs)
        SCENARIOS[scenario](page)
        quiet(driver, page.url)
    finally:
        driver.quit()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
