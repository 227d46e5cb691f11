import react from '@vitejs/plugin-react';
import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { API_CSS, apiPage } from './src/apidocs/page';

/// The API's own page, /api.html: plain files, so that the content security policy holds.
function apiDocs(): Plugin {
  const read = (name: string) => readFileSync(new URL(`../schemas/${name}`, import.meta.url), 'utf8');
  return {
    name: 'api-docs',
    generateBundle() {
      const page = apiPage(load(read('openapi.yaml')) as Parameters<typeof apiPage>[0], JSON.parse(read('permissions.json')));
      this.emitFile({ type: 'asset', fileName: 'api.html', source: page });
      this.emitFile({ type: 'asset', fileName: 'api.css', source: API_CSS });
    },
  };
}

export default defineConfig({
  plugins: [react(), apiDocs()],
  build: {
    target: 'es2021',
    sourcemap: false,
    // Files stay files: a data: script or font would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
  server: {
    fs: { allow: ['..'] },  // the table of permissions stands in schemas/
    proxy: { '/api': { target: process.env.KIOSKWARD_SERVER ?? 'http://127.0.0.1:8661', ws: true } },
  },
  test: { testTimeout: 30_000, environment: 'node', include: ['src/**/*.test.{ts,tsx}'] },
});
