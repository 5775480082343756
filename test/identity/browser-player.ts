/** The player in a browser: served without its types, imported by the page (browser.test.ts). */
import { play } from './play.ts';

/** Plays a tape on a module, both by their addresses, and gives the answers back to the server at the third. */
export async function playHere(module: string, tape: string, answers: string): Promise<void> {
  const [moduleBytes, tapeBytes] = await Promise.all([module, tape].map(fetchBytes));
  const { ok, status } = await fetch(answers, { method: 'POST', body: new Uint8Array(play(moduleBytes, tapeBytes)) });
  if (!ok) throw new Error(`${answers}: got status ${status}`);
}

async function fetchBytes(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: got status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
