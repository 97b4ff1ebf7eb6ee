// Forms that answer in place, and drafts that outlive a lost connection, a reload and a new sign-in.
import { apply, say } from './fragments.js';

async function send(form, button) {
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  const body = new URLSearchParams(new FormData(form, button)), text = form.elements.text?.value;
  // By attribute: a field that is named «action» hides the form's own.
  const address = button?.getAttribute('formaction') ?? form.getAttribute('action');
  try {
    const reply = await fetch(address, { method: 'POST', headers: { 'X-Live': '1' }, body });
    if (reply.status === 401) return location.reload();
    if (!reply.headers.has('X-Live')) return say(document.body.dataset.failed, true);
    apply(await reply.text());
    if (!reply.ok) return;
    if (form.dataset.live === 'dialog') { form.closest('dialog').close(); form.reset(); }
    if (form.dataset.live === 'reset' && form.elements.text.value === text) { form.reset(); forget(form); grow(form.elements.text); }
  } catch {
    say(document.body.dataset.failed, true);
  } finally {
    form.ariaBusy = 'false';
  }
}

document.addEventListener('submit', e => {
  if (!('live' in e.target.dataset)) return;
  e.preventDefault();
  send(e.target, e.submitter);
});

const key = form => `draft-${form.dataset.draft}`;
const forget = form => sessionStorage.removeItem(key(form));
const grow = area => { area.style.height = 'auto'; area.style.height = `${Math.min(area.scrollHeight + 2, 220)}px`; };

for (const form of document.querySelectorAll('[data-draft]')) {
  const area = form.elements.text;
  if (!area.value) area.value = sessionStorage.getItem(key(form)) ?? '';
  grow(area);
  area.addEventListener('input', () => { sessionStorage.setItem(key(form), area.value); grow(area); });
  area.addEventListener('keydown', e => {
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    if (area.value.trim()) form.requestSubmit();
  });
}
