/**
 * Turns a stream of verdicts into the few events that people and machines act on: a state that changed, a diagnosis that
 * changed during an episode. An episode lasts from the first alarm to the first decision without one and has a number.
 */
import type { AlarmEvent, Verdict } from '../types.ts';

interface PointAlarm {
  state: string;
  diagnosis: string | null;
  alarmId: number;
}

export class Alarms {
  readonly #points = new Map<string, PointAlarm>();
  #episodes: number;

  /** @param episodes number of episodes so far on this host */
  constructor(episodes = 0) {
    this.#episodes = episodes;
  }

  get episodes(): number {
    return this.#episodes;
  }

  /** What every point remembers, for a restart of the stage. */
  snapshot(): { points: [string, PointAlarm][]; episodes: number } {
    return { points: [...this.#points].map(([name, alarm]) => [name, { ...alarm }]), episodes: this.#episodes };
  }

  static restore(snapshot: ReturnType<Alarms['snapshot']>): Alarms {
    const alarms = new Alarms(snapshot.episodes);
    for (const [name, alarm] of snapshot.points) alarms.#points.set(name, { ...alarm });
    return alarms;
  }

  push(verdict: Verdict): AlarmEvent[] {
    let alarm = this.#points.get(verdict.point);
    if (!alarm) {
      alarm = { state: 'unknown', diagnosis: null, alarmId: 0 };
      this.#points.set(verdict.point, alarm);
    }
    const events: AlarmEvent[] = [];
    const event = (type: AlarmEvent['type'], from: string, to: string): void => {
      const { alarmId } = alarm;
      events.push({ type, point: verdict.point, from, to, alarmId, sample: verdict.start + verdict.length, verdict });
    };
    if (verdict.alarm && alarm.alarmId === 0) alarm.alarmId = ++this.#episodes;
    if (verdict.state !== alarm.state) {
      event('state', alarm.state, verdict.state);
      alarm.state = verdict.state;
    }
    const diagnosis = verdict.alarm ? verdict.diagnosis : null;
    // a diagnosis that falls silent for a moment is not news: the last one stands until the episode ends
    if (diagnosis !== null && diagnosis !== alarm.diagnosis) {
      event('diagnosis', alarm.diagnosis ?? '', diagnosis);
      alarm.diagnosis = diagnosis;
    }
    if (!verdict.alarm) {
      alarm.alarmId = 0;
      alarm.diagnosis = null;
    }
    return events;
  }
}
