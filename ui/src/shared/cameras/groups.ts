/**
 * Cameras under names of the user's: each belongs to one group at most. Pure.
 *
 * Invariant: no group is empty, and none has an empty name.
 */
import type { StreamState } from '$backend/types';

/** The group of each camera that has one. */
export type Groups = Readonly<Record<string, string>>;

export interface Group {
  readonly name: string;
  readonly cameras: readonly string[];
}

/** From the quietest to the one that somebody has to look after. */
const BY_URGENCY: readonly StreamState[] = [
  'recording',
  'resting',
  'stopped',
  'waiting',
  'connecting',
  'offline',
  'retrying',
];

/** An empty name takes the camera out of its group. */
export function grouped(groups: Groups, camera: string, name: string): Groups {
  const group = name.trim();
  const others = Object.entries(groups).filter(([other]) => other !== camera);
  return Object.fromEntries(group === '' ? others : [...others, [camera, group]]);
}

/** Those that there are, each with its cameras in the given order; and those that belong to none. */
export function sortedIntoGroups(
  groups: Groups,
  cameras: readonly string[],
): { groups: readonly Group[]; alone: readonly string[] } {
  const names = [...new Set(cameras.flatMap((camera) => groups[camera] ?? []))];
  return {
    groups: names
      .sort((a, b) => a.localeCompare(b))
      .map((name) => ({ name, cameras: cameras.filter((camera) => groups[camera] === name) })),
    alone: cameras.filter((camera) => groups[camera] === undefined),
  };
}

/** What a group is worth telling: the state of the camera that is worst off. */
export function worstOf(states: readonly StreamState[]): StreamState {
  return states.reduce<StreamState>(
    (worst, state) => (BY_URGENCY.indexOf(state) > BY_URGENCY.indexOf(worst) ? state : worst),
    'recording',
  );
}

export function parsedGroups(value: unknown): Groups {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([camera, name]: [string, unknown]) =>
      typeof name === 'string' && name.trim() !== '' ? [[camera, name.trim()]] : [],
    ),
  );
}
