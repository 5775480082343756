/** What a test with a serial cable needs. */
import { programOnPath } from './needs.ts';

/** What is missing for a cable; null: nothing. */
export const missingForPty = (): string | null => (programOnPath('socat') ? null : 'socat (Debian package socat)');
