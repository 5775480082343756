/** What a point's numbers mean over time: zone of its velocity, trend of its score and of its velocity. */
import type { PointPlan, Trend, Verdict } from '../types.ts';
import type { HistorySnapshot } from './history.ts';
import { SeverityJudge, type SeverityRule, worstVelocity } from './severity.ts';
import { TrendWatch } from './trend.ts';

/** The alarm threshold, in scores. */
const SCORE_LIMITS = [1];

export interface ConditionSnapshot {
  score: HistorySnapshot;
  velocity: HistorySnapshot;
  trend: Trend | null;
  velocityTrend: Trend | null;
  rpm: number | null;
}

export class Condition {
  readonly #judge: SeverityJudge | null;
  readonly #velocityLimits: readonly number[];
  readonly #score = new TrendWatch();
  readonly #velocity = new TrendWatch();
  #trend: Trend | null = null;
  #velocityTrend: Trend | null = null;
  readonly #plannedRpm: number | null;
  #rpm: number | null;

  constructor(plan: PointPlan, rule: SeverityRule | null) {
    this.#judge = rule && new SeverityJudge(plan, rule);
    this.#velocityLimits = rule ? [rule.limits.ab, rule.limits.bc, rule.limits.cd] : [];
    this.#plannedRpm = this.#rpm = plan.shaftRpm;
  }

  /** Speed of the shaft from here on; null: as planned. */
  setRpm(rpm: number | null): void {
    this.#rpm = rpm !== null && Number.isFinite(rpm) && rpm > 0 ? rpm : this.#plannedRpm;
  }

  /** Fills in zone and trends of a verdict that ends at `endS` seconds of the stream. */
  judge(verdict: Verdict, endS: number): void {
    if (this.#judge) Object.assign(verdict, this.#judge.judge(verdict, this.#rpm));
    this.#follow(verdict, endS);
    verdict.trend = this.#trend;
    verdict.velocityTrend = this.#velocityTrend;
  }

  /** A machine that stands or changes speed, and a sensor that is broken, say nothing about wear. */
  #follow(verdict: Verdict, endS: number): void {
    const { state, score, sensorCause } = verdict;
    if (sensorCause !== null || (state !== 'learning' && state !== 'normal' && !verdict.alarm)) return;
    if (state !== 'learning' && this.#score.push(endS, score)) this.#trend = this.#score.trend(SCORE_LIMITS);
    // limits stand for what was measured: where there is no zone, there is no way to the next one
    const limits = verdict.severity ? this.#velocityLimits : [];
    const worst = worstVelocity(verdict);
    if (worst && this.#velocity.push(endS, worst.mmPerS)) this.#velocityTrend = this.#velocity.trend(limits);
  }

  snapshot(): ConditionSnapshot {
    return {
      score: this.#score.snapshot(),
      velocity: this.#velocity.snapshot(),
      trend: this.#trend,
      velocityTrend: this.#velocityTrend,
      rpm: this.#rpm,
    };
  }

  restore(snapshot: ConditionSnapshot): void {
    this.#score.restore(snapshot.score);
    this.#velocity.restore(snapshot.velocity);
    this.#trend = snapshot.trend;
    this.#velocityTrend = snapshot.velocityTrend;
    this.#rpm = snapshot.rpm;
  }
}
