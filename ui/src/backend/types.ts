/**
 * The wire types of the recorder's API, under the names that the console uses.
 *
 * They are generated from the recorder's own description (`make generated`); nobody writes one twice.
 */
import type { components } from './openapi';

type Schemas = components['schemas'];

export type ActivityView = Schemas['ActivityView'];
export type BookmarkCreate = Schemas['BookmarkCreate'];
export type BookmarkList = Schemas['BookmarkList'];
export type BookmarkView = Schemas['BookmarkView'];
export type CheckCreate = Schemas['CheckCreate'];
export type CheckView = Schemas['CheckView'];
export type DetectionList = Schemas['DetectionList'];
export type DetectionView = Schemas['DetectionView'];
export type EventKind = Schemas['EventKind'];
export type EventList = Schemas['EventList'];
export type EventView = Schemas['EventView'];
export type EventsSeen = Schemas['EventsSeen'];
export type Fault = Schemas['Fault'];
export type Forecast = Schemas['Forecast'];
export type FragmentList = Schemas['FragmentList'];
export type FragmentView = Schemas['FragmentView'];
export type HoldCreate = Schemas['HoldCreate'];
export type HoldList = Schemas['HoldList'];
export type HoldView = Schemas['HoldView'];
export type RetentionPreview = Schemas['RetentionPreview'];
export type Schedule = Schemas['Schedule'];
export type SegmentView = Schemas['SegmentView'];
export type ShareView = Schemas['ShareView'];
export type StorageSettings = Schemas['StorageSettings'];
export type StorageView = Schemas['StorageView'];
export type StreamCreate = Schemas['StreamCreate'];
export type StreamList = Schemas['StreamList'];
export type StreamState = Schemas['StreamState'];
export type StreamUpdate = Schemas['StreamUpdate'];
export type StreamView = Schemas['StreamView'];
export type SystemView = Schemas['SystemView'];
export type TimelineView = Schemas['TimelineView'];
