// The builder of segments: the server draws the tree and counts; this sends the form as it is and puts the pieces in.
import { apply, say } from './fragments.js';

const form = document.querySelector('[data-builder]');
let counting, waiting, drawing = Promise.resolve();

async function ask(order, signal) {
  const body = new URLSearchParams(new FormData(form));
  body.append('do', order);
  try {
    const reply = await fetch(form.action, { method: 'POST', headers: { 'X-Live': '1' }, body, signal });
    if (reply.status === 401) return location.reload();
    if (!reply.headers.has('X-Live')) return say(document.body.dataset.failed, true);
    return await reply.text();
  } catch (error) {
    if (error.name !== 'AbortError') say(document.body.dataset.failed, true);
  }
}

// One drawing after another, each of the form as the one before left it; the field in hand keeps the focus.
function draw(order) {
  clearTimeout(waiting);
  counting?.abort();
  drawing = drawing.then(async () => {
    const html = await ask(order);
    if (!html) return;
    const name = document.activeElement?.name;
    apply(html);
    const wished = form.querySelector('#tree [autofocus]') ?? form.querySelector(`#tree [name="${CSS.escape(name ?? '')}"]`);
    if (name) wished?.focus();
  });
}

// Counted when the typing pauses; a newer question ends the older one.
function count() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    counting?.abort();
    counting = new AbortController();
    const html = await ask('count', counting.signal);
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
