/**
 * A webcam without a device: PipeWire and WirePlumber in a session of their own, and PipeWire's own test
 * picture as a camera. Nothing of the desktop that the test runs on is touched, and nothing is left behind.
 * It can be opened again and again, as real ones can; GStreamer's `pipewiresink` can't, with 0.3.65.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NEEDED = ['dbus-run-session', 'pipewire', 'wireplumber'];
const SOURCE = {
  'factory.name': 'videotestsrc',
  'node.name': 'snowcam',
  'node.description': 'Snow',
  'media.class': 'Video/Source',
  'Spa:Pod:Object:Param:Props:live': true,
  'Spa:Pod:Object:Param:Props:patternType': 1,
};
/** PipeWire's configuration takes JSON, section by section. */
const CONFIGURATION = `context.spa-libs = ${JSON.stringify({ videotestsrc: 'videotestsrc/libspa-videotestsrc' })}
context.objects = ${JSON.stringify([{ factory: 'spa-node-factory', args: SOURCE }])}
`;

export class Webcam {
  /** What is missing here, in words; null where it can be had. */
  static missing() {
    const isThere = (program) => spawnSync('which', [program]).status === 0;
    const missing = NEEDED.filter((program) => !isThere(program));
    if (missing.length > 0) return `${missing.join(', ')} is not installed`;
    const plugin = spawnSync('gst-inspect-1.0', ['pipewiresrc']);
    return plugin.status === 0 ? null : 'GStreamer has no PipeWire here (apt install gstreamer1.0-pipewire)';
  }

  /** As the recorder writes it. */
  source = 'pipewire:snowcam';

  static start() {
    const folder = mkdtempSync(join(tmpdir(), 'afterimage-webcam-'));
    const names = ['XDG_RUNTIME_DIR', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'HOME'];
    const environment = Object.fromEntries(names.map((name) => [name, folder]));
    const settings = join(folder, 'pipewire', 'pipewire.conf.d');
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, 'webcam.conf'), CONFIGURATION);
    const session = ['bash', '-c', 'pipewire & wireplumber & wait'];
    // Whatever becomes of the test, it ends.
    const child = spawn('timeout', ['600', 'dbus-run-session', '--', ...session], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
      detached: true,
    });
    const webcam = Object.assign(new Webcam(), { child, folder });
    process.once('exit', () => webcam.#kill());
    return webcam;
  }

  /** Whom a recorder asks for webcams. */
  get environment() {
    return { XDG_RUNTIME_DIR: this.folder };
  }

  /** The whole session, which is a group of processes. */
  #kill() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  async end() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const over = once(this.child, 'exit');
      this.#kill();
      await over;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
