/** Ports are found in /sys and /dev by what they are, without udev, and boards again where they were plugged in anew. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OpenLine } from '../../../host/acquire/serial/line.ts';
import { nodePorts, usbPorts } from '../../../host/acquire/serial/ports.ts';
import { Whereabouts } from '../../../host/acquire/serial/whereabouts.ts';
import { TransportError } from '../../../host/errors.ts';
import { newFolder } from '../../support/folder.ts';
import { StandIn } from './stand-in.ts';

const ports = suite('acquire.serial.ports');

interface Usb {
  tty: string;
  vendor: string;
  product: string;
  serial?: string;
  byId?: string;
}

/** A /sys and /dev as Linux makes them. */
function machine(...devices: Usb[]): string {
  const root = newFolder('ports');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  mkdirSync(join(root, 'sys/class/tty'), { recursive: true });
  for (const [index, { tty, vendor, product, serial, byId }] of devices.entries()) {
    const device = `sys/devices/pci0/usb1/1-${index + 1}`;
    put(`${device}/idVendor`, `${vendor}\n`);
    put(`${device}/idProduct`, `${product}\n`);
    put(`${device}/product`, 'Board\n');
    if (serial !== undefined) put(`${device}/serial`, `${serial}\n`);
    mkdirSync(join(root, device, `1-${index + 1}:1.0/tty/${tty}`), { recursive: true });
    symlinkSync(join(root, device, `1-${index + 1}:1.0`), join(root, device, `1-${index + 1}:1.0/tty/${tty}/device`));
    symlinkSync(join(root, device, `1-${index + 1}:1.0/tty/${tty}`), join(root, 'sys/class/tty', tty));
    put(`dev/${tty}`, '');
    if (byId !== undefined) {
      mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
      symlinkSync(`../../${tty}`, join(root, 'dev/serial/by-id', byId));
    }
  }
  // a port of the board itself: no USB behind it
  mkdirSync(join(root, 'sys/devices/platform/serial8250/tty/ttyS0'), { recursive: true });
  symlinkSync(join(root, 'sys/devices/platform/serial8250/tty/ttyS0'), join(root, 'sys/class/tty/ttyS0'));
  symlinkSync(
    join(root, 'sys/devices/platform/serial8250'),
    join(root, 'sys/devices/platform/serial8250/tty/ttyS0/device'),
  );
  return root;
}

ports(
  'names vendor, product, serial number and the name that stays; only boards that may be nodes are asked',
  async () => {
    const root = machine(
      { tty: 'ttyACM10', vendor: '2E8A', product: '000A', serial: 'E661010203040506' },
      { tty: 'ttyACM2', vendor: '2e8a', product: '000a', byId: 'usb-Pico_1-if00' },
      { tty: 'ttyUSB0', vendor: '0403', product: '6001', serial: 'FT1' },
    );
    assert.equal(await usbPorts(root), [
      port(root, 'ttyACM2', '2e8a', '000a', '', join(root, 'dev/serial/by-id/usb-Pico_1-if00')),
      port(root, 'ttyACM10', '2e8a', '000a', 'E661010203040506', null),
      port(root, 'ttyUSB0', '0403', '6001', 'FT1', null),
    ]);
    assert.equal(
      (await nodePorts(root)).map(({ path }) => path),
      [join(root, 'dev/ttyACM2'), join(root, 'dev/ttyACM10')],
    );
  },
);

const port = (
  root: string,
  tty: string,
  vendorId: string,
  productId: string,
  serialNumber: string,
  stable: string | null,
) => ({
  path: join(root, 'dev', tty),
  stablePath: stable,
  vendorId,
  productId,
  serialNumber,
  product: 'Board',
});

ports('where there is neither /sys nor /dev there are none', async () => {
  assert.equal(await usbPorts(newFolder('empty')), []);
});

/** Lines on which a node answers at once, for the ports of which `boards` knows the board. */
function lines(boards: Record<string, number[]>): { open: OpenLine; opened: string[] } {
  const opened: string[] = [];
  const open: OpenLine = async (path, listener) => {
    opened.push(path);
    const tty = path.slice(path.lastIndexOf('/') + 1);
    if (!(tty in boards)) throw new TransportError('NODE_PORT', `${path}: busy`);
    const node = new StandIn({ boardId: Uint8Array.from(boards[tty]), bytesPerMs: 1e6 });
    return {
      write: () => queueMicrotask(() => listener.bytes(node.advance(1), 0)),
      close: async () => {},
    };
  };
  return { open, opened };
}

const BOARD = [1, 2, 3, 4, 5, 6, 7, 8];
const OTHER = [8, 7, 6, 5, 4, 3, 2, 1];

ports('a board is known by its USB serial number without opening anything', async () => {
  const root = machine({ tty: 'ttyACM0', vendor: '2e8a', product: '000a', serial: '0102030405060708' });
  const { open, opened } = lines({});
  assert.is(await new Whereabouts(root, open).locate('0102030405060708'), join(root, 'dev/ttyACM0'));
  assert.equal(opened, []);
});

ports('a board without a serial number is asked, each port once, and never one that may not be a node', async () => {
  const root = machine(
    { tty: 'ttyUSB0', vendor: '0403', product: '6001' },
    { tty: 'ttyACM0', vendor: '2e8a', product: '000a' },
    { tty: 'ttyACM1', vendor: '2e8a', product: '000a' },
    { tty: 'ttyACM2', vendor: '2e8a', product: '000a' },
  );
  const { open, opened } = lines({ ttyACM1: OTHER, ttyACM2: BOARD });
  const whereabouts = new Whereabouts(root, open);
  assert.is(await whereabouts.locate('0102030405060708'), join(root, 'dev/ttyACM2'));
  assert.is(await whereabouts.locate('0807060504030201'), join(root, 'dev/ttyACM1'));
  assert.is(await whereabouts.locate('ffffffffffffffff'), null);
  const asked = (tty: string): number => opened.filter((path) => path.endsWith(tty)).length;
  assert.equal([asked('ttyUSB0'), asked('ttyACM1'), asked('ttyACM2')], [0, 1, 1]);
});

ports('a path is where it says while it is there', async () => {
  const root = machine({ tty: 'ttyACM0', vendor: '2e8a', product: '000a' });
  const whereabouts = new Whereabouts(root, lines({}).open);
  const path = join(root, 'dev/ttyACM0');
  assert.is(await whereabouts.locate(path), path);
  assert.is(await whereabouts.locate(join(root, 'dev/ttyACM7')), null);
});

ports.run();
