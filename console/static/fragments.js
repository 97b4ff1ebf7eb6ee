// Pieces of pages find their own place. Each may be told twice without harm.
const title = document.title.replace(/^\(\d+\) /, '');

export function apply(html) {
  const box = document.createElement('template');
  box.innerHTML = html;
  for (const piece of [...box.content.children]) place(piece);
}

function place(piece) {
  if (piece.id === 'toast') return say(piece.innerHTML, 'trouble' in piece.dataset);
  const old = document.getElementById(piece.id), into = document.getElementById(piece.dataset.into);
  if (into) return enter(piece, old, into);
  if (!old || old.isEqualNode(piece) || old.open) return;
  if (piece.localName === 'dialog' && old.dataset.case !== piece.dataset.case) return;
  swap(old, piece);
  if (piece.id === 'badge') document.title = (piece.textContent.match(/\d+/) ? `(${piece.textContent.match(/\d+/)[0]}) ` : '') + title;
}

// Lists say by a selector which rows are theirs, and rows say by a key where they stand.
function enter(piece, old, into) {
  const takes = into.dataset.takes;
  if (takes) {
    const link = piece.querySelector('a');
    link.search = into.dataset.search ?? '';
    if (old?.querySelector('[aria-current]')) link.setAttribute('aria-current', 'true');
    if (!piece.matches(takes) && !link.ariaCurrent) return old?.remove();
  }
  if (old?.isEqualNode(piece)) return;
  if (old?.dataset.order === piece.dataset.order) return swap(old, piece);
  const had = old?.contains(document.activeElement), low = into.scrollHeight - into.scrollTop - into.clientHeight < 80;
  old?.remove();
  const next = [...into.children].find(one => one.dataset.order > piece.dataset.order);
  into.insertBefore(piece, next ?? null);
  if (!old) piece.classList.add('fresh-piece');
  if (had) piece.querySelector('a')?.focus();
  if (low && into.matches('.log')) into.scrollTop = into.scrollHeight;
  if (!old && into.matches('.log') && piece.matches('.customer')) into.dispatchEvent(new Event('heard'));
}

function swap(old, piece) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const log = old.closest('.log'), low = log && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  old.replaceWith(piece);
  if (focused) (piece.querySelector(focused.dataset.key ? `[data-key=${focused.dataset.key}]` : focused.localName) ?? document.querySelector('#reply textarea') ?? document.getElementById('main'))?.focus();
  if (low) log.scrollTop = log.scrollHeight;
}

let fading;
export function say(html, isTrouble = false) {
  const toast = document.getElementById('toast');
  toast.innerHTML = html;
  toast.toggleAttribute('data-trouble', isTrouble);
  clearTimeout(fading);
  fading = setTimeout(() => toast.replaceChildren(), 7000);
}
