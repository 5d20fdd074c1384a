'use strict';

const escapeHtml = require('escape-html');

/** 1234 as 12.34 €. */
function money(cents) {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')} €`;
}

/** The page that lists what there is. */
function page(version, things) {
  const rows = things.map(({ name, cents }) => `<li>${escapeHtml(name)}: ${money(cents)}</li>`);
  return `<!doctype html><title>Storefront</title><h1>Storefront</h1><ul>${rows.join('')}</ul><p>Version ${escapeHtml(version)}</p>`;
}

module.exports = { money, page };
