/** Migrates a store and is killed, as by a pulled plug, before statement number N. */
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '../../host/store/migrate.ts';

const [path, at] = process.argv.slice(2);
const database = new DatabaseSync(path);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
migrate(database, path, (number) => {
  if (number === Number(at)) process.kill(process.pid, 'SIGKILL');
});
process.stdout.write('whole');
