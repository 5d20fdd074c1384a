'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { money, page } = require('./page.js');

test('cents become euros', () => {
  assert.strictEqual(money(490), '4.90 €');
  assert.strictEqual(money(5), '0.05 €');
});

test('names are text, not markup', () => {
  assert.match(page('1', [{ name: '<b>tea</b>', cents: 1 }]), /&lt;b&gt;tea/);
});
