'use strict';
// Sends the HTTPS requests of a node program to BENCH_SERVER, over HTTP. node --require loads this file first.
const http = require('http');
const https = require('https');

const server = new URL(process.env.BENCH_SERVER);

https.request = function (options, ...rest) {
  if (options instanceof URL || typeof options === 'string') {
    const url = new URL(options);
    options = { ...rest.shift(), path: url.pathname + url.search };
  }
  const there = { protocol: 'http:', hostname: server.hostname, host: server.hostname, port: server.port, agent: undefined };
  return http.request({ ...options, ...there }, ...rest);
};
