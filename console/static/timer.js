// A promise's countdown: the server says until when, and what time it is; the browser ticks.
const skew = new Date(document.body.dataset.now) - Date.now();
const two = number => String(number).padStart(2, '0');

customElements.define('sla-timer', class extends HTMLElement {
  connectedCallback() { this.tick(); this.job = setInterval(() => this.tick(), 1000); }
  disconnectedCallback() { clearInterval(this.job); }
  tick() {
    const left = Math.round((new Date(this.getAttribute('due')) - Date.now() - skew) / 1000), s = Math.abs(left);
    const days = Math.floor(s / 86400), hours = Math.floor(s / 3600) % 24, minutes = Math.floor(s / 60) % 60;
    const text = days ? `${days}\u00a0${this.dataset.days} ${hours}:${two(minutes)}` : hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
    this.textContent = (left < 0 ? '\u2212' : '') + text;
    this.dataset.state = left < 0 ? 'late' : left < 300 ? 'soon' : 'ok';
  }
});
