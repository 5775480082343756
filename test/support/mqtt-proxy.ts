/**
 * A proxy between a host and a broker that meddles with the packets of the broker: PUBACKs late, twice or never, or
 * nothing at all any more with the connection left standing, as behind a gateway that lost power.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const PUBACK = 4;
export type PubackFate = 'pass' | 'never' | 'twice' | { lateMs: number };

export class MqttProxy {
  readonly port: number;
  /** What happens to the next PUBACKs. */
  pubacks: PubackFate = 'pass';
  /** Nothing passes any more, either way, and nothing is closed. */
  isDead = false;
  /** Connections made since the start. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  static async start(brokerPort: number): Promise<MqttProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new MqttProxy(server);
    server.on('connection', (near) => proxy.#join(near, connect(brokerPort, '127.0.0.1')));
    return proxy;
  }

  #join(near: Socket, far: Socket): void {
    this.connections++;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.isDead) other.destroy();
      });
    }
    near.on('data', (chunk) => {
      if (!this.isDead) far.write(chunk);
    });
    let rest: Buffer = Buffer.alloc(0);
    far.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = packetEnd(rest); end !== null; end = packetEnd(rest)) {
        const packet = rest.subarray(0, end);
        rest = rest.subarray(end);
        if (!this.isDead) this.#pass(near, packet);
      }
    });
  }

  #pass(near: Socket, packet: Buffer): void {
    if (packet[0] >> 4 !== PUBACK || this.pubacks === 'pass') near.write(packet);
    else if (this.pubacks === 'twice') near.write(Buffer.concat([packet, packet]));
    else if (this.pubacks !== 'never') setTimeout(() => near.write(packet), this.pubacks.lateMs);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** @returns where the first packet ends; null when there is no whole one */
function packetEnd(bytes: Buffer): number | null {
  let length = 0;
  for (let i = 1; i <= 4; i++) {
    if (i >= bytes.length) return null;
    length += (bytes[i] & 127) * 128 ** (i - 1);
    if (bytes[i] < 128) return i + 1 + length <= bytes.length ? i + 1 + length : null;
  }
  throw new Error('no MQTT');
}
