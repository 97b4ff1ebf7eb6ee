// The conversation on the page: bubbles made by the server, each put in its place once, with local days and times.
const log = document.getElementById('log'), scroll = document.getElementById('scroll');
const older = document.getElementById('older'), down = document.getElementById('down');
const lang = document.documentElement.lang;
// A demo has its own clock (bar.js), which is the café's: its days are counted there, everywhere else where the reader is.
const timeZone = document.body.dataset.zone, bar = document.getElementById('bar');
const clock = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit', timeZone });
const date = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'long', timeZone: 'UTC' });
const calendar = new Intl.DateTimeFormat('sv', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone });
const near = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
const known = new Map();   // id -> the server's HTML, so that a replay neither moves nor announces anything
const dayOf = moment => Date.parse(calendar.format(moment));   // a date as midnight in UTC, so that dates can be subtracted
const today = () => dayOf(new Date(Date.now() + Number(bar?.dataset.ahead ?? 0)));

// Put fragments in; answers the new bubbles of the other side.
export function put(html) {
  const box = document.createElement('template');
  box.innerHTML = html;
  const stays = isAtEnd(), fresh = [...box.content.children].filter(place);
  dress();
  if (stays) toEnd();
  else if (fresh.length) down.dataset.news = '';
  return fresh.filter(el => el.matches('.theirs'));
}

// Older bubbles come in above, and what is being read stays where it is.
export function putOlder(html, hasMore) {
  const height = scroll.scrollHeight, top = scroll.scrollTop;
  older.hidden = true;   // else place() would take them for edits of what is not loaded
  put(html);
  older.hidden = !hasMore;
  scroll.scrollTop = top + scroll.scrollHeight - height;
}

export function replaceAll(html, hasMore) {
  for (const el of [...log.children]) if (el.dataset.order) el.remove();
  known.clear();
  older.hidden = true;
  put(html);
  older.hidden = !hasMore;
  toEnd();
}

export function oldest() {
  return log.querySelector('[data-order]:not([data-order=""])')?.dataset.order;
}

// A message on its way: the same bubble, filled from the page's template, replaced when the server's one comes.
export function showUnsent(id, text, state) {
  if (document.getElementById(id)) return;
  const el = document.getElementById('unsent').content.firstElementChild.cloneNode(true);
  el.id = id;
  el.dataset.after = [...log.querySelectorAll('[data-order]')].at(-1)?.dataset.order ?? '';
  el.querySelector('p').textContent = text;
  el.querySelector('.state').textContent = state;
  log.append(el);
  toEnd();
}

export function markUnsent(id, state, isFailed) {
  const el = document.getElementById(id);
  const mark = el?.querySelector('.state');
  if (mark) mark.textContent = state;
  el?.classList.toggle('failed', isFailed);
}

// The server has it. Its own bubble takes this one's place; of what is said without a name none ever comes.
export function settle(id) {
  const el = document.getElementById(id);
  if (!el || el.dataset.order) return;
  el.dataset.order = `${el.dataset.after}~`;   // right behind what it was an answer to
  insert(el);
}

function place(el) {
  const order = el.dataset.order, old = document.getElementById(el.id), first = oldest();
  if (known.get(el.id) === el.outerHTML) return false;
  if (!old && !older.hidden && first && order < first) return false;
  known.set(el.id, el.outerHTML);
  if (old?.dataset.order === order) {
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(el);
    if (hadFocus) el.focus({ preventScroll: true });
    return false;
  }
  old?.remove();
  insert(el);
  return true;
}

function insert(el) {
  const { order } = el.dataset;
  let before = log.lastElementChild;
  while (before && !(before !== el && before.dataset.order && before.dataset.order < order)) before = before.previousElementSibling;
  if (before) before.after(el); else log.prepend(el);
}

export function dress() {
  let day;
  for (const el of log.children) {
    const time = el.querySelector('time');
    if (!time) continue;
    const moment = new Date(time.dateTime), its = dayOf(moment);
    time.textContent = clock.format(moment);
    if (its !== day) el.dataset.day = nameOf(its); else delete el.dataset.day;
    day = its;
  }
}

function nameOf(day) {
  const ago = (day - today()) / 86400000;
  return ago > -2 ? near.format(ago, 'day') : date.format(day);
}

const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 90;
export function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
}

scroll.addEventListener('scroll', () => {
  down.hidden = isAtEnd();
  if (down.hidden) delete down.dataset.news;
});
down.addEventListener('click', toEnd);
let height = scroll.clientHeight;
new ResizeObserver(() => {   // the keyboard of a phone came up: what was last stays in sight
  const shrunk = height - scroll.clientHeight;
  height = scroll.clientHeight;
  if (shrunk > 0 && scroll.scrollHeight - scroll.scrollTop - height < 90 + shrunk) toEnd();
}).observe(scroll);

for (const el of log.children) known.set(el.id, el.outerHTML);
dress();
toEnd();
