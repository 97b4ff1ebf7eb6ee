// A piece of a page that asks how things stand, every two seconds, until it says no more that it waits.
import { apply } from './fragments.js';

async function ask() {
  const box = document.querySelector('[data-poll]');
  if (!box) return;
  try {
    const reply = await fetch(box.dataset.poll, { headers: { 'X-Live': '1' } });
    if (reply.status === 401) return location.reload();
    if (reply.ok) apply(await reply.text());
  } catch { /* the next look may get through */ }
  setTimeout(ask, 2000);
}
if (document.querySelector('[data-poll]')) setTimeout(ask, 2000);
