/**
 * What spindle.yaml may say: types, defaults and documentation in one place. Unknown keys are errors. A rate, a unit
 * and a range have no default: a missing fact is refused, never guessed.
 */
import { z } from 'zod';
import { MACHINE_FAULTS } from '../acquire/simulator-settings.ts';
import { faultOrderOf, parseBearing } from '../bearing.ts';
import { severityRule } from '../detect/severity.ts';
import { SpindleError } from '../errors.ts';
import { DROP_KINDS } from '../store/room-settings.ts';
import { UNITS } from '../types.ts';

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ENV_REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** A schema may say in `meta.wanted` what a person should write; error messages quote it. */
const wanted = (text: string): { wanted: string } => ({ wanted: text });

const name = z.string().regex(NAME).meta(wanted('1 to 64 of the characters A-Z a-z 0-9 . _ -'));
const positive = z.number().positive().meta(wanted('a number above 0'));
const path = z.string().min(1).meta(wanted('a path, relative to the folder of this file'));
const environment = z.string().regex(ENV_REFERENCE).meta(
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the notation of the file itself
  wanted('a reference to an environment variable such as ${SPINDLE_PASSWORD}; secrets do not belong in this file'),
);

const fileSource = <T extends string>(type: T, what: string) =>
  z.strictObject({
    type: z.literal(type).describe(what),
    path: path.describe('The file to read.'),
    channels: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Names of the channels to read, in this order. Default: all of the file.'),
    realTime: z.boolean().default(true).describe('Play at the speed of the recording, not as fast as it goes.'),
  });

const simulator = z.strictObject({
  type: z.literal('simulator').describe('A simulated machine with three axes x, y, z in g.'),
  seed: z.int().min(0).max(0xffffffff).default(1).describe('The same seed gives the same samples.'),
  fault: z.enum(MACHINE_FAULTS).default('outer_race').describe('What goes wrong with the machine.'),
  faultStartS: z.number().min(0).default(60).describe('Machine time at which it starts, in s.'),
  speedup: positive.default(1).describe('Machine seconds per wall second.'),
});

const node = z.strictObject({
  type: z.literal('node').describe('A sensor node at a serial port; see spindle nodes.'),
  node: z
    .string()
    .regex(/^([0-9a-fA-F]{16}|\/.+)$/)
    .meta(wanted('a board id of 16 hexadecimal digits, or the path of a port such as /dev/ttyACM0'))
    .describe('Which node: its board id, which stays whatever it is plugged into, or the path of its port.'),
  keyFile: path.optional().describe('File with the key of a node that takes commands only from who has it.'),
});

export const sourceSchema = z
  .discriminatedUnion('type', [
    simulator,
    node,
    fileSource('trace', 'A trace of the trace library: its .json sidecar.'),
    fileSource('recording', 'A Spindle recording.'),
    fileSource('csv', 'Text with one scan a line; delimiter and decimal comma are detected.'),
    fileSource('wav', 'A WAV file.'),
    fileSource('mat', 'A MATLAB v5 .mat file.'),
  ])
  .meta(wanted('a mapping with type: simulator, node, trace, recording, csv, wav or mat'));

const orders = z.strictObject({
  bpfo: positive.describe('Ball pass frequency of the outer race, in orders of shaft speed.'),
  bpfi: positive.describe('Ball pass frequency of the inner race, in orders.'),
  bsf: positive.describe('Ball spin frequency, in orders. A ball defect shows at twice this.'),
  ftf: positive.max(0.5).describe('Cage frequency, in orders.'),
});

const geometry = z.strictObject({
  rollerCount: z.int().min(3).describe('Rollers or balls in one row.'),
  rollerDiameterMm: positive,
  pitchDiameterMm: positive,
  contactAngleDeg: z.number().min(0).lt(90).default(0),
});

/** `bearing: 6205` is a number to YAML and a name to everybody else. */
const bearingName = z
  .union([z.string(), z.number()])
  .transform(String)
  .superRefine((text, context) => refuseWhatThrows(context, () => parseBearing(text)));

const bearing = z
  .union([bearingName, orders, geometry.superRefine((g, context) => refuseWhatThrows(context, () => faultOrderOf(g)))])
  .meta(wanted('the name of a known bearing (6205), its orders {bpfo, bpfi, bsf, ftf}, or its geometry'));

const learn = z
  .union([
    z.literal('auto'),
    z.literal('never'),
    z.strictObject({ seconds: positive }),
    z.strictObject({ file: path.describe('A baseline of spindle learn.') }),
  ])
  .meta(wanted('auto, never, {seconds: N} or {file: BASELINE}'));

const mmPerS = positive.describe('Vibration velocity in mm/s RMS over 10..1000 Hz.');

const severity = z
  .union([
    z.strictObject({
      standard: z.enum(['iso20816-3', 'iso10816-3']).describe('Industrial machinery above 15 kW.'),
      group: z.union([z.literal(1), z.literal(2)]).describe('1: above 300 kW; 2: above 15 kW to 300 kW.'),
      support: z.enum(['rigid', 'flexible']).describe('How the machine stands.'),
    }),
    z.strictObject({
      standard: z.literal('iso10816-1').describe('The classes of 1995, which ISO 20816-1 no longer has.'),
      class: z
        .enum(['I', 'II', 'III', 'IV'])
        .describe('I: to 15 kW; II: to 75 kW; III: large, rigid; IV: large, soft.'),
    }),
    z
      .strictObject({ ab: mmPerS, bc: mmPerS, cd: mmPerS })
      .superRefine((limits, context) => refuseWhatThrows(context, () => severityRule(limits))),
  ])
  .optional()
  .meta({
    ...wanted(
      '{standard: iso20816-3 or iso10816-3, group: 1 or 2, support: rigid or flexible}, ' +
        '{standard: iso10816-1, class: I, II, III or IV}, or limits {ab, bc, cd} in mm/s',
    ),
    description: 'Limits by which the vibration velocity is in zone A, B, C or D. Without them no zone is given.',
  });

const point = z.strictObject({
  name: name.describe('Name of the point, unique within its asset.'),
  source: sourceSchema.describe('Where the samples come from.'),
  unit: z
    .enum(UNITS)
    .meta(wanted(`one of ${UNITS.join(', ')}`))
    .describe('Unit of the samples. No default.'),
  sampleRateHz: positive.describe('Samples per second and channel. No default.'),
  range: positive.describe('Magnitude at which the sensor clips, in the unit of the samples. No default.'),
  shaftRpm: positive.optional().describe('Speed of the shaft. Without it no fault order is looked for.'),
  bearing: bearing
    .optional()
    .describe('A name that spindle bearing lists, the four orders, or the geometry. Needs shaftRpm.'),
  severity,
  axialAxis: z
    .enum(['x', 'y', 'z'])
    .optional()
    .describe('Axis of the sensor along the shaft. Without it misalignment and a bent shaft show only by 2x and 3x.'),
  gearTeeth: z
    .int()
    .min(5)
    .max(1000)
    .optional()
    .describe('Teeth of the gear on this shaft. Without it no gear fault is looked for. Needs shaftRpm.'),
  lineFrequencyHz: z
    .union([z.literal(50), z.literal(60)])
    .meta(wanted('50 or 60'))
    .optional()
    .describe('Frequency of the electric supply of the motor, 50 or 60. Without it no electrical fault is looked for.'),
  learn: learn
    .default('auto')
    .describe(
      "Where this machine's own normal comes from. auto, {seconds: N}: its first minute, or that long; then it is kept in the " +
        'data directory, and a restart goes on with it. {file: BASELINE}: a file of spindle learn. never: judged by defaults.',
    ),
  threshold: positive
    .optional()
    .describe('Alarm threshold in spreads above the median score of healthy data. Default: that of the detector.'),
  offBelow: positive
    .optional()
    .describe('RMS of every axis below which the machine is off. Default: 40 dB below what was learned.'),
  persistence: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Decisions in a row above the threshold before an alarm. Default: that of the detector.'),
});

const asset = z.strictObject({
  name: name.describe('Name of the asset, unique within the file.'),
  points: z.array(point).min(1).describe('Where on the asset is measured.'),
});

const days = z.number().positive().max(36_500).optional().meta(wanted('a number of days above 0'));

const store = z.strictObject({
  directory: path.default('spindle-data').describe('Folder of the database; made if absent.'),
  durability: z
    .enum(['group', 'every-frame'])
    .default('group')
    .describe('group: readings of the last groupMs can be lost in a power cut; every-frame: none can, more writes.'),
  groupMs: z.int().min(10).max(60_000).default(1000).describe('Longest time that a reading waits for its commit, ms.'),
  budgetMiB: z
    .int()
    .min(64)
    .optional()
    .describe(
      'Most that the database may use of its disk, MiB. Default: nine tenths of what the disk has for it at the start.',
    ),
  dropOrder: z
    .array(z.enum(DROP_KINDS))
    .default(['waveform', 'feature'])
    .meta(wanted(`a list of ${DROP_KINDS.join(', ')}`))
    .describe(
      'What leaves first when the budget needs room and everything that the uplinks have is gone already. Kinds that are not ' +
        'named never leave before every uplink has them.',
    ),
  retentionDays: z
    .strictObject({ waveform: days, feature: days, event: days })
    .prefault({})
    .describe(
      'Days after which frames of a kind leave, if every uplink has them. Without a number they stay until the budget needs room.',
    ),
  cardTerabytes: positive
    .optional()
    .describe('What the maker says can be written to the card or disk, in terabytes: gives its life in years.'),
});

const brokerUrl = z.url({ protocol: /^mqtts?$/ }).meta(wanted('an address such as mqtt://broker.example:1883'));

const uplink = z
  .strictObject({
    name: name.describe('Name of the uplink, unique within the file.'),
    url: z
      .union([brokerUrl, z.array(brokerUrl).min(1).max(8)])
      .meta(wanted('an address such as mqtt://broker.example:1883, or a list of them'))
      .describe(
        'MQTT broker; of several, the first is used while it answers. Behind all of them is the same collector.',
      ),
    receipts: z
      .enum(['signed', 'puback'])
      .default('signed')
      .describe(
        'What makes a frame count as arrived. signed: the signed receipt of a collector (spindle collect), sent after its ' +
          'commit. puback, weaker: that the broker took it, which proves nothing about anybody who keeps it.',
      ),
    receiptKey: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .meta(wanted('64 hex digits: the public key that spindle collect prints'))
      .optional()
      .describe('Public key of the collector, carried over by a person. Needed for receipts: signed.'),
    backfillFramesPerS: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Most frames a second that are sent of what waited while the uplink was away. Default: 5000.'),
    username: environment.optional().describe('Environment variable that holds the user name.'),
    password: environment.optional().describe('Environment variable that holds the password.'),
  })
  .superRefine(({ receipts, receiptKey }, context) => {
    if (receipts === 'signed' && receiptKey === undefined)
      context.addIssue({
        code: 'custom',
        path: ['receiptKey'],
        message:
          'the public key that spindle collect prints; or receipts: puback for a broker alone, which proves less: that the broker took a frame, not that anybody keeps it',
      });
    if (receipts === 'puback' && receiptKey !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['receiptKey'],
        message: 'no key: with receipts: puback there are no receipts',
      });
  });

const serve = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Port of the status page. Default: 8080, or the next free one. A port given here must be free.'),
  host: z
    .enum(['127.0.0.1', '::1', 'localhost'])
    .default('127.0.0.1')
    .meta(wanted('a loopback address: 127.0.0.1, ::1 or localhost'))
    .describe('Address of the status page. Loopback only: nobody is asked for a password.'),
});

const watch = z.strictObject({
  commitS: positive
    .default(10)
    .describe('Seconds that something may wait for the disk. Default: ten commits of groupMs 1000.'),
  memoryMiB: positive
    .default(512)
    .describe('Resident memory of the host, MiB. Default: about twice what it holds with eight points.'),
  lagMs: positive
    .default(400)
    .describe(
      'Milliseconds that the thread that samples may be held up. Default: what 64 KiB of a serial line hold of three axes ' +
        'at 26 667 Hz in 16 bits.',
    ),
  freeMiB: positive
    .default(64)
    .describe(
      'Free room on the disk of the data, MiB. Default: an hour of writing at eight points and a frame a second.',
    ),
});

export const configSchema = z
  .strictObject({
    enterprise: name.describe('ISA-95 enterprise; first level of every topic.'),
    site: name.describe('ISA-95 site.'),
    area: name.describe('ISA-95 area.'),
    line: name.describe('ISA-95 line or work centre.'),
    assets: z.array(asset).min(1).describe('The machines.'),
    store: store.prefault({}).describe('Where frames are kept.'),
    uplinks: z.array(uplink).default([]).describe('Where frames are sent. None: everything stays here.'),
    serve: serve.prefault({}).describe('Status page.'),
    watch: watch.prefault({}).describe('From where on the host is not well: a warning, and /readyz says no.'),
  })
  .superRefine((config, context) => {
    refuseTwins(context, config.assets, ['assets']);
    config.assets.forEach((one, index) => {
      refuseTwins(context, one.points, ['assets', index, 'points']);
      one.points.forEach((measured, at) => {
        if (measured.bearing !== undefined && measured.shaftRpm === undefined)
          context.addIssue({
            code: 'custom',
            path: ['assets', index, 'points', at, 'shaftRpm'],
            message: 'the speed of the shaft: fault orders of the bearing mean nothing without it',
          });
      });
    });
    refuseSharedNodes(context, config.assets);
    refuseTwins(context, config.uplinks, ['uplinks']);
  });

export type SpindleYaml = z.output<typeof configSchema>;
export type SourceSettings = z.output<typeof sourceSchema>;

/** JSON Schema (draft 2020-12) of spindle.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', override: ({ jsonSchema }) => delete jsonSchema.wanted });
  return { title: 'spindle.yaml', description: 'Configuration of a Spindle host.', ...schema };
}

function refuseWhatThrows(context: z.RefinementCtx, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SpindleError)) throw error;
    context.addIssue({ code: 'custom', message: error.message.replace(/^.*?wanted /s, '') });
  }
}

/** A port is one host's, and a node is one point. */
function refuseSharedNodes(context: z.RefinementCtx, assets: z.output<typeof asset>[]): void {
  const seen = new Map<string, string>();
  assets.forEach((one, index) => {
    one.points.forEach(({ source, unit }, at) => {
      if (source.type !== 'node') return;
      const path = ['assets', index, 'points', at];
      const called = source.node.toLowerCase();
      const first = seen.get(called);
      if (first !== undefined)
        context.addIssue({
          code: 'custom',
          path: [...path, 'source', 'node'],
          message: `a node that ${first} does not read already`,
        });
      else seen.set(called, path.join('.'));
      if (unit !== 'g') context.addIssue({ code: 'custom', path: [...path, 'unit'], message: 'g: nodes speak g' });
    });
  });
}

function refuseTwins(context: z.RefinementCtx, named: { name: string }[], at: (string | number)[]): void {
  named.forEach((one, index) => {
    const first = named.findIndex((other) => other.name === one.name);
    if (first < index)
      context.addIssue({
        code: 'custom',
        path: [...at, index, 'name'],
        message: `a name that ${[...at, first].join('.')} does not have already`,
      });
  });
}
