/** Pieces of a picture: numbers, texts, lines. No font is fetched, no script; every text is escaped. */

/** Two decimals are a fiftieth of a pixel. */
export const n = (value: number): string => String(Math.round(value * 100) / 100);

/** XML text and attributes; control characters are not allowed in XML at all. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return [...text]
    .filter((letter) => letter >= ' ' && letter !== '\uffff' && letter !== '\ufffe')
    .map((letter) => entities[letter] ?? letter)
    .join('');
}

export interface TextStyle {
  size?: number;
  anchor?: 'start' | 'middle' | 'end';
  fill?: string;
  weight?: number;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, anchor = 'start', fill = '#1f2933', weight = 400 } = style;
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}" font-weight="${weight}">${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${stroke}"${more && ` ${more}`}/>`;
}

export function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(height)}" fill="${fill}"${more && ` ${more}`}/>`;
}

/** Words in lines of at most `letters`; the last one ends in an ellipsis where there is more. */
export function wrapped(content: string, letters: number, lines: number): string[] {
  const made: string[] = [''];
  for (const word of content.split(/\s+/)) {
    const last = made.length - 1;
    const longer = made[last] === '' ? word : `${made[last]} ${word}`;
    if (longer.length <= letters) made[last] = longer;
    else made.push(word);
  }
  const cut = made.map((one) => shortened(one, letters));
  return cut.length <= lines ? cut : [...cut.slice(0, lines - 1), shortened(`${cut[lines - 1]} …`, letters)];
}

export const shortened = (content: string, letters: number): string =>
  content.length > letters ? `${content.slice(0, letters - 1)}…` : content;
