import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2021',
    sourcemap: false,
    // Files stay files: a data: script or font would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: { '/api': { target: process.env.KIOSKWARD_SERVER ?? 'http://127.0.0.1:8661', ws: true } },
  },
  test: { testTimeout: 30_000, environment: 'node', include: ['src/**/*.test.{ts,tsx}'] },
});
