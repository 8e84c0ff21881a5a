/**
 * The zone that times are shown in: this computer's, unless the user has chosen another here.
 *
 * Belongs here: from an instant to the digits of its clock. Not here: words ({@link ./format}).
 */

const KEY = 'afterimage.zone';
/** Zones change their offset at quarters of an hour at the finest. */
const QUARTER_MS = 900_000;
const MOST_KNOWN = 5_000;

class TimeZone {
  /** Null: this computer's. */
  name = $state<string | null>(saved());
  #offsets = new Map<number, number>();
  #formatter: Intl.DateTimeFormat | null = null;

  choose(name: string | null): void {
    this.name = name !== null && isZone(name) ? name : null;
    this.#offsets = new Map();
    this.#formatter = null;
    try {
      if (this.name === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, this.name);
    } catch {
      // Then it holds for this visit.
    }
  }

  /** A date whose UTC fields read as the clock of the zone does at that instant. */
  local(micros: number): Date {
    const ms = Math.floor(micros / 1000);
    return new Date(ms + this.offsetMs(ms));
  }

  /** How far the zone's clock is ahead of UTC. */
  offsetMs(ms: number): number {
    const { name } = this;
    if (name === null) return -new Date(ms).getTimezoneOffset() * 60_000;
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsets.size > MOST_KNOWN) this.#offsets.clear();
    const offset = this.#measured(name, quarter * QUARTER_MS);
    this.#offsets.set(quarter, offset);
    return offset;
  }

  #measured(name: string, ms: number): number {
    this.#formatter ??= new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const parts = new Map(this.#formatter.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const field = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const read = Date.UTC(
      field('year'),
      field('month') - 1,
      field('day'),
      field('hour'),
      field('minute'),
      field('second'),
    );
    return read - ms;
  }
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function saved(): string | null {
  try {
    const name = localStorage.getItem(KEY);
    return name !== null && isZone(name) ? name : null;
  } catch {
    return null;
  }
}

export const timeZone = new TimeZone();
