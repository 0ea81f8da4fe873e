/**
 * The colours a person has chosen, before the first paint: no module, for modules come later. All open pages follow a change
 * at once: the browser tells the others of it, and the page that makes it tells itself.
 */

{
  const dark = /** @type {HTMLLinkElement} */ (document.querySelector('link[data-theme="dark"]'));
  const bySystem = dark.media;

  const apply = () => {
    const theme = localStorage.getItem('theme');
    dark.media = theme === 'dark' ? 'all' : theme === 'light' ? 'not all' : bySystem;
  };

  addEventListener('storage', apply);
  apply();
}
