/** A small plant as spindle.yaml: one simulated or recorded machine, a store in the same folder, no fixed port. */

export interface Plant {
  /** YAML of the source; a simulated machine of any length otherwise. */
  source?: string;
  sampleRateHz?: number;
  store?: string;
  uplink?: string;
  port?: number;
  /** More lines at the top level. */
  more?: string;
}

export function plantYaml({
  source = '{ type: simulator, fault: none }',
  sampleRateHz = 2000,
  store = 'data',
  uplink,
  port = 0,
  more = '',
}: Plant = {}): string {
  return `enterprise: acme
site: hall-3
area: pumps
line: p1
assets:
  - name: motor
    points:
      - name: drive-end
        source: ${source}
        unit: g
        sampleRateHz: ${sampleRateHz}
        range: 16
        learn: never
store: { directory: ${store}, groupMs: 50 }
serve: { port: ${port} }
${uplink === undefined ? '' : `uplinks: [${uplink}]\n`}${more}`;
}
