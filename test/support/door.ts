/** A TCP door between two sides that a test opens and shuts: what a pulled cable or a dead gateway looks like. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Door {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #isOpen = true;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as { port: number }).port;
  }

  static async start(targetPort: number): Promise<Door> {
    const sockets = new Set<Socket>();
    let door: Door | null = null;
    const server = createServer((near) => {
      if (door === null || !door.#isOpen) {
        near.destroy();
        return;
      }
      const far = connect(targetPort, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    door = new Door(server, sockets);
    return door;
  }

  open(): void {
    this.#isOpen = true;
  }

  /** Cuts every connection and refuses new ones. */
  shut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.shut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
