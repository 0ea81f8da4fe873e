/** The small panel at the edge of a thread's page: what is there, and the buttons for choosing files. */

/** @typedef {{have: number, total: number, fresh: number, chosen: number, isSelecting: boolean, note: string}} PanelView */
/** @typedef {'select'|'all'|'download'|'cancel'|'hide'} PanelAction */

const PANEL_STYLE = `
  .panel { position: fixed; inset: auto 12px 12px auto; display: flex; flex-wrap: wrap; align-items: center; gap: 8px;
    max-inline-size: calc(100vw - 24px); box-sizing: border-box; padding: 6px 8px 6px 12px; border: 1px solid #aeb4c0; border-radius: 10px;
    background: #fff; color: #1b1e25; font: 13px/1.4 system-ui, sans-serif; pointer-events: auto; box-shadow: 0 2px 10px #0003; }
  /* Room for the longest that it may say: nothing moves when a number grows */
  .text { display: inline-block; font-variant-numeric: tabular-nums; }
  .text::after { content: attr(data-longest); display: block; block-size: 0; overflow: hidden; visibility: hidden; }
  button { font: inherit; padding: 3px 10px; border: 1px solid #767d8b; border-radius: 6px; background: #f3f4f7; color: #1b1e25; cursor: pointer; }
  button:hover { background: #e4e7ee; }
  button:focus-visible { outline: 2px solid #2457c5; outline-offset: 1px; }
  button:disabled { opacity: .5; cursor: default; }
  button[data-action='download'] { background: #0b6b54; border-color: #0b6b54; color: #fff; }
  button[data-action='hide'] { border: 0; background: none; padding: 3px 6px; }
  [hidden] { display: none !important; }
  @media (prefers-color-scheme: dark) {
    .panel { background: #23262e; color: #e8eaf0; border-color: #4a505e; }
    button { background: #343945; color: #e8eaf0; border-color: #7d8596; }
    button:hover { background: #434957; }
    button:focus-visible { outline-color: #9db8ff; }
    button[data-action='download'] { background: #13a07f; border-color: #13a07f; color: #04140f; }
  }
`;

class Panel {
  #element;
  #text;
  #note;
  /** @type {Map<PanelAction, HTMLButtonElement>} */
  #buttons = new Map();
  #t;

  /**
   * @param {Document} document
   * @param {ShadowRoot} root
   * @param {(key: string, ...substitutes: (string|number)[]) => string} t
   * @param {(action: PanelAction) => void} onPress
   */
  constructor(document, root, t, onPress) {
    this.#t = t;
    const style = document.createElement('style');
    style.textContent = PANEL_STYLE;
    this.#element = document.createElement('section');
    this.#element.className = 'panel';
    this.#element.setAttribute('aria-label', 'Threadreel');
    this.#element.dir = t('direction');
    this.#element.lang = t('language');
    this.#text = document.createElement('span');
    this.#text.className = 'text';
    this.#text.dataset.longest = '';
    this.#note = document.createElement('span');
    this.#note.setAttribute('role', 'status');
    this.#element.append(this.#text, this.#note);
    for (const action of /** @type {PanelAction[]} */ (['select', 'all', 'download', 'cancel', 'hide'])) {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.action = action;
      // What the page itself presses does not count
      button.addEventListener('click', (event) => event.isTrusted && onPress(action));
      this.#buttons.set(action, button);
      this.#element.append(button);
    }
    this.#button('select').textContent = t('page_select');
    this.#button('all').textContent = t('page_select_all');
    this.#button('cancel').textContent = t('page_cancel');
    this.#button('hide').textContent = '✕';
    this.#button('hide').setAttribute('aria-label', t('page_hide'));
    root.append(style, this.#element);
  }

  /** @param {PanelView} view */
  show({ have, total, fresh, chosen, isSelecting, note }) {
    const t = this.#t;
    this.#write(this.#text, fresh ? t('page_summary_new', have, total, fresh) : t('page_summary', have, total));
    const longest = fresh ? t('page_summary_new', total, total, total) : t('page_summary', total, total);
    if (longest.length > (this.#text.dataset.longest ?? '').length) this.#text.dataset.longest = longest;
    this.#write(this.#note, isSelecting ? t('page_selected', chosen) : note);
    this.#button('select').hidden = isSelecting;
    this.#button('select').disabled = have === total;
    for (const action of /** @type {PanelAction[]} */ (['all', 'download', 'cancel'])) this.#button(action).hidden = !isSelecting;
    this.#write(this.#button('download'), t('page_download', chosen));
    this.#button('download').disabled = chosen === 0;
  }

  /** Whether a place on the screen is the panel's. @param {EventTarget|null} target */
  holds(target) {
    return target instanceof Node && this.#element.contains(target);
  }

  /** @param {PanelAction} action */
  focus(action) {
    this.#button(action).focus();
  }

  /** @param {PanelAction} action */
  #button(action) {
    return /** @type {HTMLButtonElement} */ (this.#buttons.get(action));
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  #write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}
