/** The user's zones, kept in this browser for this recorder, and whether one is being drawn. */
import { parsedZones, zoneForgotten, zoneKept, type Region, type Zone, type Zones } from './region';

export class Regions {
  #zones = $state.raw<Zones>({});
  /** The camera on whose picture a region is being drawn. */
  drawing = $state<string | null>(null);
  readonly #key: string;
  #drawn: ((region: Region) => void) | null = null;

  /** `recorder` is what a person calls it. */
  constructor(recorder: string) {
    this.#key = `afterimage.zones.${recorder}`;
    try {
      this.#zones = parsedZones(JSON.parse(localStorage.getItem(this.#key) ?? '{}'));
    } catch {
      // Then there are none.
    }
  }

  of(camera: string): readonly Zone[] {
    return this.#zones[camera] ?? [];
  }

  /** Lets a region be drawn on a camera's picture; Escape draws none. */
  draw(camera: string, drawn: (region: Region) => void): void {
    this.drawing = camera;
    this.#drawn = drawn;
  }

  finish(region: Region | null): void {
    const drawn = this.#drawn;
    this.drawing = null;
    this.#drawn = null;
    if (region !== null) drawn?.(region);
  }

  keep(camera: string, zone: Zone): void {
    this.#save(zoneKept(this.#zones, camera, zone));
  }

  forget(camera: string, name: string): void {
    this.#save(zoneForgotten(this.#zones, camera, name));
  }

  #save(zones: Zones): void {
    this.#zones = zones;
    try {
      localStorage.setItem(this.#key, JSON.stringify(zones));
    } catch {
      // Then they hold for this visit.
    }
  }
}
