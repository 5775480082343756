/**
 * Serial ports at which a node may be, without udev and without its command: from /sys and /dev/serial/by-id. The list of
 * the serialport package starts `udevadm` and brings the process down where there is none.
 */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export interface UsbPort {
  /** `/dev/ttyACM0`. */
  path: string;
  /** The name in /dev/serial/by-id that stays when the number changes; null where udev makes none. */
  stablePath: string | null;
  /** Four hexadecimal digits, lower case. */
  vendorId: string;
  productId: string;
  /** As the device gives them; empty where it gives none. */
  serialNumber: string;
  product: string;
}

/** Raspberry Pi, whose boards a node is built on. Only ports of such a board are asked who they are. */
const NODE_VENDOR = '2e8a';
const BY_ID = 'dev/serial/by-id';
const TTYS = 'sys/class/tty';

/**
 * USB ports of boards that may be nodes, in the order of their names.
 * @param root where /dev and /sys are
 */
export async function nodePorts(root = '/'): Promise<UsbPort[]> {
  const ports = await usbPorts(root);
  return ports.filter(({ vendorId }) => vendorId === NODE_VENDOR);
}

/** Every serial port behind USB. Nothing is opened. */
export async function usbPorts(root = '/'): Promise<UsbPort[]> {
  const stable = await stablePaths(root);
  const ports: UsbPort[] = [];
  for (const tty of await entries(join(root, TTYS))) {
    const usb = await usbDevice(join(root, TTYS, tty, 'device'), join(root, 'sys'));
    if (usb === null) continue;
    const path = join(root, 'dev', tty);
    const attribute = (name: string): Promise<string> => attributeOf(usb, name);
    ports.push({
      path,
      stablePath: stable.get(path) ?? null,
      vendorId: (await attribute('idVendor')).toLowerCase(),
      productId: (await attribute('idProduct')).toLowerCase(),
      serialNumber: await attribute('serial'),
      product: await attribute('product'),
    });
  }
  return ports.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}

async function stablePaths(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const folder = join(root, BY_ID);
  for (const name of await entries(folder)) {
    const link = join(folder, name);
    const target = await realpath(link).catch(() => null);
    if (target !== null) found.set(target, link);
  }
  return found;
}

/** The nearest folder above an interface that has a vendor: the device itself. Null where there is no USB. */
async function usbDevice(start: string, top: string): Promise<string | null> {
  let folder = await realpath(start).catch(() => null);
  const end = await realpath(top).catch(() => null);
  while (folder !== null && end !== null && folder.startsWith(end) && folder !== end) {
    if ((await attributeOf(folder, 'idVendor')) !== '') return folder;
    folder = join(folder, '..');
  }
  return null;
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const attributeOf = (folder: string, name: string): Promise<string> =>
  readFile(join(folder, name), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
