/** The player as a program, for an engine of its own: node play-file.ts MODULE TAPE ANSWERS */
import { readFileSync, writeFileSync } from 'node:fs';
import { play } from './play.ts';

const [module, tape, answers] = process.argv.slice(2);
writeFileSync(answers, play(readFileSync(module), readFileSync(tape)));
