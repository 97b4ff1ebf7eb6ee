// Ready answers go into the box, to be changed before they are sent: by a click in their list, or by /shortcut and a space.
const box = document.querySelector('#reply textarea');

function fill(text, whole) {
  if (whole) box.value = text;
  else box.setRangeText(text, box.selectionStart, box.selectionEnd, 'end');
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.focus();
}

const named = typed => document.querySelector(`[data-shortcut="${CSS.escape(typed.slice(1).toLowerCase())}"]`);

if (box) {
  document.addEventListener('click', e => {
    const link = e.target.closest('[data-insert]');
    if (!link) return;
    e.preventDefault();
    link.closest('[popover]')?.hidePopover();
    fill(link.dataset.insert, false);
  });
  box.addEventListener('input', () => {
    const found = /^\/[^\s/]+\s$/.test(box.value) && named(box.value.trim());
    if (found) fill(found.dataset.insert, true);
  });
  // Before the form's own Enter: what is only a shortcut is written out, not sent.
  document.addEventListener('keydown', e => {
    if (e.target !== box || e.key !== 'Enter' || !/^\/[^\s/]+$/.test(box.value)) return;
    const found = named(box.value);
    if (!found) return;
    e.preventDefault();
    e.stopPropagation();
    fill(found.dataset.insert, true);
  }, true);
}
