/** How the page learns which recorder it belongs to. */

declare global {
  interface Window {
    /** Put there by the desktop window before any script of the page runs. */
    readonly __AFTERIMAGE__?: { readonly address?: unknown; readonly token?: unknown };
  }
}

export interface BackendAddress {
  /** Without a slash at its end; empty for the page's own origin. */
  readonly base: string;
  /** Absent where a cookie carries the session. */
  readonly token: string | null;
}

export function backendAddress(injected: Window['__AFTERIMAGE__'], origin: string): BackendAddress {
  const address = injected?.address;
  if (typeof address !== 'string' || address === '') return { base: '', token: null };
  const base = address.replace(/\/+$/, '');
  const token = typeof injected?.token === 'string' && injected.token !== '' ? injected.token : null;
  return { base: base === origin ? '' : base, token };
}
