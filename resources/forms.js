/**
 * What several forms of the editor do alike. A form names this file in a script element of its own, so that the
 * editor has it before the form; being read once for each of them changes nothing.
 */
(() => {
  const IPV4 = String.raw`[\d.]+(\/([0-2]?\d|3[0-2]))?`;
  const IPV6 = String.raw`[0-9a-f:.]*:[0-9a-f:.]*(\/(\d{1,2}|1[01]\d|12[0-8]))?`;
  const NETWORK = new RegExp(String.raw`^\s*(${IPV4}|${IPV6})\s*$`, 'i');

  const isNetwork = (value) => NETWORK.test(value);
  const isWebAddress = (value) => /^https?:\/\/[^\s/@]+(\/\S*)?$/.test(value ?? '');

  /** Nodes that publish a dataset, in all flows of the editor. */
  function openDataNodes() {
    const found = [];
    RED.nodes.eachNode((node) => {
      if (node.type === 'byflyt-open-data' && node.slug) found.push(node);
    });
    return found;
  }

  /** What a form of this node type uses; texts are those of the type's own catalog. */
  function byflytForm(type) {
    const text = (key) => RED.nodes.getType(type)._(`${type}.${key}`);

    /** Node-RED takes a text for a reason only from a validator with two parameters. */
    const validated = (isGood, problem) =>
      function (value, _options) {
        return isGood(value, this) || text(`problem.${problem}`);
      };

    /** How a node is called in the palette and in a flow. */
    const names = {
      paletteLabel: () => text('label.palette'),
      label() {
        return this.name || text('label.palette');
      },
      labelStyle() {
        return this.name ? 'node_label_italic' : '';
      },
    };

    /** The field of the node with the devices. */
    const devices = {
      value: '',
      type: 'byflyt-devices',
      validate: validated((value) => Boolean(RED.nodes.node(value)), 'devices'),
    };

    /** Offers the datasets of all nodes that publish, and the chosen one, should its node be gone. */
    function fillDatasets(chosen) {
      const select = $('#node-input-dataset');
      const title = text('language') === 'nb' ? 'titleNb' : 'titleEn';
      const titles = new Map(chosen ? [[chosen, chosen]] : []);
      for (const node of openDataNodes()) titles.set(node.slug, node.name || node[title] || node.slug);
      select.append($('<option>').val('').text(text('label.choose')));
      for (const [slug, name] of titles) select.append($('<option>').val(slug).text(name));
      select.val(chosen ?? '');
    }

    /** Shows under the form's button what `ask` is answered: `{ text, note }`, or `{ problem }`. */
    async function preview(ask) {
      const answer = await ask.catch(() => ({ problem: text('problem.preview') }));
      const shown = answer.problem ?? [answer.note, answer.text].filter(Boolean).join('\n\n');
      $(`#${type}-preview-text`).text(shown);
      return answer;
    }

    return { text, validated, names, devices, fillDatasets, preview };
  }

  globalThis.byflytForm = Object.assign(byflytForm, { isNetwork, isWebAddress, openDataNodes });
})();
