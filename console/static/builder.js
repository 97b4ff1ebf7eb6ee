// The builder of segments: the server draws the tree and counts; this sends the form as it is and puts the pieces in.
import { apply, say } from './fragments.js';

const form = document.querySelector('[data-builder]');
let counting, waiting, drawing = Promise.resolve();
const filled = () => new URLSearchParams(new FormData(form)).toString();

async function ask(order, body, signal) {
  try {
    const headers = { 'X-Live': '1', 'Content-Type': 'application/x-www-form-urlencoded' };
    const reply = await fetch(form.action, { method: 'POST', headers, body: `${body}&do=${order}`, signal });
    if (reply.status === 401) return location.reload();
    if (!reply.headers.has('X-Live')) return say(document.body.dataset.failed, true);
    return await reply.text();
  } catch (error) {
    if (error.name !== 'AbortError') say(document.body.dataset.failed, true);
  }
}

// What has the focus, as it can be found again: fields by their name and number, buttons by what they do.
function held() {
  const one = document.activeElement;
  if (!form.contains(one) || !one.name) return () => null;
  const selector = `[name="${CSS.escape(one.name)}"]` + (one.matches('button, [type=checkbox]') ? `[value="${CSS.escape(one.value)}"]` : '');
  const number = [...form.querySelectorAll(selector)].indexOf(one);
  return () => form.querySelectorAll(selector)[number];
}

// One drawing after another. What was typed while the server drew is not lost: it draws once more.
function draw(order) {
  clearTimeout(waiting);
  counting?.abort();
  drawing = drawing.then(async () => {
    let html, body;
    do {
      body = filled();
      html = await ask(order, body);
    } while (html && body !== filled());
    if (!html) return;
    const again = held();
    apply(html);
    (form.querySelector('[data-focus]') ?? again())?.focus();
  });
}

// Counted when the typing pauses; a newer question ends the older one.
function count() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    counting?.abort();
    counting = new AbortController();
    const html = await ask('count', filled(), counting.signal);
    if (html) apply(html);
  }, 350);
}

form?.addEventListener('change', e => { if ('again' in e.target.dataset) draw('refresh'); });
form?.addEventListener('input', e => {
  if (e.target.name === 'name' || 'again' in e.target.dataset) return;
  const last = e.target.closest('.texts')?.lastElementChild;
  if (last?.value) last.after(Object.assign(last.cloneNode(), { value: '' }));
  count();
});
form?.addEventListener('submit', e => {
  if (e.submitter?.name !== 'do') return;
  e.preventDefault();
  draw(e.submitter.value);
});
