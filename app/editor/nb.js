// The editor asks the browser for its language. With this, "browser default" in the user settings means Norwegian,
// whatever the browser prefers; another language that a person chooses there still counts.
Object.defineProperty(navigator, 'language', { configurable: true, get: () => 'nb' });
