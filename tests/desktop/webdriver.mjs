// As much of the WebDriver protocol as these tests need: https://www.w3.org/TR/webdriver2/
//
// Not here: what is asked of the page.

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** A session in which WebKitWebDriver has started `binary` and drives its first window. */
export async function openWindow(driver, binary, args) {
  const options = { 'webkitgtk:browserOptions': { binary, args } };
  const { sessionId } = await call('POST', `${driver}/session`, { capabilities: { alwaysMatch: options } });
  return new Window(`${driver}/session/${sessionId}`);
}

export class Window {
  #session;

  constructor(session) {
    this.#session = session;
  }

  /** Runs a function of no outer names in the page; what it returns, or resolves to, comes back. */
  async run(body, ...args) {
    const script = `
      const [args, done] = [Array.from(arguments).slice(0, -1), arguments[arguments.length - 1]];
      Promise.resolve().then(() => (${body})(...args)).then(
        (value) => done({ value }), (error) => done({ error: error + ', at ' + error?.stack }));`;
    const { value, error } = await this.#call('POST', '/execute/async', { script, args });
    if (error) throw new Error(`in the page: ${error}`);
    return value;
  }

  /** The first element, waiting until there is one. */
  async find(selector, limitMs = 20_000) {
    const found = await this.until(
      async () => (await this.#call('POST', '/elements', { using: 'css selector', value: selector }))[0],
      `an element ${selector}`,
      limitMs,
    );
    return found[ELEMENT];
  }

  /** Clicks as a mouse does, at a place counted from the element's centre. */
  async clickAt(element, x, y) {
    await this.mouse({ x, y, origin: { [ELEMENT]: element } }, 'pointerDown', 'pointerUp');
  }

  /** What a mouse does, one after the other: `{ x, y }` counted from the page's corner, or its button. */
  async mouse(...steps) {
    const actions = steps.map((step) => {
      if (typeof step === 'string') return { type: step, button: 0 };
      const { x, y, origin = 'viewport' } = step;
      return { type: 'pointerMove', duration: 0, origin, x: Math.round(x), y: Math.round(y) };
    });
    const parameters = { pointerType: 'mouse' };
    await this.#call('POST', '/actions', {
      actions: [{ type: 'pointer', id: 'mouse', parameters, actions }],
    });
  }

  /** Presses a key and lets go of it. */
  async press(key) {
    const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: key }));
    await this.#call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  /** The window's picture, as PNG. */
  async screenshot() {
    return Buffer.from(await this.#call('GET', '/screenshot'), 'base64');
  }

  async url() {
    return this.#call('GET', '/url');
  }

  /** Looks until it sees something; each look takes its own time. */
  async until(look, what, limitMs = 20_000) {
    const end = performance.now() + limitMs;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    }
  }

  async close() {
    await this.#call('DELETE', '');
  }

  #call(method, path, body) {
    return call(method, this.#session + path, body);
  }
}

async function call(method, url, body) {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`);
  return value;
}
