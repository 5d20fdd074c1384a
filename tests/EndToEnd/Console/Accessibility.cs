namespace Fairway.Console;

/// <summary>What is asked of every page, as a script that answers with what is wrong (WCAG 2.2 AA, as far as a program can tell).</summary>
internal static class Accessibility
{
    /// <summary>Landmarks, headings, names of controls, ids, contrast, and that nothing is cut off at the side.</summary>
    public const string Script =
        """
        () => {
          const wrong = [];
          const seen = element => { const box = element.getBoundingClientRect(); const style = getComputedStyle(element); return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && style.clipPath !== 'inset(50%)'; };
          const nameOf = element => (element.getAttribute('aria-label') || (element.labels && [...element.labels].map(l => l.textContent).join(' ')) || element.textContent || element.getAttribute('title') || '').trim();
          if (document.querySelectorAll('main').length !== 1) wrong.push('not one main landmark');
          if (document.querySelectorAll('h1').length !== 1) wrong.push(`${document.querySelectorAll('h1').length} first headings`);
          if (!document.documentElement.lang) wrong.push('no language');
          if (!document.title.includes('Fairway')) wrong.push('no title');
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong.push(`the id ${id} is there twice`);
          for (const control of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, [role=button]'))
            if (!nameOf(control)) wrong.push(`without a name: ${control.outerHTML.slice(0, 120)}`);
          for (const picture of document.querySelectorAll('svg'))
            if (!picture.closest('[aria-hidden=true]') && !picture.closest('[role=img]')) wrong.push(`a picture without words: ${picture.outerHTML.slice(0, 80)}`);
          for (const cell of document.querySelectorAll('thead th')) if (!cell.textContent.trim()) wrong.push('a column without a heading');
          for (const styled of document.querySelectorAll('main [style]:not([style=""]), header [style]:not([style=""])')) wrong.push(`a style of its own: ${styled.outerHTML.slice(0, 80)}`);
          if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
            wrong.push(`wider than the window: ${document.documentElement.scrollWidth} of ${document.documentElement.clientWidth}: ` + [...document.querySelectorAll('main *, header *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, nav, .logs, pre, svg')).slice(0, 3).map(e => e.outerHTML.slice(0, 100)).join(' | '));

          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = '#000'; canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
          const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = element => { for (let at = element; at; at = at.parentElement) { const colour = rgba(getComputedStyle(at).backgroundColor); if (colour[3] === 255) return colour; } return [255, 255, 255, 255]; };
          const bad = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode, element = text.parentElement;
            if (!text.textContent.trim() || !element || !seen(element) || element.closest('title, script, noscript, datalist')) continue;
            const isSvg = element instanceof SVGElement;
            const style = getComputedStyle(element);
            const [a, b] = [light(rgba(isSvg ? style.fill : style.color)), light(ground(element))].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < 4.5) bad.add(`contrast ${contrast.toFixed(2)} of “${text.textContent.trim().slice(0, 30)}” (${element.tagName}.${element.getAttribute('class')})`);
          }
          wrong.push(...[...bad].slice(0, 8));
          return wrong;
        }
        """;
}
