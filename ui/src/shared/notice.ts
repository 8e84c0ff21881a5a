/** A sentence that goes away by itself: what just happened without being asked for. */
export interface Notice {
  readonly words: string;
  /** What can be done about it at once. */
  readonly offer?: { readonly label: string; readonly accept: () => void };
}
