/**
 * The console in a real browser, against a running `afterimage demo`.
 *
 *     AFTERIMAGE_URL=http://127.0.0.1:8750 AFTERIMAGE_TOKEN=… node --test tests/browser/
 *
 * AFTERIMAGE_CHROMIUM names the browser (default `/usr/bin/chromium`); AFTERIMAGE_SCREENSHOTS a
 * folder for pictures. Needs `npm ci` in `ui/` for playwright-core; downloads nothing.
 */
import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readCounter } from "./counter.mjs";

const require = createRequire(
  new URL("../../ui/package.json", import.meta.url),
);
const { chromium } = require("playwright-core");

const url = process.env.AFTERIMAGE_URL;
const token = process.env.AFTERIMAGE_TOKEN;
const screenshots = process.env.AFTERIMAGE_SCREENSHOTS;
assert.ok(
  url && token,
  "AFTERIMAGE_URL and AFTERIMAGE_TOKEN name a running demo",
);

const PATIENCE_MS = 20_000;
const FRAME_MICROS = 40_000;
const CAMERAS = ["bikes", "clock"];

let browser;
let page;
const complaints = [];

before(async () => {
  if (screenshots) mkdirSync(screenshots, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.AFTERIMAGE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) =>
    complaints.push(`uncaught: ${error.message}`),
  );
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});

after(async () => {
  await browser?.close();
});

const dispatch = (command) =>
  page.evaluate((given) => window.afterimage.dispatch(given), command);
const timeline = () => page.evaluate(() => window.afterimage.timeline);
const counter = () => page.evaluate(readCounter, "clock");
const tiles = () =>
  page.$$eval(".tile", (all) =>
    Object.fromEntries(
      all.map((tile) => [tile.dataset.stream, { ...tile.dataset }]),
    ),
  );
const picture = async (name) => {
  if (screenshots)
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
};

/** Asks until the answer is true; the last answer is in the failure. */
async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  let answer;
  while (Date.now() < end) {
    answer = await ask();
    if (answer) return answer;
    await page.waitForTimeout(50);
  }
  assert.fail(
    `${what}: not within ${PATIENCE_MS / 1000} s, last answer ${JSON.stringify(answer)}, tiles ${JSON.stringify(await tiles())}`,
  );
}

/** The live picture of the clock, with a counter in it. */
const liveCounter = () =>
  until("a live frame of the clock shows its counter", async () => {
    const read = await counter();
    return read?.mode === "live" ? read : null;
  });

/** Stands at an instant and reads the clock there. */
async function counterAt(atMicros) {
  await dispatch({ type: "pause" });
  await dispatch({ type: "seek", atMicros });
  return until("the frame at the playhead is shown", async () => {
    const read = await counter();
    const isThere =
      read?.mode === "past" &&
      read.at <= atMicros &&
      atMicros < read.at + 2 * FRAME_MICROS;
    return isThere ? read : null;
  });
}

test("a stranger is asked for the token, and only the right one opens", async () => {
  await page.goto(url);
  const field = page.getByLabel("Token");
  await field.waitFor();
  await field.fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This token does not open this recorder.").waitFor();
  await picture("sign-in");
  await field.fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("region", { name: "Wall" }).waitFor();
  // The refusals above are what was asked for.
  complaints.length = 0;
});

test("both cameras move live", async () => {
  for (const camera of CAMERAS) {
    const first = await until(`${camera} plays live`, async () => {
      const tile = (await tiles())[camera];
      return tile?.state === "playing" &&
        tile.mode === "live" &&
        tile.frameAt !== ""
        ? tile
        : null;
    });
    const hash = () =>
      page.$eval(`.tile[data-stream="${camera}"] canvas`, (canvas) => {
        const { data } = canvas
          .getContext("2d")
          .getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let at = 0; at < data.length; at += 4)
          sum = (Math.imul(sum, 31) + data[at]) | 0;
        return sum;
      });
    const before = await hash();
    await until(
      `${camera} shows another picture`,
      async () => (await hash()) !== before,
    );
    const later = (await tiles())[camera];
    assert.ok(
      Number(later.frameAt) > Number(first.frameAt),
      `${camera}: the frame's instant rises`,
    );
  }
});

test("the clock counts, one frame at a time, close to now", async () => {
  const first = await liveCounter();
  const seen = [first];
  await until("a second of live frames was read", async () => {
    const read = await counter();
    if (read && read.counter !== seen.at(-1).counter) seen.push(read);
    return seen.at(-1).at > first.at + 1_000_000;
  });
  for (const [index, read] of seen.entries()) {
    if (index === 0) continue;
    const { counter: value, at } = seen[index - 1];
    const frames = Math.round((read.at - at) / FRAME_MICROS);
    assert.ok(read.counter > value, "the counter rises");
    assert.ok(
      Math.abs(read.counter - value - frames) <= 1,
      `as fast as time: ${JSON.stringify([seen[index - 1], read])}`,
    );
  }
  const latencyMs = await page.evaluate(
    (at) => Date.now() - at / 1000,
    (await liveCounter()).at,
  );
  assert.ok(
    latencyMs < 2_000,
    `what is live is new: ${Math.round(latencyMs)} ms old`,
  );
  await picture("live");
});

test("a click ten seconds back shows what was live then", async () => {
  const live = await liveCounter();
  await until(
    "ten seconds have gone by",
    async () => (await counter())?.at > live.at + 10_000_000 || null,
  );
  // One pixel of the timeline must be finer than a frame, so look closely first.
  await dispatch({
    type: "showRange",
    range: { from: live.at - 2_000_000, to: live.at + 12_000_000 },
  });
  const canvas = page.getByRole("slider", { name: "Playhead" });
  const box = await canvas.boundingBox();
  const { view } = await timeline();
  const [left, right] = [224, 14];
  const width = box.width - left - right;
  const x =
    left +
    ((live.at + FRAME_MICROS / 2 - view.from) / (view.to - view.from)) * width;
  await canvas.click({ position: { x, y: 60 } });
  await dispatch({ type: "pause" });
  const state = await timeline();
  assert.equal(state.mode, "past", "a click leaves live");
  assert.ok(
    Math.abs(state.playheadMicros - live.at) < 1_500_000,
    "and goes to where it was made",
  );

  const past = await counterAt(live.at + FRAME_MICROS / 2);
  assert.ok(
    Math.abs(past.at - live.at) <= FRAME_MICROS,
    `its instant: ${past.at} for ${live.at}`,
  );
  assert.ok(
    Math.abs(past.counter - live.counter) <= 1,
    `its counter: ${past.counter} for ${live.counter}`,
  );
  assert.notEqual(past.fragment, "", "the frame has an identity: its fragment");
  assert.notEqual(past.sample, "", "and its sample");
  await picture("past");
});

test("steps go one frame each way, over fragments too", async () => {
  // The lead camera's frames are the ones that are stepped.
  await page.keyboard.press(String(CAMERAS.indexOf("clock") + 1));
  const start = await until("a frame is shown", counter);
  let last = start;
  for (const direction of [...Array(30).fill(-1), ...Array(30).fill(1)]) {
    await page.keyboard.press(direction < 0 ? "ArrowLeft" : "ArrowRight");
    last = await until(
      `the frame ${direction < 0 ? "before" : "after"} ${last.counter}`,
      async () => {
        const read = await counter();
        return read?.counter === last.counter + direction ? read : null;
      },
    );
  }
  assert.equal(
    last.counter,
    start.counter,
    "thirty back and thirty on is where it began",
  );
  assert.equal(last.at, start.at);
});

test("all tiles stand on one playhead while it plays", async () => {
  await dispatch({ type: "play" });
  let worst = 0;
  const end = Date.now() + 3_000;
  while (Date.now() < end) {
    const all = Object.values(await tiles()).filter(
      (tile) => tile.state === "playing" && tile.mode === "past",
    );
    if (all.length === CAMERAS.length) {
      const instants = all.map((tile) => Number(tile.frameAt));
      worst = Math.max(worst, Math.max(...instants) - Math.min(...instants));
    }
    await page.waitForTimeout(37);
  }
  // Two cameras' frames lie up to a frame apart by themselves.
  assert.ok(
    worst > 0 && worst <= 2 * FRAME_MICROS,
    `frames at once are ${worst / 1000} ms apart at most`,
  );
});

test("it plays backwards and fast", async () => {
  const from = (await timeline()).playheadMicros;
  for (const speed of [-1, 4, 16]) {
    await dispatch({ type: "seek", atMicros: from - 3_000_000 });
    await dispatch({ type: "setSpeed", speed });
    const before = await timeline();
    await until(`speed ${speed} moves`, async () => {
      const { playheadMicros, mode } = await timeline();
      const moved = (playheadMicros - before.playheadMicros) / speed;
      return mode === "live" || moved > 150_000;
    });
  }
});

test("LIVE returns", async () => {
  await page.getByRole("button", { name: "LIVE" }).click();
  const live = await liveCounter();
  const { mode, nowMicros } = await timeline();
  assert.equal(mode, "live");
  assert.ok(nowMicros - live.at < 3_000_000, "what is shown is new again");
});

test("a selected range is saved as a clip", async () => {
  const { nowMicros } = await timeline();
  await dispatch({
    type: "select",
    range: { from: nowMicros - 9_000_000, to: nowMicros - 4_000_000 },
  });
  await page.getByRole("button", { name: /^Export/ }).click();
  await page.getByRole("dialog").getByLabel("bikes").uncheck();
  await picture("export");
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save clip" }).click();
  const download = await waiting;
  assert.match(
    download.suggestedFilename(),
    /^clock_\d{8}T[\d.]+Z_\d{8}T[\d.]+Z\.mp4$/,
    "camera and time are its name",
  );
  assert.ok(
    statSync(await download.path()).size > 10_000,
    "there is video in it",
  );
  await dispatch({ type: "select", range: null });
});

test("it looks right at every size, dark and light", async () => {
  for (const theme of ["dark", "light"]) {
    for (const [width, height] of [
      [1280, 800],
      [1440, 900],
      [2560, 1440],
    ]) {
      await page.setViewportSize({ width, height });
      await liveCounter();
      const overflow = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth - innerWidth, scrollHeight - innerHeight];
      });
      assert.deepEqual(
        overflow,
        [0, 0],
        `nothing hangs over the edge at ${width}×${height}`,
      );
      await picture(`${theme}-${width}x${height}`);
    }
    if (theme === "dark")
      await page.getByRole("button", { name: "Light theme" }).click();
  }
  await page.getByRole("button", { name: "Dark theme" }).click();
});

test("nothing complained", () => {
  assert.deepEqual(
    complaints,
    [],
    "no error in the console, no refused resource, no uncaught exception",
  );
});
