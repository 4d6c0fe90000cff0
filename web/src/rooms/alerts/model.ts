/** The public documents of the alerts room, by the types of the API description. */
import type { Wire } from '$lib/api/wire.ts';

export type Mode = Wire<'Mode'>;
export type HazardState = Wire<'HazardState'>;
export type RiverState = Wire<'RiverEntry'>;
export type EvacuationOrder = Wire<'EvacuationOrder'>;
export type Advisory = Wire<'Advisory'>;
export type Bulletin = Wire<'BulletinEntry'>;
export type MunicipalityState = Wire<'MunicipalityBrief'>;
export type Prefecture = Wire<'PrefectureDocument'>;
export type LocalQuake = Wire<'LocalQuake'>;
export type AreaAlerts = Wire<'MunicipalityDocument'>;
export type TsunamiGrade = Wire<'TsunamiGrade'>;
export type TsunamiZone = Wire<'TsunamiZoneEntry'>;
export type Tsunami = Wire<'TsunamiDocument'>;
export type Intensity = Wire<'IntensityEntry'>;
export type Quake = Wire<'QuakeEntry'>;
export type Quakes = Wire<'QuakesDocument'>;
export type TimelineEntry = Wire<'TimelineEntry'>;
export type Timeline = Wire<'TimelineDocument'>;
