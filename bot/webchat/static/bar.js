// The bar of a demo: buys, moves time, and shows what the server says came of it. No text here: the server has it.
import { dress, toEnd } from './log.js';

const bar = document.getElementById('bar'), { lang } = document.documentElement;
const $ = selector => bar.querySelector(selector);
const acts = [...bar.querySelectorAll('.act')], fold = $('.fold'), happened = $('.happened');
const LOOKS = { moving: 300, waiting: 15000 };
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, '0')).join('');
const address = path => `chat/demo/${path}?${new URLSearchParams({ lang })}`;

function show({ number, weekday, day, time, ahead, moving }) {
  bar.classList.toggle('turning', $('.leaf b').textContent !== number);
  $('.leaf b').textContent = number;
  $('.leaf i').textContent = weekday;
  $('.day').textContent = day;
  $('.time').textContent = time;
  bar.dataset.ahead = ahead;
  lock(moving || isBusy);
  dress();
}

function lock(isLocked) {
  for (const act of acts) act.disabled = isLocked;
  bar.toggleAttribute('data-moving', isLocked);
}

let isBusy = false, looking;
async function look() {
  clearTimeout(looking);
  const answer = await fetch(address('now')).catch(() => null);
  if (answer?.ok) show(await answer.json());
  looking = setTimeout(look, 'moving' in bar.dataset ? LOOKS.moving : LOOKS.waiting);
}

async function act(button) {
  const { path, step } = button.dataset;
  isBusy = true;
  lock(true);
  if (path === 'move') look();
  const said = await ask(path, path === 'move' ? { step } : { id: newId(), with_code: 'withCode' in button.dataset });
  isBusy = false;
  happened.textContent = said ?? bar.dataset.lost;
  toEnd();
  await look();
  button.focus({ preventScroll: true });
}

async function ask(path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(address(path), { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  return told?.sentence ?? told?.reason;
}

fold.addEventListener('click', () => {
  const isOpen = fold.getAttribute('aria-expanded') === 'true';
  fold.setAttribute('aria-expanded', String(!isOpen));
  document.getElementById('acts').hidden = isOpen;
});
for (const button of acts) button.addEventListener('click', () => act(button));
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
look();
