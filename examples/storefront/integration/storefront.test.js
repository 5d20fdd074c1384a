'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');

const service = process.env.FAIRWAY_SERVICE;

/** Asks the service that was deployed, through the edge. */
function ask(path) {
  const url = new URL(path, process.env.FAIRWAY_URL);
  return new Promise((resolve, reject) => {
    http.get(url, { headers: { Host: process.env.FAIRWAY_HOST || url.host } }, (response) => {
      let body = '';
      response.on('data', (piece) => { body += piece; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    }).on('error', reject);
  });
}

if (service === 'web') {
  test('the release that was deployed is the one that answers', async () => {
    const answer = await ask('/');
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.headers['storefront-version'], process.env.FAIRWAY_VERSION);
  });

  test('tea is for sale', async () => {
    assert.match((await ask('/')).body, /<li>tea: 4\.90 €<\/li>/);
  });
}

if (service === 'prices') {
  test('ten cups are a tenth cheaper', async () => {
    assert.deepStrictEqual(JSON.parse((await ask('/prices/cup?count=10')).body), { cents: 10350 });
  });
}
