/** The script of the status page, run on as little of a browser as it needs. */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostStatus } from '../../host/serve/messages.ts';

import { wellStatus } from '../support/host-status.ts';

const html = readFileSync(new URL('../../host/serve/page.html', import.meta.url), 'utf8');

/** An element that knows its own text and its children. */
class FakeElement {
  textContent = '';
  readonly dataset = {};
  readonly style = {};
  readonly children: FakeElement[] = [];

  append(...children: FakeElement[]): void {
    this.children.push(...children);
  }

  get text(): string[] {
    return [this.textContent, ...this.children.flatMap(({ text }) => text)].filter(Boolean);
  }
}

interface Page {
  hostCards(status: HostStatus | null): FakeElement[];
}

function opened(): Page {
  const page = createContext({
    document: { createElement: () => new FakeElement() },
    EventSource: class {
      addEventListener(): void {}
    },
    setInterval: () => {},
  });
  runInContext(/<script>([\s\S]*)<\/script>/.exec(html)![1], page);
  return page as unknown as Page;
}

const status = wellStatus({ store: null, core: null });

/** What stands beside a label. */
function row(cards: FakeElement[], label: string): string | undefined {
  const texts = cards.flatMap(({ text }) => text);
  return texts.includes(label) ? texts[texts.indexOf(label) + 1] : undefined;
}

const page = suite('serve.page');

page('says in one row which kernel of which core judges', () => {
  const core = { kernel: 'scalar', hash: `1a2b3c4d${'0'.repeat(56)}` };
  const cards = opened().hostCards({ ...status, core });
  assert.is(row(cards, 'core'), '1a2b3c4d, scalar');
});

page('leaves that row open until the core runs, and waits for a host that has not reported', () => {
  assert.is(row(opened().hostCards(status), 'core'), '-');
  assert.is(row(opened().hostCards(null), 'core'), undefined);
});

page.run();
