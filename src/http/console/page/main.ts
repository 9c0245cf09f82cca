import { render } from 'lit-html';
import { App } from './app.ts';
import { appView } from './views/app-view.ts';

const place = document.getElementById('console');
if (place === null) throw new Error('the page has no place for the console');

let frame: number | null = null;

/** Draws once for whatever changes before the next picture of the screen. */
const app = new App(() => {
  if (frame !== null) return;
  frame = requestAnimationFrame(() => {
    frame = null;
    render(appView(app), place);
    document.title = app.title;
    // A dialog takes the focus, and holds it, only when it is opened by its method.
    for (const dialog of place.querySelectorAll('dialog')) if (!dialog.open) dialog.showModal();
  });
});

app.changed();
