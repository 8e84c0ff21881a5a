/**
 * The wire types of the recorder's API, under the names that the console uses.
 *
 * They are generated from the recorder's own description (`make generated`); nobody writes one twice.
 */
import type { components } from './openapi';

type Schemas = components['schemas'];

export type DetectionList = Schemas['DetectionList'];
export type DetectionView = Schemas['DetectionView'];
export type Fault = Schemas['Fault'];
export type FragmentList = Schemas['FragmentList'];
export type FragmentView = Schemas['FragmentView'];
export type SegmentView = Schemas['SegmentView'];
export type StreamCreate = Schemas['StreamCreate'];
export type StreamList = Schemas['StreamList'];
export type StreamState = Schemas['StreamState'];
export type StreamUpdate = Schemas['StreamUpdate'];
export type StreamView = Schemas['StreamView'];
export type SystemView = Schemas['SystemView'];
export type TimelineView = Schemas['TimelineView'];
