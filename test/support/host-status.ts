/** A host that is well, as it tells its page. */
import type { HostStatus } from '../../host/serve/messages.ts';
import type { UplinkStatus } from '../../host/store/uplinks.ts';

/** An uplink that is well. */
export function wellUplink(changes: Partial<UplinkStatus> = {}): UplinkStatus {
  return {
    ...{ name: 'up', state: 'up', receipts: 'signed', endpoint: 'mqtt://broker.example:1883' },
    ...{ delivered: 0, behind: 4, inFlight: 4, live: 0, backfill: 0, resent: 0, refused: 0, badReceipts: 0 },
    ...{ lastError: null, restarts: 0, isGivenUp: false },
    ...changes,
  };
}

export function wellStatus(changes: Partial<HostStatus> = {}): HostStatus {
  const vitals = { lagMs: 3, heapUsedBytes: 20_000_000, externalBytes: 4_000_000 };
  const thread = (name: string) => ({ name, isAlive: true, restarts: 0, isGivenUp: false, vitals });
  return {
    samples: { in: 10, analysed: 8, pending: 2, lost: 0 },
    store: {
      frames: 3,
      pendingFrames: 0,
      pendingBytes: 0,
      commits: 2,
      slowestCommitMs: 2,
      commitError: null,
      lossWindowMs: 1_040,
      usedBytes: 5_000_000,
      budgetBytes: 20_000_000,
      bytesADay: 8_640_000,
      daysLeft: 5,
      cardLife: { deviceBytesADay: 17_280_000, wornShare: 0.1, years: 12 },
      oldestUnsent: null,
      droppedSent: 0,
      droppedUnsent: 0,
    },
    waiting: { bytes: 0, oldestMs: 0, dropped: 0 },
    uplinks: [],
    threads: [thread('main'), thread('analysis')],
    memory: { residentBytes: 150_000_000 },
    disk: { freeBytes: 9e9, sizeBytes: 3e10 },
    sources: [
      {
        name: 'motor/drive-end',
        state: 'reading',
        restarts: 0,
        error: null,
        ageMs: 20,
        silentAfterMs: 5_000,
      },
    ],
    sourceEnded: false,
    core: { kernel: 'simd', hash: '1a2b3c4d5e6f' },
    ...changes,
  };
}
