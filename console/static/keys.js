// Shortcuts by the place of a key, not its letter: a Russian layout works as well. The profile switches them off.
const typing = 'input, textarea, select, [contenteditable]';

document.addEventListener('keydown', e => {
  if (e.key === 'Escape' && e.target.matches(typing)) return e.target.blur();
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches(typing) || document.querySelector('dialog[open]')) return;
  if (document.body.dataset.shortcuts === 'off') return;
  if (e.key === '?' || (e.code === 'Slash' && e.shiftKey)) return document.getElementById('help')?.showModal();
  if (e.shiftKey) return;
  if (e.code === 'KeyJ' || e.code === 'KeyK') return move(e.code === 'KeyJ' ? 1 : -1);
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(e.code)}"]`)].find(one => one.offsetParent);
  if (!target) return;
  e.preventDefault();
  if (target.matches('textarea')) target.focus(); else target.click();
});

function move(step) {
  const links = [...document.querySelectorAll('#list a')], here = links.findIndex(one => one.ariaCurrent === 'true');
  links[here < 0 ? 0 : here + step]?.click();
}
