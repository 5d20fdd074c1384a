// The console's only script. Pages work without it; with it they follow what happens: the server sends fragments that it rendered, and they
// are put in their places. It also shows values under the pointer, opens questions as dialogs, and keeps the choice of dark or light.
'use strict';
(() => {
  const body = document.body;
  const status = document.getElementById('link');
  let source = null;
  let wait = 500;
  let timer = 0;
  let alive = 0;
  let following = true;
  const held = new Map();

  // A stream that says nothing for longer than this is a dead one; the server sends a sign of life every ten seconds.
  const silence = 25000;

  function say(text) {
    if (status && status.textContent !== text) status.textContent = text;
  }

  function split(data) {
    const end = data.indexOf('\n');
    return end < 0 ? [data, ''] : [data.slice(0, end), data.slice(end + 1)];
  }

  function parse(html) {
    const template = document.createElement('template');
    template.innerHTML = html;
    return template.content;
  }

  // Who is selecting text in a fragment keeps it until done.
  function isSelecting(element) {
    const selection = getSelection();
    return selection && !selection.isCollapsed && selection.anchorNode && element.contains(selection.anchorNode);
  }

  function swap(id, html) {
    const element = document.getElementById(id);
    if (!element) return;
    if (isSelecting(element)) { held.set(id, html); return; }
    held.delete(id);
    const focused = document.activeElement && element.contains(document.activeElement) ? document.activeElement : null;
    const key = focused && (focused.id ? '#' + CSS.escape(focused.id) : focused.getAttribute('href') ? `[href="${CSS.escape(focused.getAttribute('href'))}"]` : focused.getAttribute('aria-label') ? `[aria-label="${CSS.escape(focused.getAttribute('aria-label'))}"]` : null);
    const scrolled = [...element.querySelectorAll('.scroll')].map(part => part.scrollLeft);
    element.replaceChildren(parse(html));
    element.querySelectorAll('.scroll').forEach((part, i) => { part.scrollLeft = scrolled[i] || 0; });
    if (focused) (key && element.querySelector(key) || document.getElementById('main')).focus({ preventScroll: true });
    point(last);
  }

  document.addEventListener('selectionchange', () => {
    for (const [id, html] of [...held]) swap(id, html);
  });

  function append(id, html) {
    const list = document.getElementById(id);
    if (!list) return;
    const empty = document.getElementById('log-empty');
    if (empty) empty.remove();
    const most = Number(list.dataset.most) || 1000;
    list.append(parse(html));
    while (list.children.length > most) list.firstElementChild.remove();
    if (following) list.scrollTop = list.scrollHeight;
  }

  function open() {
    const address = body.dataset.live;
    if (!address || source) return;
    source = new EventSource(address);
    const beat = () => { alive = Date.now(); };
    source.addEventListener('hello', event => {
      beat();
      wait = 500;
      // Another program than this page was made by: its fragments may need other styles.
      if (event.data !== body.dataset.version) location.reload();
      else say('');
    });
    source.addEventListener('swap', event => { beat(); swap(...split(event.data)); });
    source.addEventListener('append', event => { beat(); append(...split(event.data)); });
    source.onopen = beat;
    source.onerror = () => again();
  }

  function close() {
    if (source) source.close();
    source = null;
    clearTimeout(timer);
    timer = 0;
  }

  // The browser would give up on some errors, and knows no backoff: streams are opened again here.
  function again() {
    close();
    const pause = wait * (0.7 + Math.random() * 0.6);
    wait = Math.min(wait * 2, 10000);
    timer = setTimeout(async () => {
      timer = 0;
      try {
        const answer = await fetch(body.dataset.live, { method: 'HEAD', redirect: 'manual', cache: 'no-store' });
        // Signed out meanwhile, or what the page shows is gone: the server has the words for it.
        if (answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403 || answer.status === 404) { location.reload(); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        open();
      } catch {
        say('Reconnecting…');
        again();
      }
    }, pause);
  }

  setInterval(() => {
    // Beats are comments, which scripts do not see: only a stream that is open and silent for minutes is suspicious.
    if (source && source.readyState === EventSource.CLOSED) again();
  }, silence);

  addEventListener('pagehide', close);
  addEventListener('pageshow', event => { if (event.persisted) open(); });
  document.addEventListener('visibilitychange', () => {
    // A page that nobody sees costs nothing.
    if (document.hidden) { close(); } else if (!source && !timer) open();
  });

  // Values under the pointer: the same text that a chart's column has as its title.
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  body.append(tip);
  let last = null;
  function point(place) {
    last = place;
    const column = place && document.elementFromPoint(place.x, place.y);
    const title = column && column.closest('.hits rect') && column.firstElementChild;
    const text = title ? title.dataset.text || title.textContent : '';
    tip.hidden = !text;
    if (!text) return;
    // The browser's own, slower one would lie over ours.
    if (title.textContent) { title.dataset.text = title.textContent; title.textContent = ''; }
    tip.textContent = text;
    const width = tip.offsetWidth;
    const left = place.x + 14 + width > document.documentElement.clientWidth ? place.x - width - 14 : place.x + 14;
    move(tip, Math.max(4, left) + scrollX, place.y + 14 + scrollY);
  }
  // The policy forbids style attributes in markup; a script of our own may set properties.
  function move(element, x, y) {
    element.style.left = `${x}px`;
    element.style.top = `${y}px`;
  }
  document.addEventListener('pointermove', event => point({ x: event.clientX, y: event.clientY }), { passive: true });
  document.addEventListener('pointerdown', event => point({ x: event.clientX, y: event.clientY }), { passive: true });
  document.addEventListener('pointerleave', () => point(null));

  // Questions come as a dialog over the page; without a script they are pages of their own.
  document.addEventListener('click', async event => {
    const link = event.target.closest('a[data-dialog]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { accept: 'text/html' }, redirect: 'error' });
      const form = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('form.confirm');
      if (!form) throw new Error('no question');
      const dialog = document.createElement('dialog');
      dialog.setAttribute('aria-labelledby', 'confirm-title');
      dialog.append(document.adoptNode(form));
      const back = link.id;
      dialog.addEventListener('close', () => { dialog.remove(); const opener = document.getElementById(back) || link; opener.focus(); });
      body.append(dialog);
      dialog.showModal();
      const reason = dialog.querySelector('#reason');
      if (reason) reason.focus();
    } catch {
      location.href = link.href;
    }
  });
  document.addEventListener('click', event => {
    const closing = event.target.closest('dialog [data-close]');
    if (closing) { event.preventDefault(); closing.closest('dialog').close(); }
  });
  // A link that looks like a button is pressed like one.
  document.addEventListener('keydown', event => {
    if (event.key === ' ' && event.target.matches && event.target.matches('a[role="button"]')) { event.preventDefault(); event.target.click(); }
  });
  // Twice sent is not twice meant.
  document.addEventListener('submit', event => {
    if (event.target.method !== 'post') return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = 'yes';
  });

  const toggle = document.querySelector('[data-theme-toggle]');
  if (toggle) {
    toggle.addEventListener('click', event => {
      event.preventDefault();
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      const to = dark ? 'light' : 'dark';
      root.dataset.theme = to;
      document.cookie = `fairway-theme=${to}; path=/; max-age=31536000; samesite=lax`;
    });
  }

  const follow = document.querySelector('[data-follow]');
  const lines = document.getElementById('log-lines');
  if (lines) lines.scrollTop = lines.scrollHeight;
  if (follow && lines) {
    follow.hidden = false;
    const set = on => {
      following = on;
      follow.setAttribute('aria-pressed', String(on));
      follow.textContent = on ? 'Following' : 'Follow';
      if (on) lines.scrollTop = lines.scrollHeight;
    };
    follow.addEventListener('click', () => set(!following));
    // Who scrolls back reads; who scrolls to the end follows again.
    lines.addEventListener('wheel', event => { if (event.deltaY < 0 && following) set(false); }, { passive: true });
  }

  open();
})();
