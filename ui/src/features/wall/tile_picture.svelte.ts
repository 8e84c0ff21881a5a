/**
 * What one tile shows, as the engine tells it. Frames do not pass through Svelte: the engine paints,
 * and the frame's identity is written beside the picture at once.
 *
 * Belongs here: the surface that the engine paints on. Not here: what lies over the picture.
 */
import type { Player, ShownFrame, TileStatus } from '$shared/player/player';

export class TilePicture {
  status = $state.raw<TileStatus | null>(null);
  /** Whether any frame is on the screen. */
  hasPicture = $state(false);
  shown = $state.raw<ShownFrame | null>(null);
  /** Of the decoded frame, in its own pixels. */
  width = $state(0);
  height = $state(0);

  /** Hands the canvas to the engine until the answer is called. */
  show(player: Player, stream: string, tile: HTMLElement, canvas: HTMLCanvasElement): () => void {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) return () => {};
    const detach = player.attach({
      stream,
      paint: (picture, frame) => {
        if (canvas.width !== picture.width) canvas.width = picture.width;
        if (canvas.height !== picture.height) canvas.height = picture.height;
        this.width = picture.width;
        this.height = picture.height;
        context.drawImage(picture.image, 0, 0, picture.width, picture.height);
        this.hasPicture = true;
        this.#tell(tile, frame);
      },
      blank: () => {
        this.hasPicture = false;
        this.#tell(tile, null);
      },
      status: (next) => {
        if (tile.dataset['state'] !== next.state) tile.dataset['state'] = next.state;
        this.status = next;
      },
    });
    return () => {
      detach();
      this.hasPicture = false;
      this.#tell(tile, null);
    };
  }

  /** The frame's identity, for people and for tests. */
  #tell(tile: HTMLElement, frame: ShownFrame | null): void {
    this.shown = frame;
    tile.dataset['frameAt'] = frame === null ? '' : String(frame.atMicros);
    tile.dataset['mode'] = frame?.mode ?? this.status?.mode ?? '';
    tile.dataset['fragment'] = String(frame?.fragment ?? '');
    tile.dataset['sample'] = String(frame?.sample ?? '');
  }
}
