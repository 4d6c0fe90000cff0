/** Passes connections on, until it is told to hang up. */
import { connect, createServer } from 'node:net';

export async function relay(host, to) {
  const open = new Set();
  let whole = true;
  const server = createServer((here) => {
    if (!whole) return here.destroy();
    const there = connect(to);
    for (const [from, into] of [[here, there], [there, here]]) {
      open.add(from);
      from.on('error', () => into.destroy());
      from.on('close', () => {
        open.delete(from);
        into.destroy();
      });
      from.pipe(into);
    }
    return undefined;
  });
  await new Promise((ready, failed) => server.once('error', failed).listen(0, host, ready));
  const hangUp = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return {
    port: server.address().port,
    cut: hangUp,
    mend: () => (whole = true),
    close: () => {
      hangUp();
      server.close();
    },
  };
}
