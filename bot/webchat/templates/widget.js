/* Otklik's chat button: <script async src="https://…/chat/widget.js" data-lang="ru" data-start="site"></script> */
(() => {
const D = document, W = {/*words*/}, { src, dataset } = D.currentScript, [base] = src.split('/widget.js');
const lang = (dataset.lang || D.documentElement.lang || navigator.language).slice(0, 2), ariaLabel = W[lang] || W.en;
const make = (tag, set) => Object.assign(D.createElement(tag), set);
const host = make('div'), root = host.attachShadow({ mode: 'open' }), css = new CSSStyleSheet;
css.replaceSync(`:host{all:initial!important}*{position:fixed;right:20px;bottom:20px;z-index:2147483000;border:0}[hidden]{display:none}
button{width:56px;height:56px;border-radius:50%;background:#4338ca;cursor:pointer;box-shadow:0 4px 16px #0004}:focus-visible{outline:3px solid #8b85ef;outline-offset:3px}
i{position:absolute;inset:16px;background:#fff;clip-path:path('M3 2H21Q24 2 24 5V15Q24 18 21 18H12L6 23V18H3Q0 18 0 15V5Q0 2 3 2Z')}
.x i{clip-path:path('M3 5L5 3L12 10L19 3L21 5L14 12L21 19L19 21L12 14L5 21L3 19L10 12Z')}
b{bottom:60px;background:#b3261e;color:#fff;font:600 12px/20px system-ui;min-width:20px;text-align:center;border-radius:10px}
iframe{bottom:88px;width:384px;height:min(640px,100vh - 108px);border-radius:16px;box-shadow:0 8px 40px #0005}
@media(max-width:520px){iframe{inset:0;width:100%;height:100%;border-radius:0}}`);
root.adoptedStyleSheets = [css];
const key = make('button', { ariaLabel, ariaExpanded: false }), badge = make('b', { hidden: true });
let frame;
const tell = otklik => frame.contentWindow.postMessage({ otklik }, '*');
const load = () => frame ||= root.appendChild(make('iframe', { title: ariaLabel, hidden: true, src: base + '?embed=1&lang=' + lang + '&start=' + (dataset.start || '') }));
const show = on => {
load().hidden = !on; key.className = on ? 'x' : ''; key.ariaExpanded = on;
tell(on ? 'shown' : 'hidden'); (on ? frame : key).focus();
try { localStorage.otklik = 1 } catch {}
};
key.append(make('i')); root.append(key, badge); D.body.append(host);
key.onclick = () => show(load().hidden);
D.addEventListener('keydown', e => e.key == 'Escape' && frame && !frame.hidden && show(false));
addEventListener('message', ({ source, data }) => {
if (!frame || source != frame.contentWindow) return;
const { otklik, n } = data;
if (otklik == 'close') show(false);
if (otklik == 'ready' && !frame.hidden) tell('shown');
if (otklik == 'unread') badge.hidden = !(badge.textContent = n || '');
});
try { localStorage.otklik && load() } catch {}
})();
