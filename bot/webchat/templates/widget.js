/* Otklik: a chat button for any page. <script async src="…/chat/widget.js" data-lang="ru" data-start="site"></script> */
(() => {
const me = document.currentScript, D = document, W = {/*words*/}, url = new URL(me.src), o = url.origin;
const lang = (me.dataset.lang || D.documentElement.lang || navigator.language).slice(0, 2), [open, close, title] = W[lang] || W.en;
const q = new URLSearchParams({ embed: 1, lang, start: me.dataset.start || '' });
const make = (tag, set) => Object.assign(D.createElement(tag), set);
const host = make('div'), root = host.attachShadow({ mode: 'open' }), css = new CSSStyleSheet();
css.replaceSync(`:host{all:initial!important}*{position:fixed;right:20px;bottom:20px;z-index:2147483000;border:0}[hidden]{display:none}
button{width:56px;height:56px;border-radius:50%;background:#4338ca;cursor:pointer;box-shadow:0 4px 16px #0004}:focus-visible{outline:3px solid #a5b4fc;outline-offset:3px}
i{position:absolute;inset:16px;background:#fff;clip-path:path('M3 2H21Q24 2 24 5V15Q24 18 21 18H12L6 23V18H3Q0 18 0 15V5Q0 2 3 2Z')}
.x i{clip-path:path('M3 5L5 3L12 10L19 3L21 5L14 12L21 19L19 21L12 14L5 21L3 19L10 12Z')}
b{bottom:60px;right:16px;background:#b3261e;color:#fff;font:600 12px/20px system-ui;min-width:20px;text-align:center;border-radius:10px;pointer-events:none}
iframe{bottom:88px;width:384px;height:min(640px,100vh - 108px);border-radius:16px;box-shadow:0 8px 40px #0005}
@media(max-width:520px){iframe{inset:0;width:100%;height:100%;border-radius:0;z-index:2147483001}}`);
root.adoptedStyleSheets = [css];
const button = make('button', { ariaLabel: open, ariaExpanded: false }), badge = make('b', { hidden: true });
let frame;
const post = m => frame.contentWindow.postMessage({ otklik: m }, o);
const load = () => frame || root.append(frame = make('iframe', { src: url.pathname.replace('/widget.js', '') && o + url.pathname.replace('/widget.js', '') + '?' + q, title, hidden: true }));
const show = on => {
load(); frame.hidden = !on; button.className = on ? 'x' : ''; button.ariaExpanded = on; button.ariaLabel = on ? close : open;
post(on ? 'shown' : 'hidden'); (on ? frame : button).focus();
try { localStorage.otklik = 1 } catch {}
};
button.append(make('i')); root.append(button, badge); D.body.append(host);
button.onclick = () => show(!frame || frame.hidden);
D.addEventListener('keydown', e => e.key == 'Escape' && frame && !frame.hidden && show(false));
addEventListener('message', ({ source, data: m }) => {
if (!frame || source != frame.contentWindow) return;
if (m.otklik == 'close') show(false);
if (m.otklik == 'ready' && !frame.hidden) post('shown');
if (m.otklik == 'unread') badge.hidden = !(badge.textContent = m.n || '');
});
try { localStorage.otklik && load() } catch {}
})();
