// Runs checks one after the other and says how each went. Exit code 0 when all passed.

import { VERSION } from "openai/version";

export async function run(checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const started = Date.now();
    try {
      await check();
      console.log(`ok      ${name} (${((Date.now() - started) / 1000).toFixed(2)} s)`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  console.log(`openai ${VERSION}: ${Object.keys(checks).length - failed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
