/**
 * `<byflyt-value dataset="ski-trail" place="start" quantity="snow_temperature" lang="nb"></byflyt-value>` on any web
 * page: the value with its time, or without `quantity` the place in words. Asks the server that this file came from,
 * renews itself, and leaves what stands inside the element for as long as there is no answer.
 */
const root = new URL('..', import.meta.url);
const EVERY = 60_000;
const STYLE =
  ':host{display:inline-block;font:inherit}a{color:inherit}.value{font-weight:700}.old{font-style:italic}.when{display:block;font-size:.85em}';

class ByflytValue extends HTMLElement {
  static observedAttributes = ['dataset', 'place', 'quantity', 'lang'];
  #timer;
  #asked = 0;

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' }).innerHTML = '<slot></slot>';
    this.#timer = setInterval(() => document.hidden || this.#renew(), EVERY);
    this.#renew();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  attributeChangedCallback() {
    if (this.isConnected && this.shadowRoot) this.#renew();
  }

  async #renew() {
    const [dataset, place] = ['dataset', 'place'].map((name) =>
      encodeURIComponent(this.getAttribute(name) ?? ''),
    );
    const address = new URL(`${dataset}/place/${place}/now.json`, root);
    const language = this.getAttribute('lang') || this.closest('[lang]')?.lang;
    if (language) address.searchParams.set('lang', language);
    const asked = ++this.#asked;
    try {
      const response = await fetch(address, { credentials: 'omit' });
      // An answer to what the element said before comes too late.
      if (response.ok && asked === this.#asked) this.#show(await response.json());
    } catch {
      // The server is away: what was shown stays, with its time.
    }
  }

  #show({ place, page, sandbox, words, values, language }) {
    const wanted = this.getAttribute('quantity');
    const value = wanted ? values.find(({ quantity }) => quantity === wanted) : values[0];
    if (!value) return;
    const part = (tag, text, name) =>
      Object.assign(document.createElement(tag), { textContent: text, className: name });
    const link = part('a', place, 'place');
    link.href = page;
    const spoken = wanted || !words ? `${value.label} ${value.text}` : words;
    const when = part('span', value.when, value.isOld ? 'when old' : 'when');
    const shown = [part('style', STYLE, ''), link, ': ', part('span', spoken, 'value'), when];
    if (sandbox) shown.splice(1, 0, `${sandbox} `);
    this.shadowRoot.replaceChildren(...shown);
    link.lang = '';
    this.shadowRoot.querySelector('.value').lang = language;
    when.lang = language;
  }
}

if (!customElements.get('byflyt-value')) customElements.define('byflyt-value', ByflytValue);
