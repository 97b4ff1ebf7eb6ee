// One stream a browser: a lock chooses the tab that listens, a channel tells the others.
import { apply } from './fragments.js';

const { live, seq, channel } = document.body.dataset;
let last = Number(seq);

export function follow() {
  reading();
  if (!live) return;
  const tabs = new BroadcastChannel(channel);
  const hear = m => {
    if (m.bye) return location.reload();
    last = Math.max(last, m.id);
    apply(m.html);
  };
  tabs.onmessage = e => hear(e.data);
  document.querySelector('[data-leave]')?.addEventListener('submit', () => setTimeout(() => tabs.postMessage({ bye: true }), 400));
  const lead = () => new Promise(() => open(m => { hear(m); tabs.postMessage(m); }));
  if (!navigator.locks) return lead();
  navigator.locks.request(channel, { ifAvailable: true }, lock => lock ? lead() : null).then(async () => {
    // Another tab listens: hear what was said while this page was on its way, then wait for our turn to lead.
    await missed(hear);
    navigator.locks.request(channel, lead);
  });
}

async function missed(hear) {
  const reply = await fetch(`${live}/missed?after=${last}`, { headers: { 'X-Live': '1' } }).catch(() => null);
  if (reply?.status === 401) return location.reload();
  if (reply?.ok) hear({ id: Number(reply.headers.get('X-Seq')), html: await reply.text() });
}

function open(hear) {
  const stream = new EventSource(`${live}?after=${last}`);
  stream.onmessage = e => hear({ id: Number(e.lastEventId), html: e.data });
  stream.addEventListener('reload', () => location.reload());
  stream.onopen = () => delete document.body.dataset.offline;
  stream.onerror = () => {
    document.body.dataset.offline = '';
    if (stream.readyState !== EventSource.CLOSED) return;
    // An error page (a proxy's 502, our 401) ends an EventSource for good: ask why, then try again.
    setTimeout(async () => { await missed(hear); open(hear); }, 1000 + Math.random() * 1000);
  };
}

// Who really looks at a conversation has read it; a page fetched ahead or left in the background has not.
function reading() {
  const log = document.querySelector('[data-reads]');
  if (!log) return;
  let unread = Number(log.dataset.unread);
  const look = () => {
    if (!unread || document.visibilityState !== 'visible' || document.prerendering || !log.offsetParent) return;
    unread = 0;
    fetch(log.dataset.reads, { method: 'POST', headers: { 'X-Live': '1' }, body: new URLSearchParams() });
  };
  log.addEventListener('heard', () => { unread += 1; look(); });
  document.addEventListener('visibilitychange', look);
  look();
}
