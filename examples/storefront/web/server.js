'use strict';

const http = require('node:http');
const { page } = require('./page.js');

const version = process.env.FAIRWAY_VERSION || 'unshipped';
const settings = require('./settings.json');
let pages = 0;

const server = http.createServer(async (request, response) => {
  response.setHeader('Storefront-Version', version);
  if (request.url === '/healthz') return response.end('ready');
  if (settings.pages !== null && ++pages > settings.pages) {
    response.statusCode = 500;
    return response.end('out of paper\n');
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(page(version, settings.things));
});

server.listen(Number(process.env.PORT || 3000), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
