/** Signs in with the editor's token, fetches what the server rendered, opens charts, prints lists. */

const element = (id) => document.getElementById(id);
const message = element('message');
const root = location.pathname.replace(/\/byflyt\/operator\/?$/, '');
/** The editor keeps its token under this name, with its own path as suffix. */
const tokenKey = `auth-tokens${root.replaceAll('/', '-')}`;
const language = document.documentElement.lang;
const REFRESH_EVERY = 60_000;
let series;
/** The content as it came from the server. */
let shown = '';

function token() {
  try {
    return JSON.parse(localStorage.getItem(tokenKey))?.access_token;
  } catch {
    return undefined;
  }
}

function get(path, { headers, ...options } = {}) {
  const bearer = token();
  return fetch(`${root}/byflyt/operator/${path}`, {
    ...options,
    headers: { ...headers, ...(bearer && { Authorization: `Bearer ${bearer}` }) },
  });
}

/** No form of another page can send such a request. */
function post(path, body) {
  const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'byflyt-operator' };
  return get(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

function show(text) {
  message.textContent = text;
  message.hidden = text === '';
}

async function refresh() {
  try {
    const response = await get(`content?lang=${language}`);
    if (response.status === 401) return await askToSignIn();
    renew(await response.text());
    show(response.ok ? '' : message.dataset.failed);
  } catch {
    show(message.dataset.failed);
  }
}

/** Replaces the content only where it differs, and leaves whoever uses the keyboard where they were. */
function renew(markup) {
  if (markup === shown) return;
  const content = element('content');
  const focusable = () => [...content.querySelectorAll('button, [tabindex]')];
  const place = focusable().indexOf(document.activeElement);
  content.innerHTML = markup;
  shown = markup;
  if (place >= 0) focusable()[place]?.focus({ preventScroll: true });
}

async function askToSignIn() {
  renew('');
  const { type } = await (await fetch(`${root}/auth/login`)).json();
  element('sign-in').hidden = type !== 'credentials';
  element('elsewhere').hidden = type === 'credentials';
  show('');
  element('username').focus();
}

async function signIn(event) {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams({ client_id: 'node-red-editor', grant_type: 'password', scope: '' });
  for (const name of ['username', 'password']) body.set(name, form.elements[name].value);
  const response = await fetch(`${root}/auth/token`, { method: 'POST', body });
  form.elements.password.value = '';
  if (!response.ok) return show(message.dataset.wrong);
  localStorage.setItem(tokenKey, JSON.stringify(await response.json()));
  form.hidden = true;
  show(message.dataset.loading);
  await refresh();
}

async function draw(days) {
  const query = new URLSearchParams({ ...series, days, lang: language });
  const response = await get(`chart?${query}`);
  if (response.status === 401) {
    element('chart').close();
    return askToSignIn();
  }
  element('drawing').innerHTML = await response.text();
  if (!element('chart').open) element('chart').showModal();
}

/** Resolves with whether the answer is yes. */
function confirmed(question) {
  const dialog = element('confirm');
  element('question').textContent = question;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    // The event of the time before may come after the dialog has been opened again.
    dialog.onclose = () => dialog.open || resolve(dialog.returnValue === 'yes');
  });
}

async function act({ path = 'aside', action, key, question }) {
  if (question && !(await confirmed(question))) return;
  const response = await post(`${path}?lang=${language}`, { action, key });
  const failure = message.dataset[[401, 403].includes(response.status) ? 'forbidden' : 'failed'];
  const sentence = response.ok ? await response.text() : failure;
  // Asks to sign in if the sign-in has ended.
  await refresh();
  if (element('sign-in').hidden) show(sentence);
}

function printList(section) {
  section.classList.add('printed');
  document.body.classList.add('printing');
  window.print();
  section.classList.remove('printed');
  document.body.classList.remove('printing');
}

element('content').addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.classList.contains('print')) printList(button.closest('section'));
  if (button?.classList.contains('act')) act(button.dataset).catch(() => show(message.dataset.failed));
  if (!button?.classList.contains('series')) return;
  series = { device: button.dataset.device, quantity: button.dataset.quantity };
  draw(2).catch(() => show(message.dataset.failed));
});
element('chart').addEventListener('click', ({ target }) => {
  if (target.dataset.days) draw(target.dataset.days).catch(() => show(message.dataset.failed));
});
element('close').addEventListener('click', () => element('chart').close());
element('sign-in').addEventListener('submit', (event) =>
  signIn(event).catch(() => show(message.dataset.failed)),
);
element('refresh').addEventListener('click', refresh);
setInterval(() => {
  if (!document.hidden && element('sign-in').hidden && !document.querySelector('dialog[open]')) refresh();
}, REFRESH_EVERY);
refresh();
