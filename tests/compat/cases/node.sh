# SPDX-License-Identifier: Apache-2.0
# node: a child process, a worker thread, fs.watch, a server on loopback and one on a unix socket
cat >all.js <<'J'
const { execFile } = require('child_process');
const { Worker } = require('worker_threads');
const fs = require('fs'), http = require('http');
const said = [];
const serve = (where, name) => new Promise(done => {
  const server = http.createServer((q, r) => r.end(name)).listen(where, () => {
    const at = typeof where === 'string' ? { socketPath: where } : { port: server.address().port, host: '127.0.0.1' };
    http.get(at, r => r.on('data', d => said.push(String(d))).on('end', () => server.close(done)));
  });
});
(async () => {
  await new Promise(done => execFile('uname', ['-s'], (e, out) => { said.push(out.trim()); done(); }));
  await new Promise(done => new Worker('require("worker_threads").parentPort.postMessage("worker")', { eval: true })
    .on('message', m => said.push(m)).on('exit', done));
  await new Promise(done => {
    const watcher = fs.watch('.', (e, name) => { said.push('seen ' + name); watcher.close(); done(); });
    setTimeout(() => fs.writeFileSync('watched', 'x'), 50);
  });
  await serve({ port: 0, host: '127.0.0.1' }, 'tcp');
  await serve(process.cwd() + '/sock', 'unix');
  console.log(said.join('\n'));
})();
J
node all.js
