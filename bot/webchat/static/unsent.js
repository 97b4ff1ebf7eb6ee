// What was said and is not taken yet: kept in the browser and sent again until the server has it, once and in order.
const LONGEST_WAIT = 5000;

// post(item) answers {taken} | {refused: reason} | {later: milliseconds or nothing}
export class Unsent {
  constructor(key, post, onTaken, onRefused) {
    Object.assign(this, { key, post, onTaken, onRefused, memory: [], running: false, failures: 0, wake: () => {} });
  }

  all() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? []; } catch { return this.memory; }
  }

  keep(items) {
    this.memory = items;
    try { localStorage.setItem(this.key, JSON.stringify(items)); } catch { /* a private window: this page alone remembers */ }
  }

  add(item) {
    this.keep([...this.all(), item]);
    this.run();
  }

  drop(item) {
    this.keep(this.all().filter(other => other.id !== item.id));
  }

  // The link is back: do not wait any longer.
  nudge() {
    this.failures = 0;
    this.wake();
    this.run();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let item; (item = this.all()[0]);) {
      const answer = await this.post(item);
      if ('later' in answer) {
        await this.pause(answer.later ?? Math.min(LONGEST_WAIT, 400 * 2 ** this.failures++));
        continue;
      }
      this.failures = 0;
      this.drop(item);
      if (answer.taken) this.onTaken(item); else this.onRefused(item, answer.refused);
    }
    this.running = false;
  }

  pause(milliseconds) {
    return new Promise(done => {
      this.wake = done;
      setTimeout(done, milliseconds);
    });
  }
}
