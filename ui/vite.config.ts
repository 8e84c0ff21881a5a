import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (folder: string): string => fileURLToPath(new URL(`./src/${folder}`, import.meta.url));

export default defineConfig({
  // Relative addresses: the same build is served at `/` by the recorder and from the desktop's assets.
  base: './',
  plugins: [svelte()],
  resolve: {
    alias: {
      $backend: source('backend'),
      $features: source('features'),
      $shared: source('shared'),
      $views: source('views'),
    },
  },
  build: {
    target: 'es2022',
    // The content security policy allows no `data:` addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': { target: process.env.AFTERIMAGE_URL ?? 'http://127.0.0.1:8750', ws: true },
      '/session': { target: process.env.AFTERIMAGE_URL ?? 'http://127.0.0.1:8750' },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
