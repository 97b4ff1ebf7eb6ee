// The link to the server: one stream a browser, whose tab tells the others, because a browser opens six a site at most.
const SILENCE = 40000;

// options: name (whose stream), url(after), seq, onBubbles(html), onStale(), onState(isOnline)
export class Link {
  constructor(options) {
    Object.assign(this, options);
    this.tabs = new BroadcastChannel(this.name);
    this.tabs.onmessage = e => this.hear(e.data);
    const lead = () => new Promise(() => this.open());
    // No locks without https, nor where a browser denies another site's page everything that lasts.
    if (navigator.locks) navigator.locks.request(this.name, lead).catch(lead); else lead();
    this.tabs.postMessage({ hello: this.seq });
    addEventListener('online', () => this.stream?.readyState !== EventSource.OPEN && this.reopen());
    addEventListener('pagehide', () => this.stream?.close());
  }

  open() {
    this.stream?.close();
    const stream = this.stream = new EventSource(this.url(this.seq));
    stream.onopen = () => this.say({ online: true });
    stream.onerror = () => {
      this.say({ online: false });
      // An error page, such as a proxy's 502, ends an EventSource for good.
      if (stream.readyState === EventSource.CLOSED) this.reopen(1000 + Math.random() * 1000);
    };
    for (const kind of ['bubbles', 'stale', 'beat'])
      stream.addEventListener(kind, e => {
        this.listen();
        if (kind !== 'beat' || e.lastEventId) this.say({ kind, html: e.data, seq: Number(e.lastEventId) });
      });
    this.listen();
  }

  reopen(milliseconds = 0) {
    clearTimeout(this.reopening);
    if (this.stream) this.reopening = setTimeout(() => this.open(), milliseconds);
  }

  // A dead link can look alive for minutes: the server beats, and silence means to dial again.
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.open(), SILENCE);
  }

  say(message) {
    this.hear(message);
    this.tabs.postMessage(message);
  }

  hear({ hello, online, kind, html, seq }) {
    if (hello !== undefined) {   // a tab that was opened just now may have missed something between its HTML and here
      if (this.stream && hello < this.seq) { this.seq = hello; this.open(); }
      return;
    }
    if (online !== undefined) return this.onState(online);
    this.seq = seq;
    if (kind === 'bubbles') this.onBubbles(html);
    if (kind === 'stale') this.onStale();
  }
}
