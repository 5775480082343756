/**
 * What became of every sample of a node: received, or lost and why. The node counts what it took and what it had to drop;
 * the blocks are numbered; so a hole in the count is explained by what the node reports since the last block, and the
 * rest was lost on the line. Summed up, taken = received + lost, once what is on its way has arrived.
 */
import type { GapCause } from '../../types.ts';
import type { Block, Heartbeat, NodeLosses } from '../wire/message.ts';

/** Scans, by where they were lost. */
export interface Losses {
  /** Dropped by the node: full ring, full transmitter. */
  node: number;
  /** Overwritten in the sensor before the node read it. */
  sensor: number;
  /** Damaged or missing on the line. */
  wire: number;
  /** Not heard because the node or its cable was away; from the clock where no count tells. */
  away: number;
}

export interface Gap {
  cause: Extract<GapCause, 'overrun' | 'wire' | 'source'>;
  lostSamples: number;
}

/** Of a heartbeat: nothing is on its way any more. */
const STOPPED = 0;
const NONE: NodeLosses = { fifoOverruns: 0, ringDropped: 0, sendDropped: 0 };
/**
 * Sampling stood still when, from one heartbeat to the next, the count falls behind the node's own clock by this share of
 * the time and by this much: parts are off their nominal rate by a fifth at most.
 */
const STANDSTILL_SHARE = 0.25;
const STANDSTILL_S = 0.25;

export class SampleAccount {
  received = 0;
  #away = 0;
  /** Of the boots before. */
  #before = { node: 0, sensor: 0, wire: 0 };
  /** Of this boot: holes in the count, and what the node has reported since its first block. */
  #holes = 0;
  #node = 0;
  #sensor = 0;
  #sequence = 0;
  #blockScans = 0;
  /** Blocks that came twice or not in order; what is in them is not used. */
  repeated = 0;
  /** On the node's count: first scan after the last block; null before the first block of a boot. */
  #expected: number | null = null;
  /** As the node said them last, in order of blocks. */
  #reported: NodeLosses = NONE;
  /** Drops that the node has reported and no hole in the count has shown yet. */
  #owedNode = 0;
  /** Overruns of the sensor that no hole has shown yet. */
  #owedOverruns = 0;
  /** Estimated from heartbeats: scans that were never taken. */
  #standstill = 0;
  #heartbeat: Heartbeat | null = null;

  /** What is lost so far; a hole that the node has not explained yet is the line's until it does. */
  get lost(): Losses {
    const node = Math.min(this.#holes, this.#node);
    const sensor = Math.min(this.#holes - node, this.#sensor);
    const { node: nodeBefore, sensor: sensorBefore, wire } = this.#before;
    return {
      node: nodeBefore + node,
      sensor: sensorBefore + sensor,
      wire: wire + this.#holes - node - sensor,
      away: this.#away,
    };
  }

  /** First scan, on the node's count, that is not accounted for; null before the first block of this boot. */
  get expected(): number | null {
    return this.#expected;
  }

  /** Another boot of the node: it counts anew, and its first block counts from where it begins. */
  restart(): void {
    this.#before = this.lost;
    this.#holes = 0;
    this.#node = 0;
    this.#sensor = 0;
    this.#expected = null;
    this.#reported = NONE;
    this.#owedNode = 0;
    this.#owedOverruns = 0;
    this.#standstill = 0;
    this.#heartbeat = null;
  }

  /** Time in which nobody could have taken or heard anything. */
  away(lostSamples: number): Gap[] {
    if (lostSamples <= 0) return [];
    this.#away += lostSamples;
    return [{ cause: 'source', lostSamples }];
  }

  /**
   * @returns what is missing before this block, in order; null when the block belongs to another boot or was had before:
   *          then it must not be used
   */
  block(block: Block): Gap[] | null {
    const { firstSample } = block;
    if (this.#expected === null) {
      this.#reported = block;
      this.#took(block);
      return this.#stoodStill();
    }
    const hole = firstSample - this.#expected;
    if (hole < 0) {
      this.repeated++;
      return null;
    }
    const gaps = [...this.#stoodStill(), ...this.#explain(block, hole, block.sequence)];
    this.#took(block);
    return gaps;
  }

  /**
   * @param sampleRateHz nominal, or better
   * @returns what is known to be missing after the last block: all of it once the node has stopped and said all it had
   */
  heartbeat(heartbeat: Heartbeat, sampleRateHz: number): Gap[] {
    const before = this.#heartbeat;
    this.#heartbeat = heartbeat;
    if (before !== null) {
      const elapsedS = (heartbeat.uptimeMs - before.uptimeMs) / 1000;
      const missingS = elapsedS - (heartbeat.sampleCount - before.sampleCount) / sampleRateHz;
      if (missingS > Math.max(STANDSTILL_S, STANDSTILL_SHARE * elapsedS))
        this.#standstill += Math.round(missingS * sampleRateHz);
    }
    const hole = this.#expected === null ? 0 : heartbeat.sampleCount - this.#expected;
    if (heartbeat.state !== STOPPED || hole <= 0) return [];
    this.#expected = heartbeat.sampleCount;
    const gaps = this.#explain(heartbeat, hole, heartbeat.nextSequence);
    this.#sequence = (heartbeat.nextSequence - 1) >>> 0;
    return gaps;
  }

  #took({ firstSample, scans, sequence }: Block): void {
    this.#expected = firstSample + scans;
    this.#sequence = sequence;
    this.#blockScans = scans;
    this.received += scans;
  }

  #stoodStill(): Gap[] {
    const gaps = this.away(this.#standstill);
    this.#standstill = 0;
    return gaps;
  }

  /** @param sequence of the block behind the hole */
  #explain(reported: NodeLosses, hole: number, sequence: number): Gap[] {
    this.#owedOverruns += reported.fifoOverruns - this.#reported.fifoOverruns;
    const sendDropped = reported.sendDropped - this.#reported.sendDropped;
    const dropped = reported.ringDropped - this.#reported.ringDropped + sendDropped;
    this.#reported = reported;
    this.#node += dropped;
    this.#owedNode += dropped;
    if (hole === 0) return [];
    const node = Math.min(hole, this.#owedNode);
    this.#owedNode -= node;
    const rest = hole - node;
    // no counter says how many scans an overrun took: all that no missing block explains
    const missingBlocks = (sequence - this.#sequence - 1) >>> 0;
    const inBlocks = missingBlocks === 0 ? 0 : Math.max(0, missingBlocks * this.#blockScans - sendDropped);
    const isSensor = missingBlocks === 0 || this.#owedOverruns > 0;
    const sensor = isSensor ? rest - Math.min(rest, inBlocks) : 0;
    if (sensor > 0) this.#owedOverruns = Math.max(0, this.#owedOverruns - 1);
    this.#holes += hole;
    this.#sensor += sensor;
    const wire = rest - sensor;
    const gaps: Gap[] = [];
    if (node + sensor > 0) gaps.push({ cause: 'overrun', lostSamples: node + sensor });
    if (wire > 0) gaps.push({ cause: 'wire', lostSamples: wire });
    return gaps;
  }
}
