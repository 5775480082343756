/** `spindle collect`: the receiving end. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Command } from 'commander';
import { InputError } from '../errors.ts';
import { aborted } from '../wait.ts';
import { example } from './arguments.ts';
import { interruption } from './exit.ts';

interface CollectArguments {
  broker?: string[];
  database?: string;
  key: string;
  group?: string;
  clientId?: string;
  mqtt: '4' | '5';
  ca?: string;
  cert?: string;
  certKey?: string;
  showKey?: boolean;
}

const STATUS_MS = 60_000;
const PROTOCOLS = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

export function collectCommand(): Command {
  return new Command('collect')
    .summary('the receiving end: frames from brokers into a database')
    .description(
      'Takes the frames of hosts from MQTT brokers, commits them to a database and then sends each host a signed receipt ' +
        'for what is durable. A host drops nothing of its own accord that is not receipted. Prints the public key that ' +
        'hosts are configured with (receiptKey). Runs until Ctrl-C; the last line on stdout is a summary as JSON.',
    )
    .option('--broker <URL...>', 'MQTT broker: mqtt://, mqtts://, ws:// or wss://; several may be given')
    .option('--database <PATH|URL>', 'a SQLite file, or postgres://USER@HOST/NAME')
    .option('--key <FILE>', 'private key that signs the receipts; made if absent', 'collector.key')
    .option('--group <NAME>', 'share the work with the other collectors of this group and database')
    .option('--client-id <ID>', 'name of the session at the broker (default: from this machine and the key)')
    .option('--mqtt <4|5>', '4 is MQTT 3.1.1, for brokers that know no other', '5')
    .option('--ca <FILE>', 'certificate authority of the broker, PEM')
    .option('--cert <FILE>', 'certificate of this collector, PEM')
    .option('--cert-key <FILE>', 'key of that certificate, PEM')
    .option('--show-key', 'print the public key and end')
    .addHelpText(
      'after',
      `\nUser name and password for the brokers: environment variables SPINDLE_MQTT_USER and SPINDLE_MQTT_PASSWORD;
for PostgreSQL PGPASSWORD or a .pgpass file.\n${example(
        'spindle collect --broker mqtt://127.0.0.1 --database plant.db',
        'collects everything of that broker',
      )}`,
    )
    .action(collect);
}

async function collect(options: CollectArguments): Promise<void> {
  const { openCollectorKey } = await import('../collect/key.ts');
  if (options.mqtt !== '4' && options.mqtt !== '5')
    throw new InputError('COLLECT_MQTT', `--mqtt: got ${options.mqtt}, wanted 4 or 5; nothing is collected`);
  // a slip must not leave a key behind that nobody knows of
  const brokers = options.showKey ? [] : brokersOf(options);
  const { database } = options;
  if (database === undefined && !options.showKey)
    throw new InputError(
      'COLLECT_DATABASE',
      'got no --database, wanted a file or postgres://...; nothing is collected',
    );
  const key = openCollectorKey(options.key);
  const publicKey = Buffer.from(key.publicKey).toString('hex');
  if (options.showKey || database === undefined) {
    process.stdout.write(`${publicKey}\n`);
    return;
  }
  const tls = { ca: textOf(options.ca), cert: textOf(options.cert), key: textOf(options.certKey) };
  const { Collector } = await import('../collect/collector.ts');
  const { Inlet } = await import('../collect/inlet.ts');
  const { openSink } = await import('../collect/open.ts');
  const signal = interruption();
  const onMessage = (level: string, text: string): void => console.error(`${level}: ${text}`);
  const sink = await openSink(database);
  const collector = new Collector({ sink, key, onMessage });
  const keyId = Buffer.from(key.keyId).toString('hex');
  const { SPINDLE_MQTT_USER: username, SPINDLE_MQTT_PASSWORD: password } = process.env;
  const inlets = brokers.map(
    (url) =>
      new Inlet(
        {
          ...{ url, username, password, ...tls, onMessage },
          clientId: options.clientId ?? `spindle-collect-${keyId}-${hostname()}`,
          group: options.group ?? null,
          protocolVersion: options.mqtt === '4' ? 4 : 5,
        },
        collector,
      ),
  );
  console.error(`receipt key: ${publicKey}`);
  for (const inlet of inlets) {
    void inlet.up().then(() => console.error(`collecting from ${inlet.endpoint} into ${sink.name}`));
    inlet.start();
  }
  const tell = (): void => console.error(`info: ${JSON.stringify(collector.counts)}`);
  const timer = setInterval(tell, STATUS_MS);
  await aborted(signal);
  clearInterval(timer);
  await Promise.all(inlets.map((inlet) => inlet.stop()));
  await collector.stop();
  await sink.close();
  process.stdout.write(`${JSON.stringify(collector.counts)}\n`);
}

function brokersOf({ broker = [] }: CollectArguments): string[] {
  const wrong = broker.find((text) => {
    const url = URL.parse(text);
    return !(url && PROTOCOLS.includes(url.protocol) && url.hostname);
  });
  if (broker.length > 0 && wrong === undefined) return broker;
  throw new InputError(
    'COLLECT_BROKER',
    `--broker: got ${wrong === undefined ? 'none' : `"${wrong}"`}, wanted an address such as mqtt://broker.example:1883; nothing is collected`,
  );
}

function textOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError('COLLECT_TLS', `${path}: cannot be read (${(cause as Error).message}); nothing is collected`, {
      cause,
    });
  }
}
