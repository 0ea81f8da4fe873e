/** Starts the page's part of the extension. Of the files that it needs, the only one that names the browser's own objects. */

new ThreadPage(chrome, window).begin();
