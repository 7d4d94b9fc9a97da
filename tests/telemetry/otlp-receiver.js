// SPDX-License-Identifier: Apache-2.0
// A receiver of OTLP logs that reads with OpenTelemetry's own definitions (generated from the .proto files, in
// @opentelemetry/otlp-transformer). It must never take a member that they do not know.
//
// node otlp-receiver.js MODULES PORT: prints "port N", then a line of JSON for each request: {"records": […]} as the
// definitions read it, or {"wrong": "…"}; answers as a collector does.
'use strict';
const http = require('http');
const zlib = require('zlib');
const assert = require('assert');
const path = require('path');
const [modules, port] = process.argv.slice(2);
const root = require(path.join(modules, '@opentelemetry/otlp-transformer/build/src/generated/root.js'));
const logs = root.opentelemetry.proto.collector.logs.v1;

function read(text) {
  const sent = JSON.parse(text);
  const message = logs.ExportLogsServiceRequest.fromObject(sent);
  const bytes = logs.ExportLogsServiceRequest.encode(message).finish();
  const decoded = logs.ExportLogsServiceRequest.decode(bytes);
  const wrong = logs.ExportLogsServiceRequest.verify(decoded);
  if (wrong) throw new Error(wrong);
  const seen = logs.ExportLogsServiceRequest.toObject(decoded, { longs: String, bytes: String });
  // Whatever the definitions do not know, or know as another type, is not in `seen` as it was sent.
  assert.deepStrictEqual(seen, sent);
  const resource = seen.resourceLogs[0].resource.attributes;
  return { resource, records: seen.resourceLogs.flatMap((r) => r.scopeLogs.flatMap((s) => s.logRecords)) };
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    let line;
    try {
      assert.strictEqual(request.method + ' ' + request.url, 'POST /v1/logs');
      assert.strictEqual(request.headers['content-type'], 'application/json');
      let body = Buffer.concat(chunks);
      const small = request.headers['content-encoding'];
      if (small === 'gzip') body = zlib.gunzipSync(body);
      line = { encoding: small || '', key: request.headers['api-key'] || '', ...read(body.toString('utf8')) };
    } catch (error) {
      line = { wrong: String(error.message) };
    }
    process.stdout.write(JSON.stringify(line) + '\n');
    response.writeHead(line.wrong ? 400 : 200, { 'Content-Type': 'application/json' });
    response.end('{"partialSuccess":{}}');
  });
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('port ' + server.address().port + '\n'));
