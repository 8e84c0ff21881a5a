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
export type DiscoveryView = Schemas['DiscoveryView'];
export type EventKind = Schemas['EventKind'];
export type EventList = Schemas['EventList'];
export type EventView = Schemas['EventView'];
export type EventsSeen = Schemas['EventsSeen'];
export type ExportCreate = Schemas['ExportCreate'];
export type ExportEstimate = Schemas['ExportEstimate'];
export type ExportFile = Schemas['ExportFile'];
export type ExportFormat = Schemas['ExportFormat'];
export type ExportList = Schemas['ExportList'];
export type ExportState = Schemas['ExportState'];
export type ExportVerified = Schemas['ExportVerified'];
export type ExportView = Schemas['ExportView'];
export type Fault = Schemas['Fault'];
export type Forecast = Schemas['Forecast'];
export type FoundCamera = Schemas['FoundCamera'];
export type FoundWebcam = Schemas['FoundWebcam'];
export type FragmentList = Schemas['FragmentList'];
export type FragmentView = Schemas['FragmentView'];
export type HoldCreate = Schemas['HoldCreate'];
export type HoldList = Schemas['HoldList'];
export type HoldView = Schemas['HoldView'];
export type PickedFrame = Schemas['PickedFrame'];
export type ProfileList = Schemas['ProfileList'];
export type ProfileView = Schemas['ProfileView'];
export type ProfilesQuery = Schemas['ProfilesQuery'];
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
export type TrialCreate = Schemas['TrialCreate'];
export type TrialView = Schemas['TrialView'];
