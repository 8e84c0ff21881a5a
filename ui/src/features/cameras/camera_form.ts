/** What the camera dialogue holds, and what of it goes to the recorder. */
import type { StreamCreate, StreamUpdate, StreamView, TrialCreate } from '$backend/types';
import { withCredentials } from './camera_address';

/** `found`: a camera that answered on the network. */
export type SourceKind = 'found' | 'webcam' | 'address' | 'test';

export interface CameraForm {
  kind: SourceKind;
  address: string;
  /** The chosen stream of a found camera; empty until there is one. */
  foundAddress: string;
  foundUser: string;
  foundPassword: string;
  /** Put into the address on its way, never shown in it. Each camera has its own: none goes to another. */
  user: string;
  password: string;
  /** What a chosen camera or webcam calls itself. */
  title: string;
  /** Empty for whichever is there. */
  device: string;
  name: string;
  retention: string;
  models: string[];
  isEnabled: boolean;
  transport: string;
  /** `auto`: chosen by itself. */
  capture: string;
}

export const RETENTIONS: readonly (readonly [string, string])[] = [
  ['1h', '1 hour'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['1y', '1 year'],
  ['10y', '10 years'],
];

/** The recorder's word for choosing the way of capture by itself. */
export const AUTOMATIC = 'auto';

const NAME = /^[a-zA-Z0-9_.-]{1,256}$/;
const ADDRESS = /^rtsps?:\/\/.+/i;

export function newForm(): CameraForm {
  return {
    kind: 'found',
    address: '',
    foundAddress: '',
    foundUser: '',
    foundPassword: '',
    user: '',
    password: '',
    title: '',
    device: '',
    name: '',
    retention: '30d',
    models: [],
    isEnabled: true,
    transport: 'tcp',
    capture: AUTOMATIC,
  };
}

export function formOf(stream: StreamView): CameraForm {
  const source = stream.source ?? '';
  const kind = source.startsWith('test:')
    ? 'test'
    : /^(webcam|pipewire:)/.test(source)
      ? 'webcam'
      : 'address';
  return {
    ...newForm(),
    kind,
    address: kind === 'address' ? source : '',
    device: kind === 'webcam' ? source.replace(/^webcam:?/, '') : '',
    name: stream.name,
    retention: stream.retention,
    models: [...stream.models],
    isEnabled: stream.enabled,
    transport: stream.capture.transport || 'tcp',
    capture: stream.capture.forced ? (stream.capture.backend ?? AUTOMATIC) : AUTOMATIC,
  };
}

export function sourceOf(form: CameraForm): string {
  if (form.kind === 'test') return 'test:';
  if (form.kind === 'found') return withCredentials(form.foundAddress, form.foundUser, form.foundPassword);
  if (form.kind === 'address') return withCredentials(form.address.trim(), form.user, form.password);
  const device = form.device.trim();
  if (device === '') return 'webcam';
  return device.startsWith('pipewire:') ? device : `webcam:${device}`;
}

/** How the recorder hides a password in an address. */
const HIDDEN = '•';

export type Problems = Partial<Record<'name' | 'address' | 'found', string>>;

/** What is wrong with it, by field; nothing when it can be sent. `before` is the address as it was shown. */
export function problems(form: CameraForm, taken: readonly string[], before = ''): Problems {
  const found: Problems = {};
  if (!NAME.test(form.name)) found.name = 'Use letters, digits, dots, dashes and underscores.';
  else if (taken.includes(form.name)) found.name = `There is a camera named ${form.name} already.`;
  if (form.kind === 'found' && form.foundAddress === '') {
    found.found = 'Choose a camera and one of its streams.';
  }
  if (form.kind === 'address' && !ADDRESS.test(form.address.trim())) {
    found.address = 'A camera’s address begins with rtsp:// or rtsps://';
  } else if (form.kind === 'address' && form.address !== before && form.address.includes(HIDDEN)) {
    found.address = 'Type the password again: it is never shown, so it can’t be kept in a changed address.';
  }
  return found;
}

export function creation(form: CameraForm): StreamCreate {
  return {
    name: form.name,
    source: sourceOf(form),
    retention: form.retention,
    models: form.models,
    ...connection(form),
  };
}

/** What a test of it before is asked with. */
export const trialOf = (form: CameraForm): TrialCreate => ({ source: sourceOf(form), ...connection(form) });

export const isNetwork = (kind: SourceKind): boolean => kind === 'address' || kind === 'found';

const connection = (form: CameraForm): { transport?: string; capture?: string } => ({
  ...(isNetwork(form.kind) ? { transport: form.transport } : {}),
  ...(form.capture === AUTOMATIC ? {} : { capture: form.capture }),
});

/** Only what differs: an address whose password is hidden must not be sent back. */
export function change(before: StreamView, form: CameraForm): StreamUpdate {
  const old = formOf(before);
  return {
    ...(sourceOf(form) === sourceOf(old) ? {} : { source: sourceOf(form) }),
    ...(form.retention === old.retention ? {} : { retention: form.retention }),
    ...(form.models.join() === old.models.join() ? {} : { models: form.models }),
    ...(form.isEnabled === old.isEnabled ? {} : { enabled: form.isEnabled }),
    ...(form.transport === old.transport ? {} : { transport: form.transport }),
    ...(form.capture === old.capture ? {} : { capture: form.capture }),
  };
}

/** A name out of an address, for who does not care: the last part of its path, or the host. */
export function suggestedName(form: CameraForm, taken: readonly string[]): string {
  const base =
    (form.kind === 'address'
      ? nameInAddress(form.address)
      : form.kind === 'test'
        ? 'test'
        : nameOf(form.title)) || (form.kind === 'webcam' ? 'webcam' : 'camera');
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) name = `${base}-${number}`;
  return name;
}

const nameOf = (words: string): string =>
  words.replace(/[^a-zA-Z0-9_.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');

function nameInAddress(address: string): string {
  try {
    const url = new URL(address.trim().replace(/^rtsps?:/i, 'http:'));
    const last = url.pathname.split('/').filter(Boolean).at(-1) ?? '';
    return nameOf(decodeURIComponent(last)) || nameOf(url.hostname);
  } catch {
    return '';
  }
}
