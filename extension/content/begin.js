/** Starts the page's part of the extension. The only file of this folder that names the browser's own objects. */

new ThreadPage(chrome, window).begin();
