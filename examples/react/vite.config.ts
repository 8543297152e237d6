import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The port is the one that the servers are told to trust.
export default defineConfig({
  plugins: [react()],
  // The client is linked from this repository, and has to find the React of this folder.
  resolve: { preserveSymlinks: true },
  server: { port: 5173, strictPort: true },
  preview: { port: 5173, strictPort: true },
});
