// The chat page: what is written and pressed goes out, what is committed comes in. No text here: the server has it.
import { Link } from './link.js';
import { markUnsent, oldest, put, putOlder, replaceAll, settle, showUnsent, toEnd } from './log.js';
import { Unsent } from './unsent.js';

const $ = selector => document.querySelector(selector);
const { lang } = document.documentElement, data = document.body.dataset, title = document.title;
const isEmbedded = document.documentElement.matches('.embedded'), isTouch = matchMedia('(pointer: coarse)').matches;
const composer = $('#composer'), field = composer.elements.text, typing = $('#typing'), older = $('#older');
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
// A browser may deny the stores themselves to a page inside another site's.
const stored = (store, key, value) => { try { return value === undefined ? window[store].getItem(key) : window[store].setItem(key, value); } catch { return null; } };

// --- who we are: the cookie says it; where a browser refuses that on another site's page, a token kept here does

let token = '';
const headers = extra => (token ? { ...extra, 'x-otklik-visitor': token } : { ...extra });
const address = (path, query = {}) => `chat/${path}?${new URLSearchParams({ lang, ...query, ...(token ? { token } : {}) })}`;

async function recogniseVisitor() {
  if (!data.token) return;
  const kept = JSON.parse(stored('localStorage', 'otklik:visitor')), { visitor } = data;
  if (!('known' in data) && kept && kept.visitor !== visitor) {
    token = kept.token;
    data.visitor = kept.visitor;
    if (await loadNewest()) return;
    token = '';
    data.visitor = visitor;
  }
  if (!('known' in data) && !await loadNewest()) token = data.token;   // the cookie came to nothing
  keepVisitor();
}

function keepVisitor() {
  stored('localStorage', 'otklik:visitor', JSON.stringify({ visitor: data.visitor, token: data.token }));
}

async function loadNewest() {
  const answer = await fetch(address('history'), { headers: headers() }).catch(() => null);
  if (!answer?.ok) return false;
  const html = await answer.text();
  replaceAll(html, answer.headers.has('x-otklik-older'));
  data.seq = answer.headers.get('x-otklik-seq');
  if (html) data.known = '';
  return true;
}

// --- out

const LABELLED = { text: item => item.text, contact: item => item.phone };
const bubbleOf = item => `in-${item.id}`;
const body = ({ id, kind, text, press, payload, phone }) => JSON.stringify({ id, kind, text, press, payload, phone });

async function post(item) {
  let answer;
  try {
    answer = await fetch(address('messages'), {
      method: 'POST', headers: headers({ 'content-type': 'application/json' }), body: body(item), signal: AbortSignal.timeout(10000),
    });
  } catch { stopTyping(); return { later: undefined }; }
  if (answer.ok) return { taken: true };
  if (answer.status === 401 && refreshVisitor()) return { later: 60000 };
  if (answer.status >= 500 || answer.status === 408) return { later: undefined };
  if (answer.status === 429) return { later: 1000 * (answer.headers.get('retry-after') ?? 5) };
  return { refused: (await answer.json().catch(() => ({}))).reason ?? '' };
}

// The cookie is gone: a fresh page brings a new one. A browser that takes none is told so, once.
function refreshVisitor() {
  if (stored('sessionStorage', 'otklik:renewed')) return false;
  stored('sessionStorage', 'otklik:renewed', '1');
  location.reload();
  return true;
}

let unsent;
function say(item) {
  item.id ??= newId();
  if (LABELLED[item.kind]) showUnsent(bubbleOf(item), LABELLED[item.kind](item), data.sending);
  unsent.add(item);
  expectAnswer();
}

function onTaken(item) {
  markUnsent(bubbleOf(item), '', false);
  settle(bubbleOf(item));
  if (item.press) keyOf(item.press)?.setAttribute('aria-pressed', 'true');
  keyOf(item.press)?.removeAttribute('aria-busy');
}

function onRefused(item, reason) {
  stopTyping();
  keyOf(item.press)?.removeAttribute('aria-busy');
  if (LABELLED[item.kind]) markUnsent(bubbleOf(item), `${data.failed}. ${reason}`, true);
}

const keyOf = press => press && $(`.key[data-nonce="${CSS.escape(press.nonce)}"][data-value="${CSS.escape(press.value)}"]`);

// --- in

let waiting, giveUp, unread = 0, isShown = !isEmbedded;
function expectAnswer() {
  clearTimeout(waiting);
  clearTimeout(giveUp);
  waiting = setTimeout(() => { typing.hidden = !navigator.onLine || 'offline' in data; toEnd(); }, 300);
  giveUp = setTimeout(stopTyping, 8000);
}
function stopTyping() {
  clearTimeout(waiting);
  typing.hidden = true;
}

function onBubbles(html) {
  const news = put(html).length;
  if (!news) return;
  stopTyping();
  if (document.hidden || !isShown) countUnread(unread + news);
}

function countUnread(n) {
  unread = n;
  document.title = n ? `(${n}) ${title}` : title;
  tell({ otklik: 'unread', n });
}

let losing;
function onState(isOnline) {
  clearTimeout(losing);
  if (isOnline) { delete data.offline; $('.off').textContent = ''; unsent.nudge(); return; }
  losing = setTimeout(() => { data.offline = ''; stopTyping(); $('.off').textContent = $('.off').dataset.text; }, 600);
}

// --- hands

composer.addEventListener('submit', e => {
  e.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  stored('sessionStorage', 'otklik:draft', '');
  say({ kind: 'text', text });
  field.focus();
});
field.addEventListener('keydown', e => {
  if (e.key !== 'Enter' || e.shiftKey || e.isComposing || isTouch) return;
  e.preventDefault();
  composer.requestSubmit();
});
field.addEventListener('input', () => stored('sessionStorage', 'otklik:draft', field.value));

document.addEventListener('click', e => {
  const key = e.target.closest('.key[data-nonce]');
  if (!key || key.ariaBusy) return;
  key.setAttribute('aria-busy', 'true');
  say({ kind: 'press', press: { nonce: key.dataset.nonce, value: key.dataset.value } });
});
document.addEventListener('submit', e => {
  if (!e.target.matches('.contact')) return;
  e.preventDefault();
  say({ kind: 'contact', phone: e.target.elements.phone.value });
});

let isLoading = false;
async function loadOlder() {
  if (isLoading || older.hidden) return;
  isLoading = true;
  const answer = await fetch(address('history', { before: oldest() }), { headers: headers() }).catch(() => null);
  if (answer?.ok) putOlder(await answer.text(), answer.headers.has('x-otklik-older'));
  isLoading = false;
}
older.addEventListener('click', loadOlder);
new IntersectionObserver(seen => seen[0].isIntersecting && loadOlder(), { root: $('#scroll') }).observe(older);

// --- inside a site's widget

function tell(message) {
  if (isEmbedded && parent !== window) parent.postMessage(message, '*');   // nothing in it is secret
}
function onShown() {
  isShown = true;
  countUnread(0);
  if (!isTouch) field.focus(); else $('#close')?.focus();
}
addEventListener('message', e => {
  if (e.source !== parent) return;
  if (e.data?.otklik === 'shown') onShown();
  if (e.data?.otklik === 'hidden') isShown = false;
});
document.addEventListener('visibilitychange', () => { if (!document.hidden && isShown) countUnread(0); });
document.addEventListener('keydown', e => { if (e.key === 'Escape') tell({ otklik: 'close' }); });
$('#close')?.addEventListener('click', () => tell({ otklik: 'close' }));

// --- begin

field.value = stored('sessionStorage', 'otklik:draft') ?? '';
await recogniseVisitor();
unsent = new Unsent(`otklik:unsent:${data.visitor}`, post, onTaken, onRefused);
for (const item of unsent.all()) if (LABELLED[item.kind]) showUnsent(bubbleOf(item), LABELLED[item.kind](item), data.sending);
new Link({
  name: `otklik:${data.visitor}:${lang}`, seq: Number(data.seq), url: after => address('stream', { after }),
  onBubbles, onState, onStale: loadNewest,
});
const wished = new URLSearchParams(location.search).get('start') ?? '', payload = /^[\w-]{1,64}$/.test(wished) ? wished : '';
if (payload || !('known' in data)) say({ id: payload ? `start-${payload}` : 'start', kind: 'start', payload });
else unsent.run();
if (!isTouch && !isEmbedded) field.focus();
data.ready = '';
tell({ otklik: 'ready' });
