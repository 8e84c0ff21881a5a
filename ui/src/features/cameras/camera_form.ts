/** What the camera dialogue holds, and what of it goes to the recorder. */
import type { StreamCreate, StreamUpdate, StreamView } from '$backend/types';

export type SourceKind = 'address' | 'webcam' | 'test';

export interface CameraForm {
  kind: SourceKind;
  address: string;
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
const ADDRESS = /^(rtsps?|https?):\/\/.+/i;

export function newForm(): CameraForm {
  return {
    kind: 'address',
    address: '',
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
  if (form.kind === 'address') return form.address.trim();
  const device = form.device.trim();
  if (device === '') return 'webcam';
  return device.startsWith('pipewire:') ? device : `webcam:${device}`;
}

/** How the recorder hides a password in an address. */
const HIDDEN = '•';

/** What is wrong with it, by field; nothing when it can be sent. `before` is the address as it was shown. */
export function problems(
  form: CameraForm,
  taken: readonly string[],
  before = '',
): Partial<Record<'name' | 'address', string>> {
  const found: Partial<Record<'name' | 'address', string>> = {};
  if (!NAME.test(form.name)) found.name = 'Use letters, digits, dots, dashes and underscores.';
  else if (taken.includes(form.name)) found.name = `There is a camera named ${form.name} already.`;
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
    ...(form.kind === 'address' ? { transport: form.transport } : {}),
    ...(form.capture === AUTOMATIC ? {} : { capture: form.capture }),
  };
}

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
  const base = (form.kind === 'address' ? nameInAddress(form.address) : form.kind) || 'camera';
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) name = `${base}-${number}`;
  return name;
}

function nameInAddress(address: string): string {
  try {
    const url = new URL(address.trim().replace(/^rtsps?:/i, 'http:'));
    const last = url.pathname.split('/').filter(Boolean).at(-1) ?? '';
    const words = decodeURIComponent(last)
      .replace(/[^a-zA-Z0-9_.-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '');
    return words || url.hostname.replace(/[^a-zA-Z0-9_.-]+/g, '-');
  } catch {
    return '';
  }
}
