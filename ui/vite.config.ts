/**
 * Build of the trading UI: ui/dist with React, Ant Design and the application in chunks of their own, so
 * that a release of the application leaves the libraries in the browser's cache. What only a lazy page needs
 * of the libraries is in no chunk of the first page. Addresses are relative: it serves from any path.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

/** The sources of `@tidegate/*` are read directly; nothing has to be built before. */
const conditions = ['tidegate-source', 'module', 'browser', 'development|production'];

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), precompress()],
  resolve: { conditions },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // A chunk is named after all the pages that share it; the first word is enough.
        chunkFileNames: ({ name }) => `assets/${name.split('~')[0]}-[hash].js`,
        codeSplitting: {
          groups: [
            // Together: a chunk with schemas in it may run before the entry, and zod has to be strict by
            // then.
            { name: 'zod', test: /node_modules[\\/]zod[\\/]|ui[\\/]src[\\/]strict\.ts$/, priority: 4 },
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 3 },
            {
              name: 'antd',
              test: /node_modules[\\/](antd|@ant-design|@rc-component|@emotion|dayjs|stylis)/,
              priority: 2,
              entriesAware: true,
              entriesAwareMergeThreshold: 60_000,
            },
            {
              name: 'libraries',
              test: /node_modules[\\/]/,
              priority: 1,
              entriesAware: true,
              entriesAwareMergeThreshold: 60_000,
            },
          ],
        },
      },
    },
  },
});
