import { render } from 'lit-html';
import { App } from './app.ts';
import { appView } from './views/app-view.ts';

const root = document.getElementById('console');
if (root === null) throw new Error('the page has no element for the console');

let frame: number | null = null;

/** Renders at most once per animation frame. */
const app = new App(() => {
  if (frame !== null) return;
  frame = requestAnimationFrame(() => {
    frame = null;
    render(appView(app), root);
    document.title = app.title;
    // Only `showModal` makes a dialog trap the focus.
    for (const dialog of root.querySelectorAll('dialog')) if (!dialog.open) dialog.showModal();
  });
});

app.changed();
