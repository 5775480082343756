/** How much a store may take of its disk, and what leaves when. */
/** Kinds that may be named for dropping what no uplink has yet. */
export const DROP_KINDS = ['waveform', 'feature', 'event'] as const;
export type DropKind = (typeof DROP_KINDS)[number];

export interface RoomSettings {
  /** Of the file and its log; null: nine tenths of what the disk had for them at the start. */
  budgetBytes: number | null;
  /** In this order frames leave that no uplink has yet; kinds that are not named never do. */
  dropOrder: DropKind[];
  /** Days that a kind is kept at least once it is at the far side, and after which it leaves; absent: until room is needed. */
  retentionDays: Partial<Record<DropKind, number>>;
  /** Cursors that must be past a frame before it is at the far side. None: it is as soon as it is committed. */
  uplinks: string[];
}

export const DEFAULT_ROOM: RoomSettings = {
  budgetBytes: null,
  dropOrder: ['waveform', 'feature'],
  retentionDays: {},
  uplinks: [],
};
