'use strict';

// Run by Fairway against the new release before it gets its first request.
const http = require('node:http');

http.get(process.env.FAIRWAY_URL, (response) => {
  let body = '';
  response.on('data', (piece) => { body += piece; });
  response.on('end', () => {
    if (response.statusCode === 200 && body.includes('Storefront')) return;
    console.error(`asked for the page, got ${response.statusCode}: ${body.slice(0, 200)}`);
    process.exit(1);
  });
}).on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
