// The console's one script: every page loads it, every part finds what is there. It holds no text and draws no HTML.
import { follow } from './live.js';
import './forms.js';
import './builder.js';
import './keys.js';
import './timer.js';
import './poll.js';
import './ready.js';

for (const log of document.querySelectorAll('.log')) log.scrollTop = log.scrollHeight;
// Anything a page without script would open by address.
for (const dialog of document.querySelectorAll('dialog[open]')) { dialog.close(); dialog.showModal(); }
document.addEventListener('click', e => {
  const opener = e.target.closest('[data-open]');
  if (opener) { e.preventDefault(); document.getElementById(opener.dataset.open)?.showModal(); }
  const closer = e.target.closest('[data-close]');
  if (closer) { e.preventDefault(); closer.closest('dialog').close(); }
});
document.addEventListener('focusin', e => e.target.matches('[data-select], input[readonly]') && e.target.select());
follow();
